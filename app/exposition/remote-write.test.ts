import { expect, test } from 'vitest';
import { createCodec } from '../../core-as/facade/index.ts';
import { builtModules } from '../../core-as/testing/modules.ts';
import { decodeWriteRequest, labelsOf } from '../node-agent/testing/decode-write-request.ts';
import { Labels } from './labels.ts';
import { MAX_SERIES, RemoteWriteEncoder, type WriteRequest } from './remote-write.ts';
import { counter, gauge, histogram, kernelCounter, Snapshot } from './snapshot.ts';

const REQUESTS = counter('requests_total', 'Requests.');
const TEMPERATURE = gauge('temperature', 'Now.');
const DURATION = histogram('duration_seconds_total', 'Time.');

const EXTRA = [
	['instance', 'm1'],
	['job', 'agent'],
] as const;

const codec = createCodec(await builtModules());

interface Encoded {
	body: Uint8Array;
	series: number;
}

function encoded(requests: Iterable<WriteRequest>): Encoded[] {
	const encode = ({ columns, series }: WriteRequest) => ({
		body: codec.encodeRemoteWrite(columns, new Uint8Array(0)),
		series,
	});
	return Array.from(requests, encode);
}

function requestsOf(encoder: RemoteWriteEncoder, snapshot: Snapshot): Encoded[] {
	return encoded(encoder.encode(snapshot).requests);
}

function snapshotOf(time: number, fill: (snapshot: Snapshot) => void): Snapshot {
	const snapshot = new Snapshot(time);
	fill(snapshot);
	return snapshot;
}

test('labels are sorted, empty ones left out, text is UTF-8', () => {
	const encoder = new RemoteWriteEncoder(EXTRA);
	const labels = new Labels([
		['zone', 'ü\n"\ud800'],
		['app_id', ''],
		['Upper', 'x'],
	]);
	const requests = requestsOf(
		encoder,
		snapshotOf(5000, (s) => s.add(TEMPERATURE, labels, -1.5)),
	);
	const { timeseries, metadata } = decodeWriteRequest(requests[0]!.body);
	expect(timeseries).toHaveLength(1);
	expect(timeseries[0]!.labels).toEqual([
		{ name: 'Upper', value: 'x' },
		{ name: '__name__', value: 'temperature' },
		{ name: 'instance', value: 'm1' },
		{ name: 'job', value: 'agent' },
		{ name: 'zone', value: 'ü\n"\ufffd' },
	]);
	expect(timeseries[0]!.samples).toEqual([{ value: -1.5, timestamp: 5000 }]);
	expect(metadata).toEqual([{ type: 'GAUGE', metricFamilyName: 'temperature', help: 'Now.', unit: '' }]);
});

test('a counter of the kernel, which may be years old, starts from what it is', () => {
	const encoder = new RemoteWriteEncoder(EXTRA);
	const cpu = kernelCounter('cpu_seconds_total', 'CPU time.');
	const [request] = requestsOf(
		encoder,
		snapshotOf(5000, (s) => s.add(cpu, new Labels([]), 86_400)),
	);
	const { timeseries, metadata } = decodeWriteRequest(request!.body);
	expect(timeseries[0]!.samples).toEqual([{ value: 86_400, timestamp: 5000 }]);
	expect(metadata[0]).toMatchObject({ type: 'COUNTER' });
});

test('a new counter starts from 0 at the take before, once it is safe on disk', () => {
	const encoder = new RemoteWriteEncoder(EXTRA);
	const [a, b] = [new Labels([['x', 'a']]), new Labels([['x', 'b']])];
	const samples = (time: number, fill: (snapshot: Snapshot) => void, safe = true) => {
		const { requests, commit } = encoder.encode(snapshotOf(time, fill));
		const [request] = encoded(requests);
		if (safe) commit();
		return decodeWriteRequest(request!.body).timeseries.map((series) =>
			series.samples.map(({ timestamp, value }) => [timestamp, value]),
		);
	};
	const birth = [
		[99_999, 0],
		[100_000, 3],
	];
	expect(samples(100_000, (s) => s.add(REQUESTS, a, 3), false)).toEqual([birth]);
	expect(samples(100_000, (s) => s.add(REQUESTS, a, 3))).toEqual([birth]);
	const second = samples(115_000, (s) => {
		s.add(REQUESTS, a, 4);
		s.add(REQUESTS, b, 7);
	});
	expect(second).toEqual([
		[[115_000, 4]],
		[
			[100_000, 0],
			[115_000, 7],
		],
	]);
	expect(samples(130_000, (s) => s.add(TEMPERATURE, a, 9))).toEqual([[[130_000, 9]]]);
});

test('two takes in one millisecond still put the 0 before', () => {
	const encoder = new RemoteWriteEncoder(EXTRA);
	encoder.encode(snapshotOf(1000, (s) => s.add(TEMPERATURE, new Labels([]), 1))).commit();
	const requests = requestsOf(
		encoder,
		snapshotOf(1000, (s) => s.add(REQUESTS, new Labels([]), 1)),
	);
	expect(decodeWriteRequest(requests[0]!.body).timeseries[0]!.samples[0]).toEqual({
		timestamp: 999,
		value: 0,
	});
});

test('a histogram becomes cumulative buckets, sum and count', () => {
	const encoder = new RemoteWriteEncoder([]);
	const counts = [1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 4];
	const requests = requestsOf(
		encoder,
		snapshotOf(1, (s) => s.addHistogram(DURATION, new Labels([['d', '1']]), counts, 50.5)),
	);
	const { timeseries } = decodeWriteRequest(requests[0]!.body);
	const values = Object.fromEntries(
		timeseries.map((series) => {
			const { __name__, le } = labelsOf(series);
			return [le === undefined ? __name__ : `${__name__} ${le}`, series.samples.at(-1)!.value];
		}),
	);
	expect(values).toEqual({
		'duration_seconds_total_bucket 0.005': 1,
		'duration_seconds_total_bucket 0.01': 1,
		'duration_seconds_total_bucket 0.025': 3,
		'duration_seconds_total_bucket 0.05': 3,
		'duration_seconds_total_bucket 0.1': 3,
		'duration_seconds_total_bucket 0.25': 3,
		'duration_seconds_total_bucket 0.5': 3,
		'duration_seconds_total_bucket 1': 3,
		'duration_seconds_total_bucket 2.5': 3,
		'duration_seconds_total_bucket 5': 3,
		'duration_seconds_total_bucket 10': 3,
		'duration_seconds_total_bucket +Inf': 7,
		duration_seconds_total_sum: 50.5,
		duration_seconds_total_count: 7,
	});
});

test('large takes are cut into requests', () => {
	const encoder = new RemoteWriteEncoder(EXTRA);
	const requests = requestsOf(
		encoder,
		snapshotOf(1, (s) => {
			for (let i = 0; i < MAX_SERIES + 1; i++) s.add(TEMPERATURE, new Labels([['i', String(i)]]), i);
		}),
	);
	expect(requests.map(({ series }) => series)).toEqual([MAX_SERIES, 1]);
	const decoded = requests.map(({ body }) => decodeWriteRequest(body));
	expect(decoded.map(({ timeseries }) => timeseries.length)).toEqual([MAX_SERIES, 1]);
	expect(decoded.map(({ metadata }) => metadata.length)).toEqual([1, 1]);
});

test('nothing to say, nothing to send', () => {
	expect(requestsOf(new RemoteWriteEncoder([]), new Snapshot(1))).toEqual([]);
});
