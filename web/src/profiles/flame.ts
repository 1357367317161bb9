import type { ProfileFlame } from '../api/profile-types.ts';

/** Where each node lies, as columns: nodes are in pre-order, node 0 is the root. Units are the profile's. */
export interface FlameLayout {
	starts: Float64Array;
	/** Behind the last node of the subtree. */
	ends: Uint32Array;
	depth: number;
}

export function layoutFlame({ parents, depths, totals }: ProfileFlame): FlameLayout {
	const count = parents.length;
	const starts = new Float64Array(count);
	/** Where the next child of a node begins. */
	const cursors = new Float64Array(count);
	const ends = new Uint32Array(count);
	let depth = 0;
	for (let node = 1; node < count; node++) {
		const parent = parents[node]!;
		starts[node] = cursors[parent]!;
		cursors[parent]! += totals[node]!;
		cursors[node] = starts[node]!;
		depth = Math.max(depth, depths[node]!);
	}
	for (let node = count - 1; node >= 0; node--) {
		ends[node] = Math.max(ends[node]!, node + 1);
		const parent = node === 0 ? 0 : parents[node]!;
		ends[parent] = Math.max(ends[parent]!, ends[node]!);
	}
	return { starts, ends, depth: depth + 1 };
}

/** What a frame belongs to; the kernel and code without a name are told apart by how the agent writes them. */
export type Origin = 'app' | 'lib' | 'runtime' | 'kernel';

const RUNTIME =
	/^(node:|internal\/|v8::|node::|uv_|runtime\.|Builtin:|RegExp:|Builtins_|std::|java\/|_PyEval)/;
const LIBRARY = /(^|\/)(lib[\w.+-]*\.so|node_modules\/|site-packages\/)|\/usr\/lib\//;

export function originOf(name: string, file: string): Origin {
	if (/^\[(kernel|k)\b|\.ko$|vmlinux/.test(file) || name.startsWith('[k]')) return 'kernel';
	if (RUNTIME.test(name) || RUNTIME.test(file)) return 'runtime';
	return LIBRARY.test(file) ? 'lib' : 'app';
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

export interface FunctionRow {
	name: string;
	file: string;
	self: number;
	/** A function that calls itself counts once. */
	total: number;
	/** Change of `total` as a share of all against the base; null without one. */
	change: number | null;
}

/** Functions with their own and all of their samples, those with most of their own first. */
export function functionRows(flame: ProfileFlame): FunctionRow[] {
	const { names, files, totals, selfs, baseTotals, strings } = flame;
	const rows = new Map<number, { file: number; self: number; total: number; base: number }>();
	/** Names on the way from the root to the node: those that are there already are not counted again. */
	const path: number[] = [];
	for (let node = 1; node < names.length; node++) {
		const name = names[node]!;
		path.length = flame.depths[node]! - 1;
		const inside = path.includes(name);
		path.push(name);
		let row = rows.get(name);
		if (row === undefined) {
			row = { file: files[node]!, self: 0, total: 0, base: 0 };
			rows.set(name, row);
		}
		row.self += selfs[node]!;
		if (!inside) {
			row.total += totals[node]!;
			row.base += baseTotals?.[node] ?? 0;
		}
	}
	const base = flame.baseTotal;
	return [...rows]
		.map(([name, { file, self, total, base: before }]) => ({
			...{ name: strings[name]!, file: strings[file]!, self, total },
			change:
				base === null || flame.total === 0 ? null : total / flame.total - (base > 0 ? before / base : 0),
		}))
		.sort((a, b) => b.self - a.self);
}

/** The widest node of a function; 0 when there is none. */
export function widestNode(flame: ProfileFlame, name: string | null): number {
	const wanted = name === null ? -1 : flame.strings.indexOf(name);
	let widest = 0;
	if (wanted < 0) return 0;
	for (let node = 1; node < flame.names.length; node++)
		if (flame.names[node] === wanted && (widest === 0 || flame.totals[node]! > flame.totals[widest]!))
			widest = node;
	return widest;
}

/** The colour of a change of share: `--df-up-3` for much more to `--df-down-3` for much less. */
export function changeColour(change: number): string {
	const size = Math.abs(change);
	if (size < 0.002) return '--df-0';
	const step = size < 0.01 ? 1 : size < 0.05 ? 2 : 3;
	return `--df-${change > 0 ? 'up' : 'down'}-${step}`;
}
