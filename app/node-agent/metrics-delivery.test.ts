import { expect, test } from 'vitest';
import { createCodec } from '../../core-as/facade/index.ts';
import { builtModules } from '../../core-as/testing/modules.ts';
import { RECORD_KIND } from '../delivery/record.ts';
import { Labels } from '../exposition/labels.ts';
import { counter, Snapshot } from '../exposition/snapshot.ts';
import { silentLogger } from '../logging/logger.ts';
import { MetricsDelivery } from './metrics-delivery.ts';
import { decodeWriteRequest, labelsOf } from './testing/decode-write-request.ts';

const codec = createCodec(await builtModules());
const REQUESTS = counter('requests_total', 'Requests.');
const labels = new Labels([['x', '1']]);

function setUp() {
	const records: { kind: number; batchId: Uint8Array; payload: Uint8Array }[] = [];
	const state = { full: false };
	const delivery = new MetricsDelivery({
		spool: {
			async append(record) {
				if (state.full) throw new Error('full');
				records.push(record);
				return { segment: 1, offset: records.length };
			},
		},
		encode: (columns) => codec.encodeRemoteWrite(columns, new Uint8Array(0)),
		compress: (input) => input,
		batchId: () => Uint8Array.from({ length: 16 }, () => records.length),
		instance: 'm1',
		log: silentLogger,
	});
	const append = (time: number, value: number) => {
		const snapshot = new Snapshot(time);
		snapshot.add(REQUESTS, labels, value);
		return delivery.append(snapshot);
	};
	const samples = () =>
		records.map(({ payload }) => {
			const { timeseries } = decodeWriteRequest(payload);
			const requests = timeseries.find((series) => labelsOf(series).__name__ === 'requests_total');
			return requests!.samples.map(({ timestamp, value }) => [timestamp, value]);
		});
	return { delivery, records, state, append, samples };
}

test('a take is one record with batch id, instance, job and up', async () => {
	const { records, append, delivery } = setUp();
	await append(1000, 5);
	expect(records).toHaveLength(1);
	expect(records[0]).toMatchObject({ kind: RECORD_KIND.metrics, batchId: new Uint8Array(16) });
	const all = decodeWriteRequest(records[0]!.payload).timeseries.map(labelsOf);
	expect(all).toEqual([
		{ __name__: 'requests_total', instance: 'm1', job: 'codexray-node-agent', x: '1' },
		{ __name__: 'up', instance: 'm1', job: 'codexray-node-agent' },
	]);
	expect(delivery.stats()).toMatchObject({ received: 2, sent: 2, dropped: { spool: 0 }, errors: 0 });
});

test('a full spool drops the take, counts it, and the counter is still new afterwards', async () => {
	const { state, append, samples, delivery } = setUp();
	state.full = true;
	await append(1000, 5);
	expect(delivery.stats()).toMatchObject({ received: 2, sent: 0, dropped: { spool: 2 }, errors: 1 });
	state.full = false;
	await append(2000, 6);
	await append(3000, 7);
	expect(samples()).toEqual([
		[
			[1999, 0],
			[2000, 6],
		],
		[[3000, 7]],
	]);
});
