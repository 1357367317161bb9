const NAMES = [
	'bg',
	'surface',
	'sunk',
	'line',
	'line-strong',
	'edge',
	'ink',
	'ink-2',
	'ink-3',
	'accent',
	'ok',
	'ok-fill',
	'warn',
	'warn-fill',
	'warn-soft',
	'crit',
	'crit-fill',
	'crit-soft',
	'unknown',
] as const;

export type Palette = Record<(typeof NAMES)[number], string> & { font: string };

/** The colours of the present theme, read once per theme and not per frame. */
export function readPalette(): Palette {
	const style = getComputedStyle(document.documentElement);
	const read = (name: string) => style.getPropertyValue(`--${name}`).trim();
	return { ...Object.fromEntries(NAMES.map((name) => [name, read(name)])), font: read('font') } as Palette;
}
