import { expect, test } from 'vitest';
import { TextFit } from './text-fit.ts';

/** Every letter is ten pixels wide. */
const context = {
	font: '12px x',
	measureText: (text: string) => ({ width: text.length * 10 }),
} as unknown as CanvasRenderingContext2D;
const fit = new TextFit();

test.each([
	['shop-api', 80, 'shop-api'],
	['shop-api', 60, 'sh…api'],
	['shop-front', 60, 'sh…ont'],
	['shop-worker', 60, 'sh…ker'],
	['shop-worker', 70, 'sho…ker'],
	['shop-worker', 100, 'shop…orker'],
	['shop-worker', 5, '…r'],
])('a name keeps its end: %s in %i pixels', (name, width, told) => {
	expect(fit.cutMiddle(context, name, width)).toBe(told);
});

test('a text keeps its beginning, also where the same one was cut as a name', () => {
	expect(fit.cutMiddle(context, '120 requests/s', 60)).toBe('12…s/s');
	expect(fit.cut(context, '120 requests/s', 60)).toBe('120 r…');
});
