import { expect, test } from 'vitest';
import { formatClock, formatDayTime, formatSpan, parseDayTime } from './times.ts';

test('a written time reads back', () => {
	const at = new Date(2026, 10, 22, 14, 2, 0).getTime();
	expect(formatDayTime(at)).toBe('2026-11-22 14:02');
	expect(parseDayTime(' 2026-11-22 14:02 ')).toBe(at);
	expect(parseDayTime('2026-11-22T14:02:37')).toBe(at + 37_000);
	expect(formatClock(at + 37_000)).toBe('14:02:37');
});

test.each(['', '14:02', '2026-02-30 10:00', '2026-11-22 24:00', '2026-11-22 14:60'])(
	'%j is no time',
	(text) => {
		expect(parseDayTime(text)).toBeNaN();
	},
);

test('a span names its days only when the hours do not say enough', () => {
	const to = new Date(2026, 10, 22, 14, 37).getTime();
	expect(formatSpan(to - 3600e3, to, to)).toBe('13:37 to 14:37');
	expect(formatSpan(to - 24 * 3600e3, to, to)).toBe('2026-11-21 14:37 to 2026-11-22 14:37');
	expect(formatSpan(to - 3600e3, to, to + 48 * 3600e3)).toBe('2026-11-22 13:37 to 2026-11-22 14:37');
});
