import { expect, test } from 'vitest';
import type { ServerStatus, ServiceMap } from '../api/types.ts';
import { firstMinuteSteps } from './first-minute.ts';

const empty: ServiceMap = { from: 0, to: 1, step: 1, applications: [], edges: [] };
const started: ServerStatus = {
	version: '0.1.0',
	startedAt: 1000,
	project: { id: 'p', name: 'default' },
	ingest: { lastSampleAt: null, series: 0, samplesPerSecond: 0 },
	metricSource: null,
	lostMetrics: [],
	features: [],
	agents: [],
};
const done = (status: ServerStatus | null, map = empty) =>
	firstMinuteSteps(status, map, 9000).map((step) => step.done);

test('the steps come true one after the other', () => {
	const agent = { node: 'n1', hostname: 'n1', kernel: '6.18.0', lastSampleAt: null, features: [] };
	const connected = { ...started, agents: [agent] };
	const sampled = { ...connected, ingest: { lastSampleAt: 8000, series: 412, samplesPerSecond: 27 } };
	expect(done(null)).toEqual([false, false, false, false, false]);
	expect(done(started)).toEqual([true, false, false, false, false]);
	expect(done(connected)).toEqual([true, true, false, false, false]);
	expect(done(sampled)).toEqual([true, true, true, false, false]);
	expect(firstMinuteSteps(sampled, empty, 9000)[1]?.detail).toBe('n1, kernel 6.18.0');
	expect(firstMinuteSteps(sampled, empty, 9000)[2]?.detail).toContain('412 series');
});

test('waiting for samples says how long the server runs', () => {
	expect(firstMinuteSteps(started, empty, 9000)[2]?.detail).toContain('8\u202fs ago');
});
