import { expect, test } from 'vitest';
import { isLevel, severityOf, severityStatus } from './severity.ts';

test.each([
	[0, 'unknown'],
	[1, 'trace'],
	[4, 'trace'],
	[5, 'debug'],
	[9, 'info'],
	[13, 'warn'],
	[17, 'error'],
	[20, 'error'],
	[21, 'fatal'],
	[24, 'fatal'],
	[25, 'unknown'],
] as const)('number %i is %s', (number, severity) => {
	expect(severityOf(number)).toBe(severity);
});

test('only trouble has a shape', () => {
	expect(severityStatus('fatal')).toBe('crit');
	expect(severityStatus('warn')).toBe('warn');
	expect(severityStatus('info')).toBeNull();
});

test('an address can hold anything', () => {
	expect(isLevel('warn')).toBe(true);
	expect(isLevel('loud')).toBe(false);
	expect(isLevel(null)).toBe(false);
});
