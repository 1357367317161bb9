import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCodec } from '../../../core-as/facade/index.ts';
import { builtModules } from '../../../core-as/testing/modules.ts';
import { remoteWriteBody } from '../testing/remote-write-body.ts';
import { acceptColumns } from './acceptance.ts';
import { decodeMetricBlock, encodeMetricBlock, hasSummed, type MetricBlock } from './metric-block.ts';

const codec = createCodec(await builtModules());
const limits = { minTime: 0, maxTime: 1e15, maxLabels: 10, maxValueBytes: 100 };

function accept(series: Parameters<typeof remoteWriteBody>[0], own = limits) {
	const body = remoteWriteBody(series);
	return acceptColumns(codec.decodeRemoteWrite(body), body, own);
}

const label = fc.constantFrom('job', 'instance', 'zone', 'le', 'status');
const arbitrary = fc.array(
	fc.record({
		labels: fc
			.dictionary(label, fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' }))
			.map((l): Record<string, string> => ({ ...l, __name__: 'metric' })),
		samples: fc.array(fc.tuple(fc.integer({ min: 1, max: 2 ** 45 }), fc.double({ noNaN: true })), {
			minLength: 1,
			maxLength: 5,
		}),
	}),
	{ minLength: 1, maxLength: 10 },
);

/** Two series, the second with two histograms that are sums, and one family. */
function whole(): MetricBlock {
	return {
		hashes: Uint32Array.of(1, 2, 3, 4),
		sampleEnds: Uint32Array.of(1, 1),
		timestamps: Float64Array.of(1000),
		values: Float64Array.of(1),
		labelEnds: Uint32Array.of(1, 2),
		labelLengths: Uint32Array.of(1, 1, 1, 2),
		labelBytes: new TextEncoder().encode('naNbb'),
		summed: Uint8Array.of(0, 1),
		histograms: {
			ends: Uint32Array.of(0, 2),
			timestamps: Float64Array.of(1000, 2000),
			startTimestamps: Float64Array.of(500, 0),
			kinds: Uint8Array.of(0, 1),
			schemas: Int8Array.of(-4, 8),
			zeroThresholds: Float64Array.of(0, 0.5),
			zeroCounts: Float64Array.of(1, 2),
			counts: Float64Array.of(4, 7),
			sums: Float64Array.of(3, -1),
			spanEnds: Uint32Array.of(1, 3),
			positiveSpans: Uint32Array.of(1, 1),
			spanOffsets: Int32Array.of(-2, 5, 7),
			spanLengths: Uint32Array.of(2, 1, 1),
			bucketEnds: Uint32Array.of(2, 4),
			bucketCounts: Float64Array.of(1, 2, 3, 2),
			customEnds: Uint32Array.of(0, 0),
			customValues: new Float64Array(0),
		},
		metadata: [{ family: 'n', type: 'histogram', help: 'größe', unit: '' }],
	};
}

/** Written from docs/formats.md, not by the code. */
const GOLDEN_2 = [
	'02000000020000000100000005000000', // series, labels, samples, label bytes
	'01000000020000000300000004000000', // hashes
	'0000000000408f40', // timestamps
	'000000000000f03f', // values
	'0100000001000000', // sample ends
	'0100000002000000', // label ends
	'01000000010000000100000002000000', // label lengths
	'6e614e6262', // label bytes
	'000000', // to a multiple of 8
	'0001', // summed
	'000000000000', // to a multiple of 8
	'020000000200000003000000040000000000000000000000', // histograms, start times, spans, buckets, custom values, 0
	'0000000000408f400000000000409f40', // timestamps
	'0000000000407f400000000000000000', // start timestamps
	'0000000000000000000000000000e03f', // zero thresholds
	'000000000000f03f0000000000000040', // zero counts
	'00000000000010400000000000001c40', // counts
	'0000000000000840000000000000f0bf', // sums
	'000000000000f03f000000000000004000000000000008400000000000000040', // bucket counts
	'0000000002000000', // ends
	'0100000003000000', // span ends
	'0100000001000000', // positive spans
	'0200000004000000', // bucket ends
	'0000000000000000', // custom ends
	'feffffff0500000007000000', // span offsets
	'020000000100000001000000', // span lengths
	'0001', // kinds
	'fc08', // schemas
	'00000000', // to a multiple of 8
	'0100000000000000', // families, 0
	'010000000700000000000000', // lengths of family, help, unit
	'03', // types
	'6e6772c3b6c39f65', // texts
].join('');

describe('metric block', () => {
	it('comes back as it was', () => {
		fc.assert(
			fc.property(arbitrary, (series) => {
				const { block } = accept(series);
				const back = decodeMetricBlock(encodeMetricBlock(block, codec), codec);
				expect(Object.keys(back).sort()).toEqual(Object.keys(block).sort());
				for (const [key, column] of Object.entries(block))
					expect([...(back as unknown as Record<string, Iterable<number>>)[key]!]).toEqual([
						...(column as Iterable<number>),
					]);
			}),
		);
	});

	it('has golden bytes', () => {
		const { block } = accept([{ labels: { __name__: 'up' }, samples: [[1000, 1]] }]);
		const bytes = encodeMetricBlock(block, codec);
		expect(Buffer.from(bytes.subarray(0, 16)).toString('hex')).toBe(
			`${Buffer.from('CXRMETRB').toString('hex')}0100000042000000`,
		);
		const plain = codec.snappyUncompress(bytes.subarray(16), 1000);
		expect(Buffer.from(plain).toString('hex')).toBe(
			[
				'01000000010000000100000' + '00a000000',
				Buffer.from(new Uint8Array(block.hashes.slice().buffer)).toString('hex'),
				'0000000000408f40',
				'000000000000f03f',
				'01000000',
				'01000000',
				'0800000002000000',
				Buffer.from('__name__up').toString('hex'),
			].join(''),
		);
	});

	it('has golden bytes with every section', () => {
		const bytes = encodeMetricBlock(whole(), codec);
		expect(Buffer.from(bytes.subarray(0, 16)).toString('hex')).toBe(
			`${Buffer.from('CXRMETRB').toString('hex')}020007005d010000`,
		);
		const plain = codec.snappyUncompress(bytes.subarray(16), 1000);
		expect(Buffer.from(plain).toString('hex')).toBe(GOLDEN_2);
		expect(decodeMetricBlock(bytes, codec)).toEqual(whole());
	});

	it('sections come back as they were, each alone and with the others', () => {
		const { summed, histograms, metadata, ...version1 } = whole();
		for (const block of [
			version1,
			{ ...version1, summed: summed! },
			{ ...version1, histograms: histograms! },
			{ ...version1, metadata: metadata! },
			{ ...version1, summed: summed!, metadata: metadata! },
		]) {
			const bytes = encodeMetricBlock(block, codec);
			expect(decodeMetricBlock(bytes, codec)).toEqual(block);
			expect(bytes[8]).toBe(block === version1 ? 1 : 2);
			expect(hasSummed(bytes)).toBe('summed' in block);
		}
	});

	it('a newer version, and sections that nobody knows, are refused', () => {
		const bytes = encodeMetricBlock(whole(), codec);
		for (const [version, sections, code] of [
			[3, 7, 'CXR_BLOCK_VERSION'],
			[2, 15, 'CXR_BLOCK_CORRUPT'],
			[1, 7, 'CXR_BLOCK_CORRUPT'],
			[2, 3, 'CXR_BLOCK_CORRUPT'],
		] as const) {
			const other = bytes.slice();
			[other[8], other[10]] = [version, sections];
			expect(() => decodeMetricBlock(other, codec)).toThrow(expect.objectContaining({ code }));
		}
	});

	it('sections that are damaged are refused, never read wrongly sized', () => {
		const good = encodeMetricBlock(whole(), codec);
		const plain = codec.snappyUncompress(good.subarray(16), 1000);
		let refused = 0;
		fc.assert(
			fc.property(fc.nat(plain.length - 1), fc.nat(255), (at, value) => {
				const body = plain.slice();
				body[at] = value;
				const packed = codec.snappyCompress(body);
				const bytes = new Uint8Array(16 + packed.length);
				bytes.set(good.subarray(0, 16));
				bytes.set(packed, 16);
				try {
					const { histograms, summed, sampleEnds } = decodeMetricBlock(bytes, codec);
					expect(summed).toHaveLength(sampleEnds.length);
					expect(histograms!.ends).toHaveLength(sampleEnds.length);
					expect(histograms!.bucketEnds.at(-1)).toBe(histograms!.bucketCounts.length);
					expect(histograms!.spanLengths.reduce((a, b) => a + b, 0)).toBe(histograms!.bucketCounts.length);
				} catch (e) {
					refused++;
					expect((e as { code?: string }).code).toBe('CXR_BLOCK_CORRUPT');
				}
			}),
			{ numRuns: 3000 },
		);
		expect(refused).toBeGreaterThan(300);
	});

	it('damaged bytes are refused, never read wrongly sized', () => {
		const { block } = accept([
			{ labels: { __name__: 'up', job: 'a' }, samples: [[1000, 1]] },
			{
				labels: { __name__: 'down' },
				samples: [
					[1000, 1],
					[2000, 2],
				],
			},
		]);
		const good = encodeMetricBlock(block, codec);
		fc.assert(
			fc.property(
				fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
				fc.nat(good.length),
				(changes, cut) => {
					const bytes = good.slice(0, cut % 3 === 0 ? cut : undefined);
					for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
					try {
						const back = decodeMetricBlock(bytes, codec);
						expect(back.sampleEnds.at(-1) ?? 0).toBe(back.timestamps.length);
						expect(back.labelLengths.reduce((a, b) => a + b, 0)).toBe(back.labelBytes.length);
					} catch (e) {
						expect((e as { code?: string }).code).toMatch(/^CXR_BLOCK_/);
					}
				},
			),
			{ numRuns: 2000 },
		);
	});
});

describe('acceptance', () => {
	const good = { labels: { __name__: 'a' }, samples: [[5, 1]] as [number, number][] };
	it('keeps what is valid and says what is not', () => {
		const own = { minTime: 10, maxTime: 20, maxLabels: 2, maxValueBytes: 5 };
		const { samples, rejected, faults, block } = accept(
			[
				{ labels: { job: 'x' }, samples: [[15, 1]] },
				{
					labels: { __name__: 'ok' },
					samples: [
						[9, 1],
						[10, 2],
						[20, 3],
						[21, 4],
					],
				},
				{ labels: { __name__: 'm', a: '1', b: '2' }, samples: [[15, 1]] },
				{ labels: { __name__: 'm', a: '123456' }, samples: [[15, 1]] },
				{ labels: { __name__: 'ok2' }, samples: [[11, 5]] },
			],
			own,
		);
		expect(samples).toBe(3);
		expect([...block.values]).toEqual([2, 3, 5]);
		expect([...block.sampleEnds]).toEqual([2, 3]);
		expect(rejected).toEqual({
			'no-name': 1,
			'time too far from now': 2,
			'more than 2 labels': 1,
			'a label value over 5 bytes': 1,
		});
		expect(faults).toHaveLength(4);
		expect(faults[1]).toMatch(/^series 1 \(ok at byte \d+\): time too far from now$/);
	});
	it('an empty request is nothing', () => {
		expect(accept([])).toMatchObject({ samples: 0, rejected: {}, faults: [] });
		expect(accept([good], { ...limits, minTime: 10 })).toMatchObject({ samples: 0 });
	});
});
