import { expect, test } from 'vitest';
import type { ApplicationSummary } from '../api/types.ts';
import { figuresSentence, whyNot } from './sentence.ts';

const app = (changes: Partial<ApplicationSummary>): ApplicationSummary => ({
	id: '_:shop:Deployment:cart',
	name: 'cart',
	namespace: 'shop',
	kind: 'Deployment',
	types: [],
	status: 'ok',
	sentence: null,
	instances: 1,
	requestsPerSecond: 120,
	errorRatio: 0,
	latencyP50: 0.002,
	latencyP95: 0.031,
	lastSampleAt: 1_000_000,
	...changes,
});

test("the server's own sentence comes first", () => {
	expect(whyNot(app({ status: 'crit', sentence: 'Fails 6.8 % of requests.' }), 0)).toBe(
		'Fails 6.8 % of requests.',
	);
});

test('silence says since when', () => {
	expect(whyNot(app({ status: 'unknown' }), 1_000_000 + 26 * 60_000)).toMatch(
		/^No samples since \d\d:\d\d:\d\d, 26\u202fmin ago\.$/,
	);
	expect(whyNot(app({ status: 'unknown', lastSampleAt: null }), 0)).toMatch(/No sample of it/);
	expect(whyNot(app({ status: 'unknown', kind: 'ExternalService' }), 0)).toMatch(/No agent runs there/);
});

test('figures read as a sentence, and what is not known is not said', () => {
	expect(figuresSentence(app({}), 'inbound')).toBe(
		'It answers 120/s, none fails, p95 latency is 31\u202fms.',
	);
	expect(figuresSentence(app({ errorRatio: null, latencyP95: null }), 'inbound')).toBe('It answers 120/s.');
	expect(figuresSentence(app({ requestsPerSecond: null }), 'outbound')).toMatch(/that it sends/);
});
