import type { ProfileFlame } from '../api/profile-types.ts';

/** Where each node lies, as columns: nodes are in pre-order, node 0 is the root. Units are the profile's. */
export interface FlameLayout {
	starts: Float64Array;
	/** Behind the last node of the subtree. */
	ends: Uint32Array;
}

export function layoutFlame({ parents, totals }: ProfileFlame): FlameLayout {
	const count = parents.length;
	const starts = new Float64Array(count);
	/** Where the next child of a node begins. */
	const cursors = new Float64Array(count);
	const ends = new Uint32Array(count);
	for (let node = 1; node < count; node++) {
		const parent = parents[node]!;
		starts[node] = cursors[parent]!;
		cursors[parent]! += totals[node]!;
		cursors[node] = starts[node]!;
	}
	for (let node = count - 1; node >= 0; node--) {
		ends[node] = Math.max(ends[node]!, node + 1);
		const parent = node === 0 ? 0 : parents[node]!;
		ends[parent] = Math.max(ends[parent]!, ends[node]!);
	}
	return { starts, ends };
}

/** The share of all samples with a stack on which a name holds the words; each sample counts once. */
export function matchedShare(flame: ProfileFlame, { ends }: FlameLayout, matches: Uint8Array): number {
	let sum = 0;
	for (let node = 1; node < flame.names.length; ) {
		if (matches[flame.names[node]!]) {
			sum += flame.totals[node]!;
			// What lies below is in it.
			node = ends[node]!;
		} else node++;
	}
	return flame.total > 0 ? sum / flame.total : 0;
}

/** By string: 1 where it holds the words. */
export function matchingStrings(strings: readonly string[], words: string): Uint8Array {
	const wanted = words.toLowerCase();
	return Uint8Array.from(strings, (text) => (text.toLowerCase().includes(wanted) ? 1 : 0));
}

/** `value` as a share of all samples. */
export const shareOf = ({ total }: ProfileFlame, value: number): number => (total > 0 ? value / total : 0);

/** `value` as a share of all samples of the base; null without a base, and where it holds no profile. */
export const baseShareOf = ({ baseTotal }: ProfileFlame, value: number): number | null =>
	baseTotal ? value / baseTotal : null;

/** Change of a share against the base; null where there is nothing to compare with. */
export function changeOf(flame: ProfileFlame, value: number, baseValue: number): number | null {
	const before = baseShareOf(flame, baseValue);
	return before === null || flame.total === 0 ? null : shareOf(flame, value) - before;
}

/** The colour of a change of share: `--df-up-3` for much more to `--df-down-3` for much less. */
export function changeColour(change: number | null): string {
	const size = Math.abs(change ?? 0);
	if (change === null || size < 0.002) return '--df-0';
	const step = size < 0.01 ? 1 : size < 0.05 ? 2 : 3;
	return `--df-${change > 0 ? 'up' : 'down'}-${step}`;
}
