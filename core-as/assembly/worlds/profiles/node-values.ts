import { createList, extend } from '../../abi/list';

// What was sampled in nodes themselves: by node a value for each kind, of now and of the base.

/** Kinds of values that a stack may have. */
export const MAX_KINDS: u32 = 8;
/** Values of one side. */
export const MAX_VALUES: u32 = 1 << 22;

export let kinds: u32 = 1;
const now = createList(8);
/** Ends where the last node has a base. */
const base = createList(8);

export function clearValues(kindCount: u32): void {
	kinds = kindCount;
	now.used = 0;
	clearBase();
}

export function clearBase(): void {
	base.used = 0;
}

/** True when there is no base at all. */
export function isWithoutBase(): bool {
	return base.used === 0;
}

/** Zeros for one node more. */
export function addNodeValues(): void {
	memory.fill(extend(now, kinds), 0, (<usize>kinds) << 3);
}

export function ownOf(node: u32, kind: u32): f64 {
	return load<f64>(now.at + ((<usize>(node * kinds + kind)) << 3));
}

export function setOwn(node: u32, kind: u32, value: f64): void {
	store<f64>(now.at + ((<usize>(node * kinds + kind)) << 3), value);
}

export function baseOwnOf(node: u32, kind: u32): f64 {
	const index = node * kinds + kind;
	return index < base.used ? load<f64>(base.at + ((<usize>index) << 3)) : 0;
}

/** Where the values of a node lie, kind by kind; those of the base are made where they are missing. */
export function rowOf(node: u32, isBase: bool): usize {
	const first = (<usize>(node * kinds)) << 3;
	if (!isBase) return now.at + first;
	const wanted = (node + 1) * kinds;
	if (wanted > base.used) {
		const missing = wanted - base.used;
		memory.fill(extend(base, missing), 0, (<usize>missing) << 3);
	}
	return base.at + first;
}

/** Gives all values of a node to another. */
export function moveValues(from: u32, to: u32): void {
	moveRow(rowOf(from, false), rowOf(to, false));
	if (base.used <= from * kinds) return;
	moveRow(rowOf(from, true), rowOf(to, true));
}

function moveRow(from: usize, to: usize): void {
	for (let kind: usize = 0; kind < <usize>kinds; kind++) {
		const offset = kind << 3;
		store<f64>(to + offset, load<f64>(to + offset) + load<f64>(from + offset));
		store<f64>(from + offset, 0);
	}
}
