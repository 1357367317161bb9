import { expect, test } from 'vitest';
import type { Line } from '../../../app/node-agent/live/top-screen.ts';
import { toAnsi } from './ansi.ts';

const LINES: Line[] = [
	[
		{ text: 'plain ', style: 'plain' },
		{ text: 'bad', style: 'bad' },
	],
	[{ text: 'chosen', style: 'chosen' }],
];

test('styles end where they began, lines are moved to', () => {
	expect(toAnsi(LINES, true)).toBe('plain \x1b[31mbad\x1b[0m\r\n\x1b[7mchosen\x1b[0m');
});

test('without colour what is bad is bold', () => {
	expect(toAnsi(LINES, false)).toBe('plain \x1b[1mbad\x1b[0m\r\n\x1b[7mchosen\x1b[0m');
});
