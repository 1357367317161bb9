import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { contrast, mixed, type Rgb, rgbOf } from '../../testing/contrast.ts';
import { barLook, DIMMED } from './flame-paint.ts';

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
