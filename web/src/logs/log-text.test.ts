import { expect, test } from 'vitest';
import { plain, rowText } from './log-text.ts';

test('terminal colours are not shown', () => {
	expect(plain('\x1b[32mINFO\x1b[0m up \x1b]8;;http://x\x07link\x1b]8;;\x07')).toBe('INFO up link');
	expect(plain('a [32m b')).toBe('a [32m b');
});

test('a row holds the first line and counts the rest', () => {
	expect(rowText('panic: x\n\tat a\n\tat b\n', false)).toEqual({ text: 'panic: x', more: 2 });
	expect(rowText('one', false)).toEqual({ text: 'one', more: 0 });
	expect(rowText('\n\n  first\nsecond', false)).toEqual({ text: 'first', more: 1 });
	expect(rowText(' \n ', false)).toEqual({ text: '', more: 0 });
});

test('a huge body stays small in the list', () => {
	const huge = `${'x'.repeat(1_000_000)}\nend`;
	expect(rowText(huge, false).text.length).toBeLessThan(700);
	expect(rowText(huge, true).text.length).toBeLessThan(5000);
});

test('where lines wrap all lines are there', () => {
	expect(rowText('a\nb\n', true)).toEqual({ text: 'a\nb', more: 0 });
});
