import { expect, test } from 'vitest';
import { featureName, troubled } from './feature.ts';

test('troubled is what is off or works in part', () => {
	const [off, part, well] = [{ state: 'off' }, { state: 'degraded' }, { state: 'works' }] as const;
	expect(troubled([off, well, part])).toEqual([off, part]);
});

test('names are words', () => {
	expect(featureName('socket-data')).toBe('Requests');
	expect(featureName('teleport')).toBe('teleport');
});
