import { expect, test } from 'vitest';
import type { ApplicationSummary, Neighbour } from '../api/types.ts';
import { figuresSentence, requestView, whyNot } from './sentence.ts';

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
	expect(figuresSentence(app({}), 'answered')).toBe(
		'It answers 120/s, none fails, p95 latency is 31\u202fms.',
	);
	expect(figuresSentence(app({ errorRatio: null, latencyP95: null }), 'answered')).toBe('It answers 120/s.');
	expect(figuresSentence(app({ sentence: 'Fails 6 % of requests.' }), 'callers')).toBe(
		'It answers 120/s as its callers see it.',
	);
	expect(figuresSentence(app({ latencyP95: null }), 'sent')).toBe('It sends 120/s, none fails.');
	expect(figuresSentence(app({ requestsPerSecond: null }), 'sent')).toMatch(/No requests/);
});

test('whose view it is follows from the side and the callers', () => {
	const neighbour = (requestsPerSecond: number | null) => ({ edge: { requestsPerSecond } }) as Neighbour;
	const view = (side: 'inbound' | 'outbound', clients: Neighbour[], dependencies: Neighbour[]) =>
		requestView({ requests: { side, times: [], byStatus: [], totals: {} }, clients, dependencies });
	expect(view('inbound', [], [neighbour(1)])).toBe('answered');
	expect(view('outbound', [neighbour(null), neighbour(3)], [neighbour(1)])).toBe('callers');
	expect(view('outbound', [neighbour(null)], [neighbour(1)])).toBe('sent');
	expect(view('outbound', [neighbour(null)], [])).toBe('answered');
});
