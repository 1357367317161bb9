import { expect, test } from 'vitest';
import type { MetricSource } from '../api/types.ts';
import { kindWords, lastError, sourceState } from './source-words.ts';

const GROUP = { id: 1, names: 64, firstName: 'up', lagMs: 9_000, windowMs: 60_000, failures: 0, error: null };
const SOURCE: MetricSource = {
	address: 'http://prometheus:9090',
	kind: 'remote-read',
	error: null,
	names: 640,
	groups: 10,
	failing: 0,
	lagMs: 9_000,
	backFill: 1,
	slowest: [GROUP],
};
const stateOf = (changed: Partial<MetricSource>) => sourceState({ ...SOURCE, ...changed });

test('a sentence says the trouble of a source first', () => {
	expect(stateOf({})).toMatchObject({ status: 'ok', words: expect.stringContaining('all of the past') });
	expect(stateOf({ backFill: 0.42 })).toMatchObject({ status: 'ok', words: expect.stringMatching(/42.%/) });
	expect(stateOf({ lagMs: 1_200_000, backFill: 0.42 })).toMatchObject({
		status: 'warn',
		words: expect.stringMatching(/20.min old/),
	});
	expect(stateOf({ failing: 1, lagMs: 1_200_000 })).toMatchObject({
		status: 'warn',
		words: expect.stringContaining('1 of 10 groups of metrics failed last time and is tried again'),
	});
	expect(stateOf({ groups: 0, lagMs: null, backFill: 0 })).toMatchObject({ status: 'unknown' });
	expect(stateOf({ error: 'refused', groups: 0, lagMs: null })).toMatchObject({ status: 'crit' });
});

test('the error is that of the source, else that of its worst group', () => {
	const failing = { ...GROUP, failures: 2, error: 'HTTP 503' };
	expect(lastError(SOURCE)).toBeNull();
	expect(lastError({ ...SOURCE, slowest: [GROUP, failing] })).toBe('HTTP 503');
	expect(lastError({ ...SOURCE, error: 'refused', slowest: [failing] })).toBe('refused');
});

test('a way of reading that is not known is said as it is', () => {
	expect([kindWords(null), kindWords('export'), kindWords('other')]).toEqual([
		'not known yet',
		'the export of VictoriaMetrics',
		'other',
	]);
});
