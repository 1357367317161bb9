import { describe, expect, test } from 'vitest';
import { createCodec, type SpanBatch } from '../../../core-as/facade/index.ts';
import { builtModules } from '../../../core-as/testing/modules.ts';
import { otlpDecoded } from '../../../core-as/testing/otlp-body.ts';
import type { RecordInput } from '../../delivery/record.ts';
import { silentLogger } from '../../logging/logger.ts';
import { SpanDelivery } from './span-delivery.ts';

const encoder = createCodec(await builtModules());

/** `spans` fields of a ScopeSpans with nothing but a kind and a name. */
function spanBytes(name: string): number[] {
	const text = [...new TextEncoder().encode(name)];
	return [0x12, 4 + text.length, 0x2a, text.length, ...text, 0x30, 3];
}

/** Spans as [pid of their source, name]. */
function batch(...spans: [pid: number, name: string][]): SpanBatch {
	const pids = [...new Set(spans.map(([pid]) => pid))];
	const bytes = spans.map(([, name]) => spanBytes(name));
	let end = 0;
	return {
		spans: spans.length,
		sources: pids.length,
		pids: Uint32Array.from(pids),
		cgroups: new BigUint64Array(pids.length),
		netns: new Uint32Array(pids.length),
		roles: new Uint8Array(pids.length).fill(1),
		addresses: new Uint8Array(pids.length * 16),
		ports: new Uint16Array(pids.length),
		sourceOf: Uint16Array.from(spans, ([pid]) => pids.indexOf(pid)),
		ends: Uint32Array.from(bytes, (each) => {
			end += each.length;
			return end;
		}),
		data: Uint8Array.from(bytes.flat()),
	};
}

interface Sent {
	resourceSpans: {
		resource: { attributes: { key: string; value: { stringValue: string } }[] };
		scopeSpans: { scope: { name: string; version: string }; spans: { name: string }[] }[];
	}[];
}

function open(append?: (record: RecordInput) => Promise<void>) {
	const records: RecordInput[] = [];
	const containers: Record<number, string> = {
		...{ 1: '/docker/shop', 2: '/docker/shop', 3: '/k8s/prod/cart-6d4b75cb6d-x2x4v/app' },
	};
	const delivery = new SpanDelivery({
		spool: {
			async append(record: RecordInput) {
				await append?.(record);
				records.push(record);
				return { segment: 0, offset: 0 };
			},
		},
		containerOf: (pid) => containers[pid],
		async named() {
			containers[4] = '/docker/young';
		},
		host: { name: 'knoten-ü', id: 'abc' },
		scope: { name: 'agent', version: '1' },
		encoder,
		batchId: () => new Uint8Array(16),
		log: silentLogger,
	});
	const sent = () => records.map(({ payload }) => otlpDecoded<Sent>('Traces', payload));
	return { delivery, records, sent };
}

describe('spans on their way to the spool', () => {
	test('one resource for each container, with the bytes of its spans as they came', async () => {
		const { delivery, sent } = open();
		delivery.add(batch([1, 'a'], [3, 'b'], [2, 'c'], [9, 'x'], [1, 'd'], [1, 'e'.repeat(100)]));
		await delivery.settled();
		expect(sent()).toHaveLength(1);
		const found = sent()[0]!.resourceSpans.map(({ resource, scopeSpans }) => ({
			...Object.fromEntries(resource.attributes.map(({ key, value }) => [key, value.stringValue])),
			scope: scopeSpans[0]!.scope,
			names: scopeSpans[0]!.spans.map(({ name }) => name),
		}));
		const host = {
			'host.name': 'knoten-ü',
			'host.id': 'abc',
			scope: { name: 'agent', version: '1', attributes: [] },
		};
		expect(found).toEqual([
			{
				...{ 'service.name': '/docker/shop', 'container.id': '/docker/shop', ...host },
				names: ['a', 'c', 'd', 'e'.repeat(100)],
			},
			{
				'service.name': '/k8s/prod/cart',
				'container.id': '/k8s/prod/cart-6d4b75cb6d-x2x4v/app',
				...host,
				names: ['b'],
			},
		]);
		expect(delivery.stats()).toMatchObject({ received: 6, sent: 5, dropped: { not_reported: 1 } });
	});

	test('spans of a container without a name wait for it', async () => {
		const { delivery, sent } = open();
		delivery.add(batch([4, 'a'], [9, 'x']));
		await delivery.settled();
		expect(sent()[0]!.resourceSpans.map(({ resource }) => resource.attributes[0])).toEqual([
			{ key: 'service.name', value: { stringValue: '/docker/young' } },
		]);
		expect(delivery.stats()).toMatchObject({ received: 2, sent: 1, dropped: { not_reported: 1 } });
	});

	test('what the spool refuses is counted, and what would wait too long', async () => {
		let release: () => void = () => {};
		const gate = new Promise<void>((resolve) => {
			release = resolve;
		});
		let failing = true;
		const { delivery, records } = open(async () => {
			await gate;
			if (failing) {
				failing = false;
				throw new Error('full');
			}
		});
		for (let i = 0; i < 20; i++) delivery.add(batch([1, 'a']));
		release();
		await delivery.settled();
		expect(records).toHaveLength(15);
		expect(delivery.stats()).toMatchObject({
			...{ received: 20, sent: 15, errors: 1, fill: 0 },
			dropped: { not_reported: 0, overflow: 4, spool: 1 },
		});
	});

	test('nothing is written for processes without a container', async () => {
		const { delivery, records } = open();
		delivery.add(batch([9, 'x']));
		await delivery.settled();
		expect(records).toEqual([]);
	});
});
