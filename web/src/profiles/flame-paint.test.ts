import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { contrast, mixed, type Rgb, rgbOf } from '../../testing/contrast.ts';
import { foldStacks, type Stack } from '../../testing/fold-stacks.ts';
import { layoutFlame, matchingStrings } from './flame.ts';
import { barLook, DIMMED, fillsOf, paintFlame } from './flame-paint.ts';

const css = readFileSync(new URL('../styles/tokens.css', import.meta.url), 'utf8');
const [light, dark] = css.split(':root[data-theme="dark"]') as [string, string];
const tokensOf = (text: string) =>
	[...text.matchAll(/(--[\w-]+): (#[0-9a-f]{6});/g)].map((found) => [found[1]!, rgbOf(found[2]!)] as const);
const THEMES: Record<string, Map<string, Rgb>> = {
	light: new Map(tokensOf(light)),
	dark: new Map([...tokensOf(light), ...tokensOf(dark)]),
};
const FILLS = [...THEMES.light!.keys()].filter((name) => /^--(fl|df)-(?!.*ink|match)/.test(name));

describe.each(Object.entries(THEMES))('in the %s theme', (_name, tokens) => {
	const token = (name: string) => tokens.get(name)!;
	test.each([
		['alone', null],
		['found', true],
		['dimmed by a search', false],
	])('labels of bars can be read: %s', (_what, match) => {
		expect(FILLS).toContain('--fl-unnamed');
		for (const fill of ['', ...FILLS]) {
			const look = barLook(fill === '', fill, match);
			const ground = look.dimmed ? mixed(token(look.fill), token('--surface'), DIMMED) : token(look.fill);
			expect(contrast(token(look.ink), ground), `${look.ink} on ${look.fill}`).toBeGreaterThanOrEqual(4.5);
		}
	});
});

/** What was drawn, on a canvas of letters 6 px wide. */
function painted(stacks: Stack[], width: number, find: string | null) {
	const flame = foldStacks(stacks);
	const texts: { text: string; alpha: number; fill: string }[] = [];
	const rects: { left: number; wide: number; alpha: number }[] = [];
	const context = {
		globalAlpha: 1,
		fillStyle: '',
		measureText: () => ({ width: 6 }),
		fillRect(left: number, _top: number, wide: number) {
			rects.push({ left, wide, alpha: this.globalAlpha });
		},
		fillText(text: string) {
			texts.push({ text, alpha: this.globalAlpha, fill: this.fillStyle });
		},
	};
	paintFlame(
		{ context: context as unknown as CanvasRenderingContext2D, colour: (name) => name },
		{ flame, layout: layoutFlame(flame), focus: 0, width },
		fillsOf(flame),
		find === null ? null : matchingStrings(flame.strings, find),
		null,
	);
	return { texts, rects };
}

describe('a painted graph', () => {
	test('dims bars that are not looked for, but not their labels', () => {
		const { texts, rects } = painted([{ frames: ['found', 'other'], value: 1 }], 300, 'found');
		expect(rects.map(({ alpha }) => alpha)).toEqual([DIMMED, 1, DIMMED]);
		expect(texts.map(({ text, alpha, fill }) => [text, alpha, fill]).slice(1)).toEqual([
			['found', 1, '--fl-match-ink'],
			['other', 1, '--ink-2'],
		]);
	});

	test('is few rectangles where bars are narrow and alike, without a hole between them', () => {
		const { rects } = painted(
			Array.from({ length: 600 }, (_, i) => ({ frames: [`f${i}`], value: 1 })),
			1000,
			null,
		);
		expect(rects.length).toBeLessThan(10);
		expect(rects.at(-1)).toMatchObject({ left: 0, wide: expect.closeTo(1000) });
	});
});
