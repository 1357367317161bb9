import { expect, test } from 'vitest';
import { readServerOptions } from './server-options.ts';

const GIB = 1024 ** 3;

test.each([
	[[], 15 * 86_400_000, null],
	[['--metrics-retention', 'off'], null, null],
	[['--metrics-retention', '2h', '--metrics-max-size', '2GiB'], 7_200_000, 2 * GIB],
])('%j', (args, metricsRetentionMs, metricsMaxBytes) => {
	expect(readServerOptions(args, {})).toMatchObject({ metricsRetentionMs, metricsMaxBytes });
});

test('the environment says how long metrics are kept', () => {
	const env = { CODEXRAY_METRICS_RETENTION: '90d', CODEXRAY_METRICS_MAX_SIZE: '1GiB' };
	const expected = { metricsRetentionMs: 90 * 86_400_000, metricsMaxBytes: GIB };
	expect(readServerOptions([], env)).toMatchObject(expected);
});

test('metrics are in DuckDB unless ClickHouse is chosen', () => {
	expect(readServerOptions([], {}).metricsStore).toBe('duckdb');
	const env = { CODEXRAY_METRICS_STORE: 'clickhouse' };
	expect(readServerOptions([], env).metricsStore).toBe('clickhouse');
});

test.each([
	['--metrics-retention', '119m'],
	['--metrics-retention', 'never'],
	['--metrics-max-size', '0'],
	['--metrics-max-size', 'large'],
	['--metrics-store', 'postgres'],
])('%s %s is refused in words', (...args) => {
	expect(() => readServerOptions(args, {})).toThrow(args[0]);
});
