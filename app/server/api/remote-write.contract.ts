import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { gzipSync } from 'node:zlib';
import type { ModelHistogram, ModelSeries } from '../../../core-as/testing/metric-model.ts';
import { bodyV1, bodyV2, rawBody } from '../../../core-as/testing/write-request.ts';
import {
	codec,
	METRICS,
	MetricRoutes,
	metric,
	now,
	otlp,
	PROTOBUF,
	point,
	V2_TYPE,
	WRITE,
} from '../testing/metric-routes.ts';

const histogram = (more: Partial<ModelHistogram> = {}): ModelHistogram => ({
	...{ isFloat: false, reset: 0, schema: 3, zeroThreshold: 0.001, zeroCount: 1, count: 4, sum: 9, time: now },
	...{ start: 0, positiveSpans: [[1, 2]], negativeSpans: [], buckets: [1, 2], customValues: [], ...more },
});
const series = (name: string, more: Partial<ModelSeries> = {}): ModelSeries => ({
	...{ labels: [['__name__', name]], fault: 0, samples: [], exemplars: [], histograms: [], ...more },
});
const sample = (value: number, time = now) => ({ samples: [{ value, time, start: 0 }] });
const described = { metadata: { type: 1, help: 'what it counts', unit: '' } };
const exemplar = { labels: [], value: 1, time: now, fault: 0 };
const full = () => ({
	series: [
		series('a_total', { ...sample(1), ...described, exemplars: [exemplar] }),
		series('h', { histograms: [histogram(), histogram({ time: now + 1 })] }),
	],
	families: [],
});

export const cases: Record<string, () => Promise<void>> = {
	async 'remote write 2.0 and 1.0 on both paths, with what was written'() {
		for (const [url, status] of [
			[WRITE, 204],
			[METRICS, 200],
		] as const) {
			const routes = await MetricRoutes.open();
			const version = { 'x-prometheus-remote-write-version': '2.0.0' };
			for (const type of [V2_TYPE, `${PROTOBUF}; charset=x; proto="io.prometheus.write.v2.Request"`]) {
				const second = await routes.write(url, bodyV2(full()), { 'content-type': type, ...version });
				assert.deepEqual([second.status, second.written], [status, '1,2,0']);
			}
			for (const type of [PROTOBUF, `${PROTOBUF};proto=prometheus.WriteRequest`]) {
				const first = await routes.write(url, bodyV1(full()), { 'content-type': type });
				assert.deepEqual([first.status, first.written], [status, '1,2,0']);
			}
			const [block, again] = await routes.blocks();
			assert.deepEqual([...block!.histograms!.counts], [4, 4]);
			assert.deepEqual([...block!.values], [1]);
			// Metadata is written when it is new.
			assert.deepEqual(block!.metadata, [
				{ family: 'a_total', type: 'counter', help: 'what it counts', unit: '' },
			]);
			assert.equal(again!.metadata, undefined);
			assert.equal(routes.ingest.stats().dropped['exemplars are not stored'], 4);
		}
	},
	async 'metadata alone is kept, when it is new'() {
		const routes = await MetricRoutes.open();
		const body = (help: string) =>
			bodyV1({ series: [], families: [{ name: 'f', type: 5, help, unit: 's' }] });
		for (const help of ['one', 'one', 'two'])
			assert.equal((await routes.write(WRITE, body(help))).status, 204);
		const metadata = (await routes.blocks()).flatMap((block) => block.metadata);
		const family = { family: 'f', type: 'summary', unit: 's' };
		assert.deepEqual(metadata, [
			{ ...family, help: 'one' },
			{ ...family, help: 'two' },
		]);
	},
	async 'a partial write: the rest is stored, and 400 says so; agents are told 200'() {
		const body = bodyV2({
			series: [
				series('', { labels: [], ...sample(1) }),
				series('fine', sample(2)),
				series('both', { ...sample(1), histograms: [histogram()] }),
				series('h', { histograms: [histogram({ count: 1 }), histogram()] }),
				series('old', sample(1, 1)),
			],
			families: [],
		});
		const routes = await MetricRoutes.open();
		const answer = await routes.write(WRITE, body, { 'content-type': V2_TYPE });
		assert.deepEqual([answer.status, answer.written], [400, '1,0,0']);
		const { code, detail } = answer.decode('Status400');
		assert.equal(code, 'CXR_INGEST_PARTIAL');
		assert.match(
			String(detail),
			/^1 x no-name, 2 x both-kinds, 2 x bad-total, 1 x time too far from now\. First: series 0 \(no labels\)/,
		);
		const agent = await routes.write(METRICS, body, { 'content-type': V2_TYPE });
		assert.deepEqual([agent.status, agent.written], [200, '1,0,0']);
		assert.deepEqual(await routes.values(), [2, 2]);
	},
	async 'bodies that are none are refused with their place, and the next is taken'() {
		const routes = await MetricRoutes.open();
		const v2 = { 'content-type': V2_TYPE };
		const good = bodyV2(full());
		const lying = rawBody(2, {
			symbols: ['', 'a'].map((text) => Buffer.from(text)),
			timeseries: [{ labelsRefs: [1, 77] }],
		});
		for (const url of [WRITE, METRICS]) {
			const cut = await routes.write(url, good.subarray(0, good.length - 3), v2);
			assert.deepEqual([cut.status, cut.decode('Status400').code], [400, 'CXR_INGEST_MALFORMED']);
			assert.match(String(cut.decode('Status400').detail), /at byte \d+/);
			const empty = await routes.post(url, '', { ...v2, 'content-encoding': 'snappy' });
			assert.deepEqual([empty.status, empty.decode('Status400').code], [400, 'CXR_INGEST_MALFORMED']);
			const none = await routes.post(url, 'no snappy', { ...v2, 'content-encoding': 'snappy' });
			assert.equal(none.decode('Status400').code, 'CXR_INGEST_MALFORMED');
			// A reference to a symbol that is not there: that series is refused.
			const bad = await routes.write(url, lying, v2);
			assert.deepEqual([bad.status, bad.written], [url === WRITE ? 400 : 200, '0,0,0']);
			// A block that claims 65 MiB.
			const bomb = await routes.post(url, Uint8Array.of(0x80, 0x80, 0xc0, 0x20, 0, 0x61) as Uint8Array, {
				...{ ...v2, 'content-encoding': 'snappy' },
			});
			assert.deepEqual([bomb.status, bomb.decode('Status400').code], [413, 'CXR_INGEST_TOO_LARGE']);
			const after = await routes.write(url, good, v2);
			assert.equal(after.written, '1,2,0');
		}
	},
	async 'a message of the other version is refused, it would be lost in silence'() {
		const routes = await MetricRoutes.open();
		const v1 = await routes.write(WRITE, bodyV1(full()), { 'content-type': V2_TYPE });
		const v2 = await routes.write(METRICS, bodyV2(full()));
		for (const answer of [v1, v2]) {
			assert.deepEqual([answer.status, answer.decode('Status400').code], [400, 'CXR_INGEST_MALFORMED']);
			assert.match(String(answer.decode('Status400').detail), /at byte 0 belongs to remote write/);
		}
		// What has nothing in it is fine.
		assert.equal((await routes.write(WRITE, new Uint8Array(0))).status, 204);
		assert.equal((await routes.write(WRITE, new Uint8Array(0), { 'content-type': V2_TYPE })).status, 204);
		const symbols = rawBody(2, { symbols: [Buffer.from('')], timeseries: [] });
		assert.equal((await routes.write(WRITE, symbols, { 'content-type': V2_TYPE })).status, 204);
	},
	async 'with retention off any time since 1970 is taken, in any order'() {
		const times = [now, 0, 1, now - 40 * 365 * 86_400_000, 5];
		const body = bodyV1({ series: times.map((time, i) => series(`m${i}`, sample(i, time))), families: [] });
		const off = await MetricRoutes.open({ retentionMs: null });
		assert.equal((await off.write(WRITE, body)).status, 204);
		assert.deepEqual(await off.values(), [0, 1, 2, 3, 4]);
		const short = await MetricRoutes.open({ retentionMs: 3_600_000 });
		assert.equal((await short.write(WRITE, body)).status, 400);
		assert.deepEqual(await short.values(), [0]);
	},
	async 'what was taken is offered to a recording: 2.0 as 1.0, OTLP as it is'() {
		const routes = await MetricRoutes.open();
		await routes.write(METRICS, bodyV2(full()), { 'content-type': V2_TYPE });
		const body = otlp(metric('good', [point({ value: 1 })]));
		await routes.otlp(gzipSync(body), { 'content-encoding': 'gzip' });
		const [first, second] = routes.offered;
		assert.deepEqual([first!.signal, second!.signal, routes.offered.length], ['metrics', 'otlp-metrics', 2]);
		assert.deepEqual([...second!.body], [...body]);
		const { series: all } = codecModel(first!.unpack!(first!.body));
		assert.deepEqual(all, 2);
	},
};

/** Series of a prometheus.WriteRequest. */
function codecModel(plain: Uint8Array) {
	const { faults } = codec.decodeRemoteWrite(plain);
	assert.ok(faults.every((fault) => fault === 0));
	return { series: faults.length };
}
