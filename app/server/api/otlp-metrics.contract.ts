import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { deflateSync, gzipSync } from 'node:zlib';
import type { MetricBlock } from '../ingest/metric-block.ts';
import { METRICS, MetricRoutes, metric, nanos, otlp, PROTOBUF, point } from '../testing/metric-routes.ts';

const json = (...metrics: object[]) =>
	JSON.stringify({
		resourceMetrics: [
			{
				resource: { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] },
				scopeMetrics: [{ metrics }],
			},
		],
	});
const NO_TARGET = (names: string[]) => names.filter((name) => !name.includes('target_info'));

export const cases: Record<string, () => Promise<void>> = {
	async 'OTLP in protobuf and JSON, plain and compressed: the same series'() {
		const cpu = metric('cpu.time', [point({ value: 3.5 })], {
			kind: 'sum',
			temporality: 2,
			monotonic: true,
			unit: 's',
		});
		const text = json({
			name: 'cpu.time',
			unit: 's',
			sum: {
				aggregationTemporality: 2,
				isMonotonic: true,
				dataPoints: [{ timeUnixNano: String(nanos), startTimeUnixNano: String(nanos), asDouble: 3.5 }],
			},
		});
		for (const [body, encoding] of [
			[otlp(cpu), undefined],
			[gzipSync(otlp(cpu)), 'gzip'],
			[deflateSync(otlp(cpu)), 'deflate'],
			[text, undefined],
		] as const) {
			const routes = await MetricRoutes.open();
			assert.deepEqual(await routes.otlp(body, { 'content-encoding': encoding }), {});
			assert.deepEqual(NO_TARGET(await routes.series()), ['__name__=cpu_time_seconds_total,job=shop']);
			assert.ok((await routes.values()).includes(3.5));
		}
		const routes = await MetricRoutes.open();
		const type = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
		assert.equal((await routes.post(METRICS, gzipSync(text), type)).status, 200);
		assert.equal(NO_TARGET(await routes.series()).length, 1);
	},
	async 'OTLP of every kind in JSON is what it is in protobuf'() {
		const times = { startTimeUnixNano: String(nanos - 1_000_000_000n), timeUnixNano: String(nanos) };
		const text = json(
			{ name: 'g', gauge: { dataPoints: [{ ...times, asInt: '-5', attributes: [] }] } },
			{
				name: 'n',
				gauge: { dataPoints: [{ ...times, asInt: 7, exemplars: [{ asInt: 1, timeUnixNano: '1' }] }] },
			},
			{
				name: 'h',
				histogram: {
					aggregationTemporality: 2,
					dataPoints: [
						{
							...times,
							count: '6',
							sum: 2.5,
							bucketCounts: ['1', '2', 3],
							explicitBounds: [0.5, 1],
							flags: 0,
						},
					],
				},
			},
			{
				name: 'e',
				exponentialHistogram: {
					aggregationTemporality: 2,
					dataPoints: [
						{
							...{ ...times, count: 6, sum: -2.5, scale: -2, zeroCount: '1', zeroThreshold: 0.25 },
							positive: { offset: -3, bucketCounts: ['2', 0, '1'] },
							negative: { offset: 4, bucketCounts: [2] },
						},
					],
				},
			},
			{
				name: 's',
				summary: {
					dataPoints: [{ ...times, count: '2', sum: 3, quantileValues: [{ quantile: 0.5, value: 'NaN' }] }],
				},
			},
			{ name: 'gone', gauge: { dataPoints: [{ ...times, flags: 1 }] } },
		);
		const body = otlp(
			metric('g', [point({ value: -5n })]),
			metric('n', [point({ value: 7n, exemplars: [{ time: 1n, value: 1n }] })]),
			metric('h', [point({ count: 6n, sum: 2.5, bucketCounts: [1n, 2n, 3n], bounds: [0.5, 1] })], {
				...{ kind: 'histogram', temporality: 2 },
			}),
			metric(
				'e',
				[
					point({
						...{ count: 6n, sum: -2.5, scale: -2, zeroCount: 1n, zeroThreshold: 0.25 },
						positive: { offset: -3, counts: [2n, 0n, 1n] },
						negative: { offset: 4, counts: [2n] },
					}),
				],
				{ kind: 'exponentialHistogram', temporality: 2 },
			),
			metric('s', [point({ count: 2n, sum: 3, quantiles: [{ quantile: 0.5, value: Number.NaN }] })], {
				kind: 'summary',
			}),
			metric('gone', [point({ flags: 1 })]),
		);
		const [one, two] = [await MetricRoutes.open(), await MetricRoutes.open()];
		assert.deepEqual(await one.otlp(text), {});
		assert.deepEqual(await two.otlp(body), {});
		assert.deepEqual(await one.blocks(), await two.blocks());
		const [block] = await one.blocks();
		assert.equal(block!.histograms!.timestamps.length, 1);
		assert.ok((await one.series()).some((each) => each.includes('__name__=h_bucket,job=shop,le=+Inf')));
	},
	async 'OTLP: what is not taken is counted, with its reasons'() {
		const routes = await MetricRoutes.open();
		const bad = [
			metric('no value', [point({})]),
			metric('old', [point({ value: 1, time: 1n })]),
			metric('neither', [point({ value: 1 })], { kind: 'sum', temporality: 0 }),
		];
		const good = metric('good', [point({ value: 1 })]);
		const { partialSuccess } = await routes.otlp(otlp(...bad, good));
		assert.equal(partialSuccess!.rejected, '3');
		assert.match(
			String(partialSuccess!.errorMessage),
			/^1 x time too far from now, 1 x a number without a value, 1 x neither cumulative nor delta$/,
		);
		const point1970 = { timeUnixNano: '1', asDouble: 1 };
		assert.deepEqual(await routes.otlp(json({ name: 'old', gauge: { dataPoints: [point1970] } })), {
			partialSuccess: { rejectedDataPoints: '1', errorMessage: '1 x time too far from now' },
		});
		assert.deepEqual(
			[...new Set((await routes.series()).filter((each) => !each.includes('target_info')))],
			['__name__=good,job=shop'],
		);
	},
	async 'OTLP: deltas are summed over requests'() {
		const routes = await MetricRoutes.open();
		const at = (second: number, value: number) => {
			const time = nanos + BigInt(second) * 1_000_000_000n;
			const times = { start: time - 1_000_000_000n, time };
			return otlp(
				metric('n', [point({ ...times, value })], { kind: 'sum', temporality: 1, monotonic: true }),
				metric('h', [point({ ...times, count: BigInt(value), sum: 1, bucketCounts: [BigInt(value)] })], {
					...{ kind: 'histogram', temporality: 1 },
				}),
			);
		};
		for (const [second, value] of [
			[0, 3],
			[1, 4],
		] as const)
			assert.deepEqual(await routes.otlp(at(second, value)), {});
		const { partialSuccess } = await routes.otlp(at(1, 4));
		// A histogram is a sample for each of its series.
		assert.deepEqual(
			[partialSuccess!.rejected, partialSuccess!.errorMessage],
			['4', '4 x a delta that is not newer than the one before it'],
		);
		const [first, second] = await routes.blocks();
		const values = (block: MetricBlock) => [...block.values].filter((_, i) => block.values[i] !== 1 || i < 2);
		assert.deepEqual(values(first!).slice(0, 2), [0, 3]);
		assert.ok([...second!.values].filter((value) => value === 7).length >= 3);
	},
	async 'OTLP: refusals are Status in the encoding of the request; remote write gets problems'() {
		const routes = await MetricRoutes.open();
		const type = { 'content-type': PROTOBUF };
		const good = otlp(metric('good', [point({ value: 1 })]));
		for (const [body, headers, status, code, words] of [
			[good.subarray(0, -1), type, 400, 'CXR_INGEST_MALFORMED', 'at byte'],
			['hello, world', type, 400, 'CXR_INGEST_MALFORMED', 'at byte'],
			['{', { 'content-type': 'application/json' }, 400, 'CXR_INGEST_MALFORMED', 'not JSON'],
			['', { 'content-type': 'application/json' }, 400, 'CXR_INGEST_MALFORMED', 'empty'],
			[
				json({ name: 'x', gauge: { dataPoints: [{ timeUnixNano: 'soon' }] } }),
				{ 'content-type': 'application/json' },
				400,
				'CXR_INGEST_MALFORMED',
				'$.resourceMetrics[0].scopeMetrics[0].metrics[0].gauge.dataPoints[0].timeUnixNano is not',
			],
			['x', { 'content-type': 'text/plain' }, 415, 'CXR_INGEST_UNSUPPORTED', 'text/plain'],
			[good, { ...type, 'content-encoding': 'br' }, 415, 'CXR_INGEST_UNSUPPORTED', 'gzip and deflate'],
			[good, { ...type, 'content-encoding': 'gzip' }, 400, 'CXR_INGEST_MALFORMED', 'as gzip'],
			[good, { ...type, 'x-codexray-batch-id': '12' }, 400, 'CXR_INGEST_BATCH_ID', ''],
			[new Uint8Array(16 * 1024 * 1024 + 1), type, 413, 'CXR_INGEST_TOO_LARGE', ''],
			[
				gzipSync(Buffer.alloc(65 << 20)),
				{ ...type, 'content-encoding': 'gzip' },
				413,
				'CXR_INGEST_TOO_LARGE',
				'',
			],
		] as [Uint8Array | string, Record<string, string>, number, string, string][]) {
			const answer = await routes.post(METRICS, body, headers);
			const { message } = answer.decode('Status400') as { message: string };
			assert.equal(answer.status, status, message);
			assert.ok(message.startsWith(`${code}: `) && message.includes(words), message);
			assert.equal(answer.type.startsWith(PROTOBUF), headers['content-type'] === PROTOBUF);
			assert.deepEqual(await routes.otlp(good), {});
		}
		const problem = await routes.write(METRICS, good, { 'content-type': 'application/json' });
		assert.deepEqual([problem.status, problem.type], [415, 'application/problem+json; charset=utf-8']);
		const versioned = await routes.post(METRICS, good, {
			...type,
			'x-prometheus-remote-write-version': '2.0.0',
		});
		assert.deepEqual([versioned.status, versioned.decode('Status400').code], [415, 'CXR_INGEST_UNSUPPORTED']);
		assert.deepEqual(await routes.otlp(new Uint8Array(0)), {});
		assert.deepEqual(await routes.otlp('{}'), {});
	},
	async 'OTLP: a full spool is 503 with Retry-After'() {
		const routes = await MetricRoutes.open({ maxBytes: 8192 });
		let last = await routes.post(METRICS, otlp(metric('m', [point({ value: 1 })])), {
			'content-type': PROTOBUF,
		});
		for (let i = 0; i < 200 && last.status === 200; i++) {
			const noise = Array.from({ length: 20 }, () => Math.random().toString(36)).join('');
			const body = otlp(metric('m', [point({ value: 1, attributes: [['noise', noise]] })]));
			last = await routes.post(METRICS, body, { 'content-type': PROTOBUF });
		}
		assert.deepEqual([last.status, last.headers['retry-after']], [503, '5']);
		assert.equal(last.decode('Status400').code, 14);
	},
	async 'a batch of OTLP comes once'() {
		const routes = await MetricRoutes.open();
		const id = { 'x-codexray-batch-id': '0123456789abcdef0123456789abcdef' };
		const delta = otlp(metric('n', [point({ value: 5 })], { kind: 'sum', temporality: 1, monotonic: true }));
		for (let i = 0; i < 2; i++) assert.deepEqual(await routes.otlp(delta, id), {});
		await Promise.all([
			routes.otlp(delta, { 'x-codexray-batch-id': '1'.repeat(32) }),
			routes.otlp(delta, id),
		]);
		assert.ok(!(await routes.values()).includes(10));
		assert.equal(routes.ingest.stats().dropped['repeated batch'], 2);
	},
};
