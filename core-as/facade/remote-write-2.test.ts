import { beforeAll, describe, expect, test } from 'vitest';
import { modelOf } from '../testing/metric-model.ts';
import { builtModules } from '../testing/modules.ts';
import { joined } from '../testing/random.ts';
import { rawBody } from '../testing/write-request.ts';
import { type Codec, createCodec } from './codec.ts';
import { type MetricColumns, SERIES_FAULTS } from './metric-columns.ts';

let codec: Codec;

beforeAll(async () => {
	codec = createCodec(await builtModules());
});

const TEXTS = ['', '__name__', 'up', 'job', 'a', 'Z', 'bad\n', 'ü', 'zone'];
const SYMBOLS = [...TEXTS.map((text) => Buffer.from(text)), Buffer.from([0xff])];
const NOT_UTF8 = TEXTS.length;
const NAME = [1, 2];
const SAMPLE = { value: 1.5, timestamp: 1000 };

function bodyOf(series: object, symbols: Uint8Array[] = SYMBOLS): Uint8Array {
	return rawBody(2, { symbols, timeseries: [series] });
}

function decode(series: object): MetricColumns {
	return codec.decodeRemoteWrite2(bodyOf(series));
}

function faultOf(series: object) {
	return SERIES_FAULTS[decode(series).faults[0]!];
}

describe('the rules of 2.0', () => {
	test.each([
		['a sample', { labelsRefs: NAME, samples: [SAMPLE] }, 'valid'],
		['a histogram', { labelsRefs: NAME, histograms: [{}] }, 'valid'],
		['sorted by bytes, not by letters', { labelsRefs: [5, 4, ...NAME, 3, 4], samples: [SAMPLE] }, 'valid'],
		['text beyond ASCII', { labelsRefs: [...NAME, 7, 7], samples: [SAMPLE] }, 'valid'],
		['no labels', { samples: [SAMPLE] }, 'no-name'],
		['no name', { labelsRefs: [3, 4], samples: [SAMPLE] }, 'no-name'],
		['half a label', { labelsRefs: [...NAME, 3], samples: [SAMPLE] }, 'bad-ref'],
		['half a label alone', { labelsRefs: [1], samples: [SAMPLE] }, 'no-name'],
		['a name that is not there', { labelsRefs: [...NAME, 99, 4], samples: [SAMPLE] }, 'bad-ref'],
		['a value behind the table', { labelsRefs: [...NAME, 3, 10], samples: [SAMPLE] }, 'bad-ref'],
		['the largest number', { labelsRefs: [...NAME, 3, 2 ** 32 - 1], samples: [SAMPLE] }, 'bad-ref'],
		['labels out of order', { labelsRefs: [3, 4, ...NAME], samples: [SAMPLE] }, 'unsorted-labels'],
		['a label twice', { labelsRefs: [...NAME, 3, 4, 3, 2], samples: [SAMPLE] }, 'duplicate-label'],
		['a name that is empty', { labelsRefs: [0, 4, ...NAME], samples: [SAMPLE] }, 'empty-label-name'],
		['a value that is empty', { labelsRefs: [...NAME, 3, 0], samples: [SAMPLE] }, 'empty-label-value'],
		['a control character in a name', { labelsRefs: [...NAME, 6, 4], samples: [SAMPLE] }, 'bad-name'],
		['a control character in the metric’s name', { labelsRefs: [1, 6], samples: [SAMPLE] }, 'bad-name'],
		['a control character in a value', { labelsRefs: [...NAME, 3, 6], samples: [SAMPLE] }, 'valid'],
		['a value that is no UTF-8', { labelsRefs: [...NAME, 3, NOT_UTF8], samples: [SAMPLE] }, 'bad-utf8'],
		['nothing to say', { labelsRefs: NAME }, 'no-samples'],
		['both kinds', { labelsRefs: NAME, samples: [SAMPLE], histograms: [{}] }, 'both-kinds'],
		['a time below 0', { labelsRefs: NAME, samples: [{ ...SAMPLE, timestamp: -1 }] }, 'bad-timestamp'],
		['a start below 0', { labelsRefs: NAME, samples: [{ ...SAMPLE, startTimestamp: -1 }] }, 'valid'],
		[
			'a start too large',
			{ labelsRefs: NAME, samples: [SAMPLE], createdTimestamp: 2 ** 53 },
			'bad-timestamp',
		],
		['help that is not there', { labelsRefs: NAME, samples: [SAMPLE], metadata: { helpRef: 10 } }, 'bad-ref'],
		[
			'a unit that is not there',
			{ labelsRefs: NAME, samples: [SAMPLE], metadata: { unitRef: 10 } },
			'bad-ref',
		],
	])('%s', (_, series, fault) => {
		expect(faultOf(series)).toBe(fault);
	});

	test('a series has the hash that it has in 1.0', () => {
		const labels = TEXTS.slice(1, 5).map((text) => Buffer.from(text));
		const label = (i: number) => ({ name: labels[i], value: labels[i + 1] });
		const v1 = rawBody(1, { timeseries: [{ labels: [label(0), label(2)], samples: [SAMPLE] }] });
		const [hash] = decode({ labelsRefs: [1, 2, 3, 4], samples: [SAMPLE] }).hashes;
		expect(hash).toBe(codec.decodeRemoteWrite(v1).hashes[0]);
	});

	test('of a description that comes twice, the last numbers count', () => {
		const metadata = { helpRef: 3, unitRef: 99 };
		const twice = joined(
			rawBody(2, { timeseries: [{ metadata }] }).subarray(2),
			new Uint8Array([0x2a, 2, 0x20, 4]),
		);
		const series = joined(
			rawBody(2, { timeseries: [{ labelsRefs: NAME, samples: [SAMPLE] }] }).subarray(2),
			twice,
		);
		const body = joined(rawBody(2, { symbols: SYMBOLS }), new Uint8Array([0x2a, series.length]), series);
		const [only] = modelOf(codec.decodeRemoteWrite2(body), body).series;
		expect([only!.fault, only!.metadata]).toEqual([0, { type: 0, help: 'job', unit: 'a' }]);
	});

	test('a broken exemplar costs itself alone', () => {
		const exemplars = [
			{ labelsRefs: [3, 4] },
			{ labelsRefs: [3] },
			{ labelsRefs: [3, 99] },
			{ timestamp: -1 },
			{},
		];
		const columns = decode({ labelsRefs: NAME, samples: [SAMPLE], exemplars });
		const faults = Array.from(columns.exemplars!.faults, (it) => SERIES_FAULTS[it]);
		expect(faults).toEqual(['valid', 'bad-ref', 'bad-ref', 'bad-timestamp', 'valid']);
		expect(columns.faults).toEqual(new Uint8Array([0]));
	});

	test('the table of symbols is there and starts with the empty text', () => {
		const series = { labelsRefs: [0, 1], samples: [SAMPLE] };
		const bad = 'no table of symbols that starts with the empty text';
		expect(() => codec.decodeRemoteWrite2(bodyOf(series, []))).toThrow(`${bad} at byte 0`);
		expect(() => codec.decodeRemoteWrite2(bodyOf(series, SYMBOLS.slice(1)))).toThrow(
			`${bad} at byte 0 (22 08`,
		);
		expect(codec.decodeRemoteWrite2(new Uint8Array(0)).faults).toHaveLength(0);
	});

	test('a body of the other version has nothing that is known', () => {
		const v1 = rawBody(1, { timeseries: [{ samples: [SAMPLE] }], metadata: [{ type: 1 }] });
		const columns = codec.decodeRemoteWrite2(v1);
		expect([columns.faults.length, columns.metadata]).toEqual([0, undefined]);
		const v2 = bodyOf({ labelsRefs: NAME, samples: [SAMPLE] });
		expect(codec.decodeRemoteWrite(v2).faults).toHaveLength(0);
	});
});

describe('start times', () => {
	test('the one of the series counts where a sample has none, wherever it stands', () => {
		const samples = [
			{ value: 1, timestamp: 10, startTimestamp: 3 },
			{ value: 2, timestamp: 20 },
		];
		const own = rawBody(2, { timeseries: [{ labelsRefs: NAME, samples }] });
		const created = rawBody(2, { timeseries: [{ createdTimestamp: 5 }] });
		// One series of two pieces: field 6 first, then labels and samples.
		const inner = joined(created.subarray(2), own.subarray(2));
		const symbols = rawBody(2, { symbols: SYMBOLS });
		const body = joined(symbols, new Uint8Array([0x2a, inner.length]), inner);
		expect(codec.decodeRemoteWrite2(body).startTimestamps).toEqual(new Float64Array([3, 5]));
	});

	test('of histograms too; none at all is an empty list', () => {
		const histograms = [{ startTimestamp: 7 }, {}];
		const both = decode({ labelsRefs: NAME, histograms, createdTimestamp: 9 });
		expect(both.histograms!.startTimestamps).toEqual(new Float64Array([7, 9]));
		const none = decode({ labelsRefs: NAME, histograms: [{}] });
		expect(none.histograms!.startTimestamps).toHaveLength(0);
		expect(decode({ labelsRefs: NAME, samples: [SAMPLE] }).startTimestamps).toHaveLength(0);
	});
});

/** `count` times these bytes. */
function repeated(count: number, ...bytes: number[]): Uint8Array {
	return new Uint8Array(Buffer.alloc(count * bytes.length, Buffer.from(bytes)));
}

/** A field with a length in front. */
function message(tag: number, ...parts: Uint8Array[]): Uint8Array {
	const inner = joined(...parts);
	const head = [tag];
	let rest = inner.length;
	for (; rest >= 0x80; rest >>>= 7) head.push((rest & 0x7f) | 0x80);
	return joined(new Uint8Array([...head, rest]), inner);
}

const EMPTY_SYMBOL = new Uint8Array([0x22, 0]);

// Bodies of many megabytes take their time on a busy machine.
describe('the frame of a body', { timeout: 120_000 }, () => {
	test('symbols may stand behind the series, numbers one by one', () => {
		// Unpacked numbers of labels: tag 08 each.
		const series = new Uint8Array([0x2a, 8, 0x08, 1, 0x08, 2, 0x12, 2, 0x10, 9]);
		const body = joined(series, rawBody(2, { symbols: SYMBOLS }));
		expect(modelOf(codec.decodeRemoteWrite2(body), body).series).toEqual([
			{
				labels: [['__name__', 'up']],
				fault: 0,
				samples: [{ value: 0, time: 9, start: 0 }],
				exemplars: [],
				histograms: [],
			},
		]);
	});

	test.each([
		['symbols', (count: number) => repeated(count, 0x22, 0), 1 << 22],
		['series', (count: number) => joined(EMPTY_SYMBOL, repeated(count, 0x2a, 0)), 1 << 21],
		[
			'labels',
			(count: number) => joined(EMPTY_SYMBOL, message(0x2a, message(0x0a, repeated(2 * count, 0)))),
			1 << 22,
		],
		// The half takes the room of a whole one until it is found out.
		[
			'labels, the last of them half',
			(count: number) => joined(EMPTY_SYMBOL, message(0x2a, message(0x0a, repeated(2 * count - 1, 0)))),
			1 << 22,
		],
		[
			'labels of an exemplar, the last of them half',
			(count: number) =>
				joined(EMPTY_SYMBOL, message(0x2a, message(0x22, message(0x0a, repeated(2 * count - 1, 0))))),
			1 << 22,
		],
		['samples', (count: number) => joined(EMPTY_SYMBOL, message(0x2a, repeated(count, 0x12, 0))), 1 << 22],
		['histograms', (count: number) => joined(EMPTY_SYMBOL, message(0x2a, repeated(count, 0x1a, 0))), 1 << 20],
		['exemplars', (count: number) => joined(EMPTY_SYMBOL, message(0x2a, repeated(count, 0x22, 0))), 1 << 20],
		[
			'spans',
			(count: number) => joined(EMPTY_SYMBOL, message(0x2a, message(0x1a, repeated(count, 0x42, 0)))),
			1 << 22,
		],
		[
			'buckets',
			(count: number) =>
				joined(EMPTY_SYMBOL, message(0x2a, message(0x1a, message(0x62, repeated(count, 0))))),
			1 << 22,
		],
	])('%s are bounded', (_, bodyWith, bound) => {
		expect(() => codec.decodeRemoteWrite2(bodyWith(bound + 1))).toThrow('more than the limit at byte');
		codec.decodeRemoteWrite2(bodyWith(bound));
		expect(codec.traps).toBe(0);
	});

	test('all columns together are bounded', () => {
		// Each kind is within its own bound.
		const histograms = repeated(1 << 20, 0x1a, 0);
		const exemplars = repeated(1 << 20, 0x22, 10, 0x0a, 8, 0, 0, 0, 0, 0, 0, 0, 0);
		const samples = repeated(1 << 22, 0x12, 0);
		const all = joined(EMPTY_SYMBOL, message(0x2a, histograms, exemplars, samples));
		expect(() => codec.decodeRemoteWrite2(all)).toThrow('more than the limit at byte 0');
		const fewer = joined(EMPTY_SYMBOL, message(0x2a, histograms, samples));
		expect(codec.decodeRemoteWrite2(fewer).values).toHaveLength(1 << 22);
		expect(codec.traps).toBe(0);
	});
});
