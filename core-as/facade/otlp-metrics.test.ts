import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { modelOf } from '../testing/metric-model.ts';
import { builtModules } from '../testing/modules.ts';
import { options, resources } from '../testing/otlp-metric-arbitrary.ts';
import { otlpMetricBody } from '../testing/otlp-metric-body.ts';
import { plainOtlpMetrics } from '../testing/plain-otlp-metrics.ts';
import { createCodec } from './codec.ts';

const codec = createCodec(await builtModules());
const FULL = process.env.CODEXRAY_TEST_FULL !== undefined;

describe('OTLP metrics', () => {
	test('become what the rules say', () => {
		fc.assert(
			fc.property(resources, options, (request, how) => {
				const body = otlpMetricBody(request);
				const { columns, deltas, rejected, badExemplars } = codec.decodeMetrics(body, how);
				const got = { ...modelOf(columns, body), deltas: [...deltas], rejected, badExemplars };
				expect(got).toEqual(plainOtlpMetrics(request, how));
			}),
			{ numRuns: FULL ? 20_000 : 1_500 },
		);
	});
});
