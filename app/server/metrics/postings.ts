/** Ids of series, rising, that grow at the end. Bound: as many as there are series. */
export class Postings {
	#ids: Uint32Array;
	#length: number;

	constructor(first: number, second: number) {
		this.#ids = Uint32Array.of(first, second, 0, 0);
		this.#length = 2;
	}

	get length(): number {
		return this.#length;
	}

	/** `sid` must be above all that are held. */
	push(sid: number): void {
		if (this.#length === this.#ids.length) {
			const grown = new Uint32Array(Math.ceil(this.#length * 1.5));
			grown.set(this.#ids);
			this.#ids = grown;
		}
		this.#ids[this.#length++] = sid;
	}

	/** A view, good until the next change. */
	ids(): Uint32Array {
		return this.#ids.subarray(0, this.#length);
	}

	/** Leaves out those in `gone`; true when nothing is left. */
	drop(gone: ReadonlySet<number>): boolean {
		this.#ids = this.ids().filter((sid) => !gone.has(sid));
		this.#length = this.#ids.length;
		return this.#length === 0;
	}
}

/** Ids in both of two rising lists. */
export function intersect(a: Uint32Array, b: Uint32Array): Uint32Array {
	const [few, many] = a.length <= b.length ? [a, b] : [b, a];
	const out = new Uint32Array(few.length);
	let n = 0;
	for (let i = 0, at = 0; i < few.length; i++) {
		at = seek(many, at, few[i]!);
		if (at === many.length) break;
		if (many[at] === few[i]) out[n++] = few[i]!;
	}
	return out.subarray(0, n);
}

/** Ids of `a` that are not in `b`; both rise. */
export function subtract(a: Uint32Array, b: Uint32Array): Uint32Array {
	const out = new Uint32Array(a.length);
	let n = 0;
	for (let i = 0, at = 0; i < a.length; i++) {
		at = seek(b, at, a[i]!);
		if (at === b.length || b[at] !== a[i]) out[n++] = a[i]!;
	}
	return out.subarray(0, n);
}

/** One rising list of several that share no id. */
export function mergeDisjoint(lists: readonly Uint32Array[]): Uint32Array {
	if (lists.length === 1) return lists[0]!;
	const out = new Uint32Array(lists.reduce((sum, list) => sum + list.length, 0));
	let at = 0;
	for (const list of lists) {
		out.set(list, at);
		at += list.length;
	}
	return out.sort();
}

/** The first place from `from` on whose id is not below `target`; steps double, so that near ones are found at once. */
function seek(list: Uint32Array, from: number, target: number): number {
	let low = from;
	let step = 1;
	while (low + step < list.length && list[low + step]! < target) {
		low += step;
		step *= 2;
	}
	let high = Math.min(list.length, low + step + 1);
	while (low < high) {
		const middle = (low + high) >>> 1;
		if (list[middle]! < target) low = middle + 1;
		else high = middle;
	}
	return low;
}
