import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createCodec } from '../../../core-as/facade/index.ts';
import { describedSeries } from '../../../core-as/testing/metric-arbitrary.ts';
import { builtModules } from '../../../core-as/testing/modules.ts';
import { resources } from '../../../core-as/testing/otlp-metric-arbitrary.ts';
import { otlpMetricBody } from '../../../core-as/testing/otlp-metric-body.ts';
import { mutate, Random } from '../../../core-as/testing/random.ts';
import { bodyV2 } from '../../../core-as/testing/write-request.ts';
import { MemorySegmentFiles } from '../../delivery/memory-segment-files.ts';
import { Spool } from '../../delivery/spool.ts';
import { silentLogger } from '../../logging/logger.ts';
import { DeltaIntake } from './delta-intake.ts';
import { decodeMetricBlock } from './metric-block.ts';
import { MetricIngest } from './metric-ingest.ts';

// Whole and damaged bodies through all of ingestion: what comes out of the spool is what the answers said, and the five numbers agree.

const codec = createCodec(await builtModules());
const RUNS = process.env.CODEXRAY_TEST_FULL ? 5000 : 500;
const NOW = 1_800_000_000_000;
const clock = { now: () => NOW, sleep: async () => {} };

async function check<T>(arbitrary: fc.Arbitrary<T>, bodyOf: (value: T) => Uint8Array, isOtlp: boolean) {
	const file = { read: async () => null, replace: async () => {} };
	const deltas = new DeltaIntake({ codec, file, log: silentLogger });
	const maxBytes = 1 << 30;
	const spool = await Spool.open({ files: new MemorySegmentFiles(), name: 'm', maxBytes, clock });
	const ingest = new MetricIngest({ codec, spool, clock, deltas, retentionMs: null });
	let refusals = 0;
	await fc.assert(
		fc.asyncProperty(arbitrary, fc.integer(), fc.boolean(), async (value, seed, damaged) => {
			const whole = bodyOf(value);
			const body = damaged ? mutate(whole, new Random(seed)) : whole;
			const before = spool.tail();
			const answer = isOtlp ? ingest.writeOtlp(body) : ingest.write(codec.snappyCompress(body), null, 2);
			const result = await answer.catch((error: { code?: string }) => {
				expect(error.code).toMatch(/^CXR_INGEST_(MALFORMED|TOO_LARGE)$/);
				return null;
			});
			if (result === null) {
				refusals++;
				return;
			}
			const records = await spool.read(before, 1e9);
			expect(records.length).toBeLessThanOrEqual(1);
			const block = records[0] && decodeMetricBlock(records[0].payload, codec);
			const samples = block?.timestamps.length ?? 0;
			const histograms = block?.histograms?.timestamps.length ?? 0;
			// Zeros that begin sums are not counted.
			const openings = block?.summed?.reduce((sum, flag) => sum + flag, 0) ?? 0;
			expect(samples + histograms).toBeGreaterThanOrEqual(result.written + result.histograms);
			expect(samples + histograms).toBeLessThanOrEqual(result.written + result.histograms + openings);
			await spool.release(spool.tail());
		}),
		{ numRuns: RUNS },
	);
	expect(refusals).toBeGreaterThan(RUNS / 50);
	const { received, sent, dropped } = ingest.stats();
	const reasons = Object.entries(dropped).filter(([reason]) => !reason.startsWith('CXR_'));
	expect(received).toBe(sent + reasons.reduce((sum, [, n]) => sum + n, 0));
	expect(sent).toBeGreaterThan(RUNS / 2);
}

it('OTLP, any bodies', { timeout: 600_000 }, () => check(resources, otlpMetricBody, true));

it('remote write 2.0, any bodies', { timeout: 600_000 }, () =>
	check(describedSeries, (model) => bodyV2(model), false),
);
