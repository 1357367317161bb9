import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { modelOf } from '../testing/metric-model.ts';
import { builtModules } from '../testing/modules.ts';
import { options, resources } from '../testing/otlp-metric-arbitrary.ts';
import { otlpMetricBody, readOtlpMetricBody } from '../testing/otlp-metric-body.ts';
import { plainOtlpMetrics } from '../testing/plain-otlp-metrics.ts';
import { mutate, overwrite, Random } from '../testing/random.ts';
import { createCodec } from './codec.ts';
import { CoreError } from './errors.ts';
import type { DecodedMetrics } from './otlp-metrics.ts';

const RUNS = process.env.CODEXRAY_TEST_FULL ? 20_000 : 1_500;
const MUTANTS = process.env.CODEXRAY_TEST_FULL ? 500_000 : 20_000;

/** Bytes of the first tag and length: a refusal behind them looked into the message. */
const HEAD = 3;

const codec = createCodec(await builtModules());

function plain({ columns, deltas, rejected, badExemplars }: DecodedMetrics, body: Uint8Array) {
	return { ...modelOf(columns, body), deltas: [...deltas], rejected, badExemplars };
}

/** What holds whatever the body was. */
function checkColumns({ columns, deltas }: DecodedMetrics): void {
	const count = columns.hashes.length;
	for (const column of [columns.faults, columns.labelEnds, columns.sampleEnds, deltas])
		expect(column).toHaveLength(count);
	expect(columns.faults.every((fault) => fault === 0)).toBe(true);
	expect((columns.labelEnds.at(-1) ?? 0) * 4).toBe(columns.labelRefs.length);
	expect(columns.sampleEnds.at(-1) ?? 0).toBe(columns.values.length);
	expect(columns.timestamps).toHaveLength(columns.values.length);
}

describe('OTLP metrics', () => {
	test('become what the rules say', { timeout: 600_000 }, () => {
		fc.assert(
			fc.property(resources, options, (request, how) => {
				const body = otlpMetricBody(request);
				const decoded = codec.decodeMetrics(body, how);
				expect(plain(decoded, body)).toEqual(plainOtlpMetrics(request, how));
			}),
			{ numRuns: RUNS },
		);
	});

	test('a series is the same by remote write', { timeout: 600_000 }, () => {
		fc.assert(
			fc.property(resources, options, (request, how) => {
				const body = otlpMetricBody(request);
				const { columns } = codec.decodeMetrics(body, how);
				const sent = codec.encodeRemoteWrite(columns, body);
				const received = codec.decodeRemoteWrite(sent);
				expect(received.hashes).toEqual(columns.hashes);
				// Sound series, histograms too, in the eyes of the other decoder.
				expect([...received.faults].filter((fault) => fault !== 0)).toEqual([]);
			}),
			{ numRuns: Math.ceil(RUNS / 3) },
		);
	});

	test(`${MUTANTS} damaged bodies: what is accepted says what protobufjs says`, {
		timeout: 1_800_000,
	}, () => {
		const random = new Random(12);
		const bodies = fc
			.sample(fc.tuple(resources, options), { seed: 5, numRuns: 500 })
			.map(([request, how]) => ({ body: otlpMetricBody(request), how }))
			.filter(({ body }) => body.length > 60 && body.length < 1500 && readOtlpMetricBody(body) !== undefined);
		let accepted = 0;
		let deep = 0;
		let compared = 0;
		for (let i = 0; i < MUTANTS; i++) {
			const { body: good, how } = bodies[(i >> 1) % bodies.length]!;
			const body = (i % 2 === 0 ? mutate : overwrite)(good, random);
			let decoded: DecodedMetrics;
			try {
				decoded = codec.decodeMetrics(body, how);
			} catch (error) {
				if (!(error instanceof CoreError)) throw error;
				expect(error.code).toMatch(/^CXR_CORE_OTLP_/);
				expect(error.offset).toBeLessThanOrEqual(body.length);
				if (error.offset! > HEAD) deep++;
				continue;
			}
			accepted++;
			checkColumns(decoded);
			const got = plain(decoded, body);
			const read = readOtlpMetricBody(body);
			// Refused for a text that is not UTF-8, or with a number that has several shortest texts.
			if (read === undefined) continue;
			expect(got).toEqual(plainOtlpMetrics(read, how));
			compared++;
		}
		expect(accepted + deep).toBeGreaterThan(MUTANTS / 2);
		expect(accepted).toBeGreaterThan(MUTANTS / 10);
		expect(compared).toBeGreaterThan(accepted / 6);
		expect(codec.traps).toBe(0);
	});
});
