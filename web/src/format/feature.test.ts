import { expect, test } from 'vitest';
import { featureName, featureState, troubled } from './feature.ts';

test('off, in part, or well', () => {
	const [off, part, well] = [
		{ ok: false, reason: 'EPERM' },
		{ ok: true, reason: 'not verified' },
		{ ok: true, reason: null },
	];
	expect([off, part, well].map((each) => featureState(each!))).toEqual(['off', 'degraded', 'works']);
	expect(troubled([off!, well!, part!])).toEqual([off, part]);
	expect(featureState({ ok: false, reason: null })).toBe('off');
});

test('names are words', () => {
	expect(featureName('socket-data')).toBe('Requests');
	expect(featureName('teleport')).toBe('teleport');
});
