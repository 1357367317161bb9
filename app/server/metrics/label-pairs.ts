import { compareText } from '../../promql/labels/text-order.ts';
import { PairBytes } from './pair-bytes.ts';
import { Postings } from './postings.ts';

/** A label name and the values that it has: each value's pair. */
export interface LabelName {
	readonly id: number;
	readonly name: string;
	readonly values: Map<string, number>;
}

/**
 * Every pair of label name and value once, by a number, with the ids of the series that have it. A pair of one series has no list.
 * Bound: pairs live as long as series have them, so there are at most as many as labels of all series.
 */
export class LabelPairs {
	readonly #names = new Map<string, LabelName>();
	readonly #values: string[] = [];
	readonly #nameOf: (LabelName | undefined)[] = [];
	readonly #series: (number | Postings)[] = [];
	readonly #free: number[] = [];
	readonly bytes = new PairBytes();
	#nextName = 1;

	/** The pair's number, made if need be; a new one must be given a series at once. */
	intern(name: string, value: string): number {
		let found = this.#names.get(name);
		if (!found) {
			found = { id: this.#nextName++, name, values: new Map() };
			this.#names.set(name, found);
		}
		const known = found.values.get(value);
		if (known !== undefined) return known;
		const pair = this.#free.pop() ?? this.#values.length;
		found.values.set(value, pair);
		this.#values[pair] = value;
		this.#nameOf[pair] = found;
		this.#series[pair] = 0;
		this.bytes.set(pair, name, value);
		return pair;
	}

	/** Series that have the pair; `sid` must be above all of them, and above 0. */
	add(pair: number, sid: number): void {
		const held = this.#series[pair]!;
		if (held === 0) this.#series[pair] = sid;
		else if (typeof held === 'number') this.#series[pair] = new Postings(held, sid);
		else held.push(sid);
	}

	name(pair: number): LabelName {
		return this.#nameOf[pair]!;
	}

	value(pair: number): string {
		return this.#values[pair]!;
	}

	/** Ids of its series, rising. */
	series(pair: number): Uint32Array {
		const held = this.#series[pair]!;
		return typeof held === 'number' ? Uint32Array.of(held) : held.ids();
	}

	/** How many series have it. */
	count(pair: number): number {
		const held = this.#series[pair]!;
		return typeof held === 'number' ? 1 : held.length;
	}

	find(name: string): LabelName | undefined {
		return this.#names.get(name);
	}

	/** In no order. */
	names(): IterableIterator<LabelName> {
		return this.#names.values();
	}

	/** How many pairs there are. */
	get size(): number {
		return this.#values.length - this.#free.length;
	}

	/** Takes series out of `pairs`; a pair without series is gone. */
	drop(pairs: Iterable<number>, gone: ReadonlySet<number>): void {
		for (const pair of pairs) {
			const held = this.#series[pair]!;
			if (!(typeof held === 'number' ? gone.has(held) : held.drop(gone))) continue;
			const name = this.#nameOf[pair]!;
			name.values.delete(this.#values[pair]!);
			if (name.values.size === 0) this.#names.delete(name.name);
			this.#values[pair] = '';
			this.#nameOf[pair] = undefined;
			this.#series[pair] = 0;
			this.#free.push(pair);
			this.bytes.drop(pair, this.#values.length);
		}
	}
}

/** Texts in the order of their bytes. */
export function sorted(texts: Iterable<string>): string[] {
	return [...texts].sort(compareText);
}
