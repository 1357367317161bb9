/**
 * Series in columns, by rising id: 36 bytes each and 4 for each label. A row's number changes when rows are removed.
 * Bound: the index refuses more than its limit.
 */
export class SeriesTable {
	#length = 0;
	#sids = new Uint32Array(64);
	#hashLo = new Uint32Array(64);
	#hashHi = new Uint32Array(64);
	/** Where the pairs of each row end. */
	#ends = new Uint32Array(64);
	#first = new Float64Array(64);
	#last = new Float64Array(64);
	#pairs = new Uint32Array(512);
	/** Open addressing: row + 1, or 0; at most half full. */
	#buckets = new Int32Array(256);

	get length(): number {
		return this.#length;
	}

	/** `sid` must be above all that are held. */
	push(sid: number, hashLo: number, hashHi: number, pairs: readonly number[]): number {
		const row = this.#length;
		if (row === this.#sids.length) this.#grow(Math.ceil(row * 1.5));
		const from = this.#start(row);
		if (from + pairs.length > this.#pairs.length) {
			this.#pairs = grown(this.#pairs, Math.max(from + pairs.length, Math.ceil(this.#pairs.length * 1.5)));
		}
		this.#pairs.set(pairs, from);
		this.#ends[row] = from + pairs.length;
		this.#sids[row] = sid;
		this.#hashLo[row] = hashLo;
		this.#hashHi[row] = hashHi;
		this.#first[row] = Number.POSITIVE_INFINITY;
		this.#last[row] = Number.NEGATIVE_INFINITY;
		this.#length++;
		if (2 * this.#length > this.#buckets.length) this.#rehash(2 * this.#buckets.length);
		else this.#enter(row);
		return row;
	}

	sid(row: number): number {
		return this.#sids[row]!;
	}

	/** A view, good until the next change. */
	sids(): Uint32Array {
		return this.#sids.subarray(0, this.#length);
	}

	/** Its pairs in the order of their names; a view, good until the next change. */
	pairs(row: number): Uint32Array {
		return this.#pairs.subarray(this.#start(row), this.#ends[row]!);
	}

	/** Where its pairs start and end for `pair`: for loops that allocate nothing. */
	pairsStart(row: number): number {
		return this.#start(row);
	}

	pairsEnd(row: number): number {
		return this.#ends[row]!;
	}

	pair(at: number): number {
		return this.#pairs[at]!;
	}

	hash(row: number): { hashLo: number; hashHi: number } {
		return { hashLo: this.#hashLo[row]!, hashHi: this.#hashHi[row]! };
	}

	/** Time of its first sample that was noted, ms; +Infinity when there was none. */
	first(row: number): number {
		return this.#first[row]!;
	}

	/** Time of its last one; -Infinity when there was none. */
	last(row: number): number {
		return this.#last[row]!;
	}

	/** Notes that there are samples between two times. */
	saw(row: number, first: number, last: number): void {
		if (first < this.#first[row]!) this.#first[row] = first;
		if (last > this.#last[row]!) this.#last[row] = last;
	}

	/** The row of an id, or -1. */
	rowOf(sid: number): number {
		// Ids rise by at least one a row: the row is at most as far from the first as the id.
		const base = this.#length === 0 ? 0 : this.#sids[0]!;
		let high = Math.min(this.#length - 1, sid - base);
		if (high < 0) return -1;
		if (this.#sids[high] === sid) return high;
		let low = 0;
		while (low < high) {
			const middle = (low + high) >>> 1;
			if (this.#sids[middle]! < sid) low = middle + 1;
			else high = middle;
		}
		return this.#sids[low] === sid ? low : -1;
	}

	/** A row with this hash, the next one after row `after` if that is given, or -1. */
	find(hashLo: number, hashHi: number, after = -1): number {
		const mask = this.#buckets.length - 1;
		let passed = after < 0;
		for (let at = bucketOf(hashLo, hashHi) & mask; ; at = (at + 1) & mask) {
			const row = this.#buckets[at]! - 1;
			if (row < 0) return -1;
			if (this.#hashLo[row] !== hashLo || this.#hashHi[row] !== hashHi) continue;
			if (passed) return row;
			passed = row === after;
		}
	}

	/** Removes rows by id and closes up. */
	remove(gone: ReadonlySet<number>): void {
		let kept = 0;
		let end = 0;
		for (let row = 0, from = 0, to = 0; row < this.#length; row++) {
			// Of the row itself: the ends before it are those of kept rows already.
			from = to;
			to = this.#ends[row]!;
			if (gone.has(this.#sids[row]!)) continue;
			this.#pairs.copyWithin(end, from, to);
			end += to - from;
			this.#sids[kept] = this.#sids[row]!;
			this.#hashLo[kept] = this.#hashLo[row]!;
			this.#hashHi[kept] = this.#hashHi[row]!;
			this.#first[kept] = this.#first[row]!;
			this.#last[kept] = this.#last[row]!;
			this.#ends[kept++] = end;
		}
		this.#length = kept;
		this.#rehash(this.#buckets.length);
	}

	#start(row: number): number {
		return row === 0 ? 0 : this.#ends[row - 1]!;
	}

	#grow(size: number): void {
		this.#sids = grown(this.#sids, size);
		this.#hashLo = grown(this.#hashLo, size);
		this.#hashHi = grown(this.#hashHi, size);
		this.#ends = grown(this.#ends, size);
		this.#first = grown(this.#first, size);
		this.#last = grown(this.#last, size);
	}

	#rehash(size: number): void {
		this.#buckets = new Int32Array(size);
		for (let row = 0; row < this.#length; row++) this.#enter(row);
	}

	#enter(row: number): void {
		const mask = this.#buckets.length - 1;
		let at = bucketOf(this.#hashLo[row]!, this.#hashHi[row]!) & mask;
		while (this.#buckets[at] !== 0) at = (at + 1) & mask;
		this.#buckets[at] = row + 1;
	}
}

function bucketOf(lo: number, hi: number): number {
	return Math.imul(lo ^ (hi >>> 7), 0x9e3779b1) >>> 8;
}

function grown<T extends Uint32Array | Float64Array>(column: T, size: number): T {
	const out = new (column.constructor as new (n: number) => T)(size);
	out.set(column);
	return out;
}
