import assert from 'node:assert/strict';
import { bits, packedOf, sealChunk } from '../testing/chunk-samples.ts';
import type { PlainHistogram } from '../testing/histogram-chunk-reader.ts';
import { histogramColumns, plainHistograms } from '../testing/histograms.ts';
import { builtModules } from '../testing/modules.ts';
import { type ChunkCodec, createChunkCodec } from './chunk-codec.ts';
import type { NativeHistograms } from './metric-columns.ts';

let made: Promise<ChunkCodec> | undefined;

function codec(): Promise<ChunkCodec> {
	made ??= builtModules().then(createChunkCodec);
	return made;
}

function bitsOf(value: number): bigint {
	return bits(new Float64Array([value]))[0]!;
}

function hex(bytes: Uint8Array): string {
	return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}

/** A histogram with one span of positive buckets from index 1 on. */
function histogram(time: number, counts: number[], more: Partial<PlainHistogram> = {}): PlainHistogram {
	return {
		time,
		start: 0n,
		kind: 4,
		schema: 3,
		zeroThreshold: bitsOf(2 ** -128),
		zeroCount: bitsOf(0),
		count: bitsOf(counts.reduce((a, b) => a + b, 0)),
		sum: bitsOf(10),
		positive: 1,
		spans: [{ offset: 1, length: counts.length }],
		buckets: counts.map(bitsOf),
		customs: [],
		...more,
	};
}

/** A chunk with a true checksum around a body. */
function sealed(count: number, body: string): Uint8Array {
	const bytes = Array.from(body.match(/[0-9a-f]{2}/g) ?? [], (it) => Number.parseInt(it, 16));
	const chunk = Uint8Array.from([0xd1, count - 1, 0, 0, 0, 0, ...bytes]);
	sealChunk(chunk);
	return chunk;
}

/** Times 0, 1; kinds 4, 4. */
const TIMES = '00 45 01';
const KINDS = '0d 04';
/** Two histograms of schema 3, threshold 2^-128, two buckets in a span from index 1 on, no custom values. */
const LAYOUT = '01 03 73 01 01 02 02 00';
/** Zero counts 0, counts 3 and 5, sums 10. */
const COUNTS = '05 4d 03 02 0d 0a';
const BUCKETS = '4d 01 01 4d 02 01';

export const cases: Record<string, () => void | Promise<void>> = {
	async 'golden bytes of a histogram chunk'() {
		const { encodeHistograms, decodeHistograms } = await codec();
		const columns = histogramColumns([[histogram(0, [1, 2]), histogram(1, [2, 3])]]);
		const packed = encodeHistograms(columns);
		const expected = sealed(2, `${TIMES} ${KINDS} ${LAYOUT} ${COUNTS} ${BUCKETS}`);
		assert.equal(hex(packed.data), hex(expected));
		assert.deepEqual(decodeHistograms(packed), { histograms: columns, refused: new Uint32Array(0) });
	},
	async 'golden bytes where buckets appear, with start times and custom bounds'() {
		const { encodeHistograms, decodeHistograms } = await codec();
		const custom = { schema: -53, zeroThreshold: 0n, start: bitsOf(7), customs: [0.5, 1, 2].map(bitsOf) };
		const columns = histogramColumns([
			[
				histogram(0, [1], custom),
				histogram(1, [2], custom),
				histogram(2, [4, 9], { ...custom, spans: [{ offset: 0, length: 2 }] }),
			],
		]);
		const packed = encodeHistograms(columns);
		const bounds = '03 0e 23 05 05 40 01 00';
		const body = [
			'01 45 01 0d 07 0d 04',
			`01 cb 00 01 01 02 01 ${bounds}`,
			`00 cb 00 01 01 00 02 ${bounds}`,
			'05 01 04 01 00 01 10 0c 00 00 0d 0a',
			// Index 0 has one value, 4; index 1 has three.
			'0d 04',
			'06 23 01 01 80 01 00',
		];
		assert.equal(hex(packed.data), hex(sealed(3, body.join(' '))));
		assert.deepEqual(decodeHistograms(packed), { histograms: columns, refused: new Uint32Array(0) });
	},
	async 'an empty call, and a histogram without buckets'() {
		const { encodeHistograms, decodeHistograms } = await codec();
		const none = encodeHistograms(histogramColumns([]));
		assert.deepEqual([none.data.length, none.ends.length], [0, 0]);
		assert.deepEqual(decodeHistograms(none).histograms, histogramColumns([]));
		const stale = histogram(5, [], { spans: [], positive: 0, sum: 0x7ff0000000000002n });
		const { histograms } = decodeHistograms(encodeHistograms(histogramColumns([[stale]])));
		assert.deepEqual(plainHistograms(histograms), [[stale]]);
	},
	async 'start times are kept for the chunks that have them'() {
		const { encodeHistograms, decodeHistograms } = await codec();
		const chunks = [[histogram(0, [1])], [histogram(0, [1], { start: bitsOf(9) })], [histogram(0, [2])]];
		const { histograms } = decodeHistograms(encodeHistograms(histogramColumns(chunks)));
		assert.deepEqual([...histograms.startTimestamps], [0, 9, 0]);
	},
	async 'a damaged chunk is refused, its neighbours are not'() {
		const { encodeHistograms, decodeHistograms } = await codec();
		const one = [histogram(0, [1, 2]), histogram(1, [2, 3])];
		const packed = encodeHistograms(histogramColumns([one, one, one]));
		const size = packed.data.length / 3;
		for (let at = size; at < 2 * size; at++) {
			const data = packed.data.slice();
			data[at]! ^= 0x10;
			const { histograms, refused } = decodeHistograms({ data, ends: packed.ends });
			assert.deepEqual(refused, new Uint32Array([1]), `byte ${at - size}`);
			assert.deepEqual(plainHistograms(histograms), [one, [], one]);
		}
	},
	async 'fields out of range are refused although the checksum is true'() {
		const { decodeHistograms } = await codec();
		const refusals = (body: string) => decodeHistograms(packedOf([sealed(2, body)])).refused.length;
		const whole = [TIMES, KINDS, LAYOUT, COUNTS, BUCKETS];
		assert.equal(refusals(whole.join(' ')), 0, 'the frame of these cases is sound');
		const bad: Record<string, [part: number, instead: string]> = {
			'unknown flag': [0, '02 45 01'],
			'times that stand still': [0, '00 05'],
			'start times cut': [0, '01 45 01'],
			'kind above 255': [1, '15 00 01'],
			'kind with a fraction': [1, '07 00 00 00 00 00 00 e0 3f'],
			'more rows than histograms': [2, '02 03 73 01 01 02 02 00'],
			'fewer rows than histograms': [2, '00 03 73 01 01 02 02 00'],
			'threshold cut': [2, '01 03 ff'],
			'more positive spans than spans': [2, '01 03 73 02 01 02 02 00'],
			'more spans than bytes': [2, '01 03 73 01 7f 02 02 00'],
			'more than 65 536 spans': [2, '01 03 73 01 81 80 04 02 02 00'],
			'number over 32 bits': [2, '01 03 73 01 01 02 82 80 80 80 10 00'],
			'number without an end': [2, '01 03 73 81 81 81 81 81 81'],
			'more buckets than bytes': [2, '01 03 73 01 01 02 7f 00'],
			'spans that go backwards': [2, '01 03 73 02 02 02 01 01 01 00'],
			'index over 32 bits': [2, '01 03 73 01 01 fe ff ff ff 0f 02 00'],
			'more than 65 536 custom values': [2, '01 03 73 01 01 02 02 81 80 04'],
			'custom values cut': [2, '01 03 73 01 01 02 02 ff 03'],
			'counts cut': [3, '05 4d'],
			'one column of buckets': [4, '4d 01 01'],
			'bytes behind': [4, `${BUCKETS} 00`],
			nothing: [0, ''],
		};
		for (const [name, [part, instead]] of Object.entries(bad)) {
			assert.equal(refusals(whole.with(part, instead).join(' ')), 1, name);
		}
	},
	async 'chunks of samples are refused, and histograms by the codec of samples'() {
		const { encode, decode, encodeHistograms, decodeHistograms } = await codec();
		const one = { timestamps: Float64Array.of(1), values: Float64Array.of(1), sampleEnds: Uint32Array.of(1) };
		assert.deepEqual([...decodeHistograms(encode(one)).refused], [0]);
		assert.deepEqual([...decode(encodeHistograms(histogramColumns([[histogram(0, [1])]]))).refused], [0]);
	},
	async 'columns that are no histograms are refused'() {
		const { encodeHistograms } = await codec();
		const sound = histogramColumns([[histogram(0, [1, 2]), histogram(1, [2, 3])]]);
		const refused = (code: string, change: Partial<NativeHistograms>) =>
			assert.throws(
				() => encodeHistograms({ ...sound, ...change }),
				{ code: `CXR_CORE_${code}` },
				JSON.stringify(change),
			);
		for (const name of [
			'kinds',
			'schemas',
			'zeroThresholds',
			'zeroCounts',
			'counts',
			'sums',
			'positiveSpans',
		] as const) {
			refused('HISTOGRAM_BAD_SHAPE', { [name]: sound[name].slice(1) });
		}
		for (const name of ['spanLengths', 'spanOffsets', 'bucketCounts', 'timestamps'] as const) {
			refused('HISTOGRAM_BAD_SHAPE', { [name]: sound[name].slice(1) });
		}
		refused('HISTOGRAM_BAD_SHAPE', { startTimestamps: Float64Array.of(1) });
		refused('HISTOGRAM_BAD_SHAPE', { customValues: Float64Array.of(1) });
		for (const ends of [[], [1], [3], [0, 2], [2, 1]]) {
			refused('HISTOGRAM_BAD_SHAPE', { ends: Uint32Array.from(ends) });
			if (ends.length === 2) refused('HISTOGRAM_BAD_SHAPE', { bucketEnds: Uint32Array.from(ends) });
		}
		refused('CHUNK_BAD_TIMESTAMP', { timestamps: Float64Array.of(1, 1) });
		refused('HISTOGRAM_BAD_SPANS', { positiveSpans: Uint32Array.of(1, 2) });
		refused('HISTOGRAM_BAD_SPANS', { bucketEnds: Uint32Array.of(1, 4) });
		refused('HISTOGRAM_BAD_SPANS', { spanLengths: Uint32Array.of(2, 0xffffffff) });
		refused('HISTOGRAM_BAD_SPANS', { spanOffsets: Int32Array.of(0, 0x7fffffff) });
		const twice = { spanEnds: Uint32Array.of(2, 2), spanLengths: Uint32Array.of(1, 3) };
		refused('HISTOGRAM_BAD_SPANS', { ...twice, spanOffsets: Int32Array.of(1, -1) });
	},
	async 'what would take too much memory is refused in words'() {
		const { encodeHistograms, decodeHistograms } = await codec();
		const wide = (count: number, customs: number) =>
			encodeHistograms(
				histogramColumns([
					Array.from({ length: count }, (_, i) =>
						histogram(i, [1], { customs: Array<bigint>(customs).fill(0n) }),
					),
				]),
			);
		assert.throws(() => wide(1, 65_537), { code: 'CXR_CORE_HISTOGRAM_TOO_LARGE' });
		assert.throws(() => wide(17, 65_536), { code: 'CXR_CORE_HISTOGRAM_TOO_LARGE' });
		// 16 histograms share the bounds: 8 MiB out of some 300 bytes.
		const { data } = wide(16, 65_536);
		assert.ok(data.length < 400);
		assert.equal(decodeHistograms(packedOf([data])).histograms.customValues.length, 1 << 20);
		assert.throws(() => decodeHistograms(packedOf(Array<Uint8Array>(40).fill(data))), {
			code: 'CXR_CORE_HISTOGRAM_TOO_LARGE',
		});
		assert.equal((await codec()).traps, 0);
	},
};
