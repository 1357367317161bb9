import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { expectedV1, expectedV2 } from '../testing/expected-model.ts';
import { type ModelHistogram, modelOf } from '../testing/metric-model.ts';
import { builtModules } from '../testing/modules.ts';
import { histogramMessage, oracleV1, oracleV2, rawBody } from '../testing/write-request.ts';
import { type Codec, createCodec } from './codec.ts';
import { SERIES_FAULTS, type SeriesFault } from './metric-columns.ts';

let codec: Codec;

beforeAll(async () => {
	codec = createCodec(await builtModules());
});

const VALID: ModelHistogram = {
	isFloat: false,
	reset: 0,
	schema: 3,
	zeroThreshold: 0.001,
	zeroCount: 2,
	count: 17,
	sum: 12.5,
	time: 1000,
	start: 0,
	positiveSpans: [
		[-2, 2],
		[3, 1],
	],
	negativeSpans: [[0, 1]],
	buckets: [1, 4, 8, 2],
	customValues: [],
};

const CUSTOM: ModelHistogram = {
	...VALID,
	schema: -53,
	zeroThreshold: 0,
	zeroCount: 0,
	count: 13,
	positiveSpans: [
		[0, 2],
		[1, 1],
	],
	negativeSpans: [],
	buckets: [1, 4, 8],
	customValues: [-1, 0.5, 10],
};

const FLOAT = { isFloat: true };

/** A body of either version with one series of these histograms, given as messages. */
function bodyOf(version: 1 | 2, histograms: object[]): Uint8Array {
	if (version === 2) {
		return rawBody(2, {
			symbols: ['', '__name__', 'h'].map((text) => Buffer.from(text)),
			timeseries: [{ labelsRefs: [1, 2], histograms }],
		});
	}
	const label = { name: Buffer.from('__name__'), value: Buffer.from('h') };
	return rawBody(1, { timeseries: [{ labels: [label], histograms }] });
}

function faultOf(version: 1 | 2, histogram: object): SeriesFault {
	const body = bodyOf(version, [histogram]);
	const columns = version === 1 ? codec.decodeRemoteWrite(body) : codec.decodeRemoteWrite2(body);
	return SERIES_FAULTS[columns.faults[0]!]!;
}

const TABLE: [what: string, histogram: object, fault: SeriesFault][] = [
	['integers', histogramMessage(VALID), 'valid'],
	['floats', histogramMessage({ ...VALID, ...FLOAT }), 'valid'],
	['custom bounds', histogramMessage(CUSTOM), 'valid'],
	['custom bounds with floats', histogramMessage({ ...CUSTOM, ...FLOAT }), 'valid'],
	['nothing at all', {}, 'valid'],
	['every schema below', histogramMessage({ ...VALID, schema: -4 }), 'valid'],
	['every schema above', histogramMessage({ ...VALID, schema: 8 }), 'valid'],
	['a schema below', histogramMessage({ ...VALID, schema: -5 }), 'bad-schema'],
	['a schema above', histogramMessage({ ...VALID, schema: 9 }), 'bad-schema'],
	['a schema that only its low byte makes good', histogramMessage({ ...VALID, schema: 256 }), 'bad-schema'],
	['a bucket too few', { ...histogramMessage(VALID), positiveDeltas: [1, 3] }, 'bad-spans'],
	['a bucket too many', { ...histogramMessage(VALID), negativeDeltas: [2, 0] }, 'bad-spans'],
	[
		'a span that overlaps',
		histogramMessage({
			...VALID,
			positiveSpans: [
				[-2, 2],
				[-1, 1],
			],
		}),
		'bad-spans',
	],
	[
		'a span of 2^32-1',
		histogramMessage({
			...VALID,
			positiveSpans: [
				[0, 2 ** 32 - 1],
				[0, 4],
			],
		}),
		'bad-spans',
	],
	[
		'spans that add up to 2^32 more',
		histogramMessage({
			...VALID,
			positiveSpans: [
				[0, 2 ** 31],
				[0, 2 ** 31],
				[0, 3],
			],
		}),
		'bad-spans',
	],
	['a negative bucket', { ...histogramMessage(VALID), positiveDeltas: [1, -2, 9] }, 'bad-count'],
	[
		'a bucket above 2^53',
		{ ...histogramMessage(VALID), positiveDeltas: [1, 3, '9007199254740992'] },
		'bad-count',
	],
	[
		'deltas that wrap',
		{ ...histogramMessage(VALID), positiveDeltas: ['9007199254740992', '9223372036854775807', 4] },
		'bad-count',
	],
	['a count above 2^53', { ...histogramMessage(VALID), countInt: '9007199254740993' }, 'bad-count'],
	['a count of 2^64-1', { ...histogramMessage(VALID), countInt: '18446744073709551615' }, 'bad-count'],
	['a zero count above 2^53', { ...histogramMessage(VALID), zeroCountInt: '9007199254740993' }, 'bad-count'],
	['the largest count', { countInt: '9007199254740992', zeroCountInt: '9007199254740992' }, 'valid'],
	[
		'buckets that wrap in their sum',
		histogramMessage({ ...VALID, buckets: [2 ** 53, 2 ** 53, 2 ** 53, 2] }),
		'bad-total',
	],
	['more in the buckets', histogramMessage({ ...VALID, count: 16 }), 'bad-total'],
	['fewer in the buckets', histogramMessage({ ...VALID, count: 18 }), 'bad-total'],
	['fewer in the buckets, sum NaN', histogramMessage({ ...VALID, count: 18, sum: Number.NaN }), 'valid'],
	['more in the buckets, sum NaN', histogramMessage({ ...VALID, count: 16, sum: Number.NaN }), 'bad-total'],
	['floats that do not add up', histogramMessage({ ...VALID, ...FLOAT, count: 16.9 }), 'valid'],
	['a negative float count', histogramMessage({ ...VALID, ...FLOAT, count: -1 }), 'bad-count'],
	['a float count of NaN', histogramMessage({ ...VALID, ...FLOAT, count: Number.NaN }), 'bad-count'],
	[
		'a negative float bucket',
		histogramMessage({ ...VALID, ...FLOAT, buckets: [1, 4, 8, -0.5] }),
		'bad-count',
	],
	[
		'a float bucket of NaN',
		histogramMessage({ ...VALID, ...FLOAT, buckets: [1, Number.NaN, 8, 2] }),
		'bad-count',
	],
	['a float zero count of NaN', histogramMessage({ ...VALID, ...FLOAT, zeroCount: Number.NaN }), 'bad-count'],
	['custom values beside a schema', histogramMessage({ ...VALID, customValues: [1] }), 'bad-bounds'],
	['bounds that fall', histogramMessage({ ...CUSTOM, customValues: [-1, 10, 0.5] }), 'bad-bounds'],
	['bounds that stand', histogramMessage({ ...CUSTOM, customValues: [-1, 0.5, 0.5] }), 'bad-bounds'],
	['a bound of NaN', histogramMessage({ ...CUSTOM, customValues: [Number.NaN, 0.5, 10] }), 'bad-bounds'],
	['a last bound of +Inf', histogramMessage({ ...CUSTOM, customValues: [-1, 0.5, Infinity] }), 'bad-bounds'],
	['a first bound of -Inf', histogramMessage({ ...CUSTOM, customValues: [-Infinity, 0.5, 10] }), 'valid'],
	['a zero count beside bounds', histogramMessage({ ...CUSTOM, zeroCount: 1, count: 14 }), 'bad-bounds'],
	['a zero threshold beside bounds', histogramMessage({ ...CUSTOM, zeroThreshold: 1 }), 'bad-bounds'],
	['negative spans beside bounds', histogramMessage({ ...CUSTOM, negativeSpans: [[0, 0]] }), 'bad-bounds'],
	[
		'a first span below the bounds',
		histogramMessage({
			...CUSTOM,
			positiveSpans: [
				[-1, 2],
				[1, 1],
			],
		}),
		'bad-spans',
	],
	[
		'a bucket behind +Inf',
		histogramMessage({
			...CUSTOM,
			positiveSpans: [
				[0, 2],
				[2, 1],
			],
		}),
		'bad-spans',
	],
	[
		'bounds without buckets',
		histogramMessage({ ...CUSTOM, positiveSpans: [], buckets: [], count: 0 }),
		'valid',
	],
	['a time below 0', histogramMessage({ ...VALID, time: -1 }), 'bad-timestamp'],
	['a time of 2^53', { ...histogramMessage(VALID), timestamp: '9007199254740992' }, 'bad-timestamp'],
	[
		'float buckets of an integer histogram, which are nobody’s',
		{ ...histogramMessage(VALID), positiveCounts: [1, 2] },
		'valid',
	],
];

describe.each([1, 2] as const)('native histograms in version %i', (version) => {
	test.each(TABLE)('%s', (_, histogram, fault) => {
		expect(faultOf(version, histogram)).toBe(fault);
	});

	test('the end of a series keeps its bits', () => {
		const marker = new Float64Array(new BigUint64Array([0x7ff0000000000002n]).buffer);
		const body = bodyOf(version, [{ sum: 1 }]);
		const at = body.findIndex((_, i) => body[i] === 0x19 && body[i + 8] === 0x3f);
		body.set(new Uint8Array(marker.buffer), at + 1);
		const columns = version === 1 ? codec.decodeRemoteWrite(body) : codec.decodeRemoteWrite2(body);
		const { sums } = columns.histograms!;
		expect(new BigUint64Array(sums.buffer, sums.byteOffset, 1)[0]).toBe(0x7ff0000000000002n);
		const again =
			version === 1 ? codec.encodeRemoteWrite(columns, body) : codec.encodeRemoteWrite2(columns, body);
		expect(Buffer.from(again).includes(Buffer.from(marker.buffer))).toBe(true);
	});

	test('whatever is in the fields, the decoder says what the rules say', { timeout: 120_000 }, () => {
		const small = fc.oneof(fc.integer({ min: -3, max: 6 }), fc.integer());
		const float = fc.oneof(fc.double(), fc.integer({ min: -1, max: 9 }));
		const spans = fc.array(fc.record({ offset: small, length: fc.nat(3) }), { maxLength: 3 });
		const rarely = <T>(it: fc.Arbitrary<T>, usual: T) =>
			fc.oneof({ weight: 5, arbitrary: fc.constant(usual) }, it);
		const any = fc.record({
			count: fc.oneof(fc.record({ countInt: fc.nat(20) }), fc.record({ countFloat: float }), fc.constant({})),
			zero: fc.oneof(
				fc.record({ zeroCountInt: fc.nat(3) }),
				fc.record({ zeroCountFloat: float }),
				fc.constant({}),
			),
			sum: float,
			schema: fc.oneof(fc.integer({ min: -6, max: 10 }), fc.constant(-53), small),
			zeroThreshold: rarely(float, 0),
			positiveSpans: spans,
			negativeSpans: rarely(spans, []),
			positiveDeltas: fc.array(small, { maxLength: 4 }),
			negativeDeltas: rarely(fc.array(small, { maxLength: 2 }), []),
			positiveCounts: fc.array(float, { maxLength: 4 }),
			negativeCounts: rarely(fc.array(float, { maxLength: 2 }), []),
			resetHint: small,
			timestamp: rarely(small, 5),
			customValues: rarely(fc.array(float, { maxLength: 4 }), []),
			startTimestamp: small,
		});
		const found = new Set<number>();
		fc.assert(
			fc.property(fc.array(any, { minLength: 1, maxLength: 2 }), (list) => {
				const body = bodyOf(
					version,
					list.map(({ count, zero, ...it }) => ({ ...it, ...count, ...zero })),
				);
				const columns = version === 1 ? codec.decodeRemoteWrite(body) : codec.decodeRemoteWrite2(body);
				const wanted = version === 1 ? expectedV1(oracleV1(body)) : expectedV2(oracleV2(body));
				const model = modelOf(columns, body);
				found.add(model.series[0]!.fault);
				expect(model).toEqual(wanted);
			}),
			{ numRuns: 3000 },
		);
		expect(found.size).toBeGreaterThan(4);
	});
});
