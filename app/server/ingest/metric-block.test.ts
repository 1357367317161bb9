import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCodec } from '../../../core-as/facade/index.ts';
import { builtModules } from '../../../core-as/testing/modules.ts';
import { remoteWriteBody } from '../testing/remote-write-body.ts';
import { acceptColumns } from './acceptance.ts';
import { decodeMetricBlock, encodeMetricBlock } from './metric-block.ts';

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

describe('metric block', () => {
	it('comes back as it was', () => {
		fc.assert(
			fc.property(arbitrary, (series) => {
				const { block } = accept(series);
				const back = decodeMetricBlock(encodeMetricBlock(block, codec), codec);
				for (const key of Object.keys(block) as (keyof typeof block)[])
					expect([...back[key]]).toEqual([...block[key]]);
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
