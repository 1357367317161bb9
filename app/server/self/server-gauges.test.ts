import { expect, test } from 'vitest';
import { serverGauges } from './server-gauges.ts';

const spool = { stats: () => ({ bytes: 1, corruptRecords: 2, tornBytes: 3 }) as never };
const store = { stats: () => ({ series: 4, headSamples: 5, bytes: null }) as never };

test('say how far copying from a source is', () => {
	const status = { lagMs: 1500, backFill: 0.25, groups: 7, failing: 1, error: 'refused' };
	const gauges = serverGauges({ spool, store, source: { status: () => status as never } });
	const values = Object.fromEntries(Object.entries(gauges).map(([name, { value }]) => [name, value]));
	expect(values).toMatchObject({
		series: 4,
		chunk_bytes: 0,
		source_lag_seconds: 1.5,
		source_back_fill_ratio: 0.25,
		source_groups: 7,
		source_failing_groups: 1,
		source_listed: 0,
	});
});

test('say nothing of a source where there is none', () => {
	const names = Object.keys(serverGauges({ spool, store, source: null }));
	expect(names.filter((name) => name.startsWith('source_'))).toEqual([]);
});
