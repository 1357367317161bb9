import { expect, test } from 'vitest';
import type { LogRecord } from '../api/log-types.ts';
import { merged, unseen } from './log-merge.ts';

const log = (timeNs: string, id: string) => ({ timeNs, id }) as LogRecord;
const ids = (logs: LogRecord[]) => logs.map(({ id }) => id).join('');

test('new lines are above, late ones among the others', () => {
	const there = [log('50', 'd'), log('30', 'b')];
	expect(ids(merged(there, [log('60', 'e'), log('40', 'c')], 9))).toBe('edcb');
	expect(ids(merged([], [log('9', 'a'), log('10', 'b')], 9))).toBe('ba');
	expect(ids(merged(there, [], 9))).toBe('db');
});

test('only so many are kept, the newest', () => {
	expect(ids(merged([log('2', 'b'), log('1', 'a')], [log('3', 'c')], 2))).toBe('cb');
});

test('lines of the same moment keep one order, whichever answer brought them', () => {
	const a = log('5', 'a');
	const b = log('5', 'b');
	expect(ids(merged([a], [b], 9))).toBe(ids(merged([b], [a], 9)));
});

test('what was seen is not seen again', () => {
	const found = [log('3', 'c'), log('3', 'c'), log('2', 'b')];
	expect(ids(unseen(found, new Set(['b'])))).toBe('c');
});
