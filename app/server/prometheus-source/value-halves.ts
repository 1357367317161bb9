import type { LabelMatcher } from './selection.ts';

/** Prefixes of one matcher, and characters of all of them: questions stay short. */
const MAX_PREFIXES = 256;
const MAX_CHARACTERS = 1_024;

/**
 * Divides series by the values of a label: a matcher of about half of the values, whose opposite matches the others, those
 * that come later, and series without the label. Values count as evenly used. Null with fewer than two values, or where
 * no short expression tells them apart.
 */
export function halfOf(label: string, values: readonly string[]): LabelMatcher | null {
	const sorted = [...new Set(values)].filter((value) => value !== '').sort();
	if (sorted.length < 2) return null;
	let best: Half | null = null;
	// Longer prefixes divide better, until there are too many of them.
	for (let length = commonPrefix(sorted[0]!, sorted.at(-1)!) + 1; length <= MAX_CHARACTERS; length++) {
		const counts = new Map<string, number>();
		for (const value of sorted) {
			const prefix = prefixOf(value, length);
			counts.set(prefix, (counts.get(prefix) ?? 0) + 1);
		}
		const half = lastHalf(counts, sorted.length);
		if (half && (!best || half.off < best.off)) best = half;
		if (best && best.off <= sorted.length / 8) break;
		if (counts.size === sorted.length || counts.size > 2 * MAX_PREFIXES) break;
	}
	return best && { label, matches: true, prefixes: best.prefixes };
}

interface Half {
	prefixes: string[];
	/** How many values it is away from half of them. */
	off: number;
}

/**
 * The last prefixes, as many as come nearest to half of the values. From the end, because what a text begins with sorts
 * before it: nothing that is left begins with what is taken.
 */
function lastHalf(counts: ReadonlyMap<string, number>, total: number): Half | null {
	let best: Half | null = null;
	const prefixes: string[] = [];
	let taken = 0;
	let characters = 0;
	for (const [prefix, count] of [...counts].reverse()) {
		while (prefixes.at(-1)?.startsWith(prefix)) characters -= prefixes.pop()!.length;
		prefixes.push(prefix);
		characters += prefix.length;
		taken += count;
		if (taken === total || prefixes.length > MAX_PREFIXES || characters > MAX_CHARACTERS) break;
		const off = Math.abs(total / 2 - taken);
		if (!best || off < best.off) best = { prefixes: [...prefixes], off };
	}
	return best;
}

/** How many code units two texts have in common at their beginning. */
function commonPrefix(a: string, b: string): number {
	let length = 0;
	while (length < a.length && a[length] === b[length]) length++;
	return length;
}

/** The first code units of a text; no character is cut in half. */
function prefixOf(value: string, length: number): string {
	const prefix = value.slice(0, length);
	return /[\ud800-\udbff]$/.test(prefix) ? value.slice(0, length + 1) : prefix;
}
