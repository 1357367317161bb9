import type { ProfileFlame } from '../api/profile-types.ts';
import type { FlameLayout } from './flame.ts';

// A place in a flame graph as the address holds it: the names from the root on, each below the one before. A short plain
// name stands as it is, any other as `*` and a hash: so no name can hold the separator, and a deep stack of long names
// stays short enough for a request line, of which servers take 16 KiB.

const SEPARATOR = ',';
const HASHED = '*';
const PLAIN = /^[\w.:/-]{1,24}$/;
/** A longer path is written in hashes alone. */
const MOST_LETTERS = 4000;

/** The path of a node; null for the root. */
export function focusPathOf(flame: ProfileFlame, layout: FlameLayout, node: number): string | null {
	const nodes: number[] = [];
	for (let at = node; at > 0; at = flame.parents[at]!) nodes.push(at);
	if (nodes.length === 0) return null;
	nodes.reverse();
	const write = (word: (name: string) => string) =>
		nodes.map((each) => wordOf(flame, layout, each, word)).join(SEPARATOR);
	const path = write(plainOrHash);
	return path.length > MOST_LETTERS ? write(hashed) : path;
}

/** The node of a path, or of its longest beginning that this graph has; the root without one. */
export function nodeOfPath(flame: ProfileFlame, layout: FlameLayout, path: string | null): number {
	let node = 0;
	for (const word of path ? path.split(SEPARATOR) : []) {
		const child = childOf(flame, layout, node, word);
		if (child === null) break;
		node = child;
	}
	return node;
}

/** A name that a sibling has too, from another file, is told apart by its file. */
function wordOf(
	flame: ProfileFlame,
	layout: FlameLayout,
	node: number,
	word: (name: string) => string,
): string {
	const twin = childrenOf(flame, layout, flame.parents[node]!).some(
		(other) => other !== node && flame.names[other] === flame.names[node],
	);
	return twin ? withFile(flame, node) : word(nameOf(flame, node));
}

/** The child that a word means; the widest one where it does not say which. */
function childOf(flame: ProfileFlame, layout: FlameLayout, parent: number, word: string): number | null {
	let found: number | null = null;
	for (const child of childrenOf(flame, layout, parent)) {
		if (word === withFile(flame, child)) return child;
		const name = nameOf(flame, child);
		if (word !== name && word !== hashed(name)) continue;
		if (found === null || flame.totals[child]! > flame.totals[found]!) found = child;
	}
	return found;
}

function childrenOf({ parents }: ProfileFlame, { ends }: FlameLayout, parent: number): number[] {
	const children: number[] = [];
	for (let node = parent + 1; node < ends[parent]!; node = ends[node]!)
		if (parents[node] === parent) children.push(node);
	return children;
}

const nameOf = (flame: ProfileFlame, node: number) => flame.strings[flame.names[node]!]!;
const plainOrHash = (name: string) => (PLAIN.test(name) ? name : hashed(name));
const withFile = (flame: ProfileFlame, node: number) =>
	hashed(`${nameOf(flame, node)}\n${flame.strings[flame.files[node]!]!}`);

/** FNV-1a of the UTF-16 units: 32 bits tell siblings apart. */
function hashed(text: string): string {
	let hash = 0x811c9dc5;
	for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
	return HASHED + (hash >>> 0).toString(36);
}
