import type { DuckDBDataChunk } from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';

/** Strings up to this length stand in the vector itself. */
const INLINE = 12;
/** Bytes between two strings that are cheaper to copy than to ask for separately. */
const MAX_GAP = 2048;

/** Room for counting, in numbers a row. */
const MAX_SPREAD = 8;

type Numbers = Uint32Array | Uint8Array;

/** Numbers of one column, which grow. */
export class Column {
	#values: Numbers;
	#length = 0;

	constructor(type: 'u32' | 'u8') {
		this.#values = type === 'u32' ? new Uint32Array(2048) : new Uint8Array(2048);
	}

	/** Adds `n` numbers of a vector. */
	add(chunk: DuckDBDataChunk, column: number, n: number): void {
		const size = this.#values.BYTES_PER_ELEMENT;
		const bytes = duckdb.vector_get_data(duckdb.data_chunk_get_vector(chunk.chunk, column), size * n);
		const added = size === 4 ? new Uint32Array(bytes.buffer, bytes.byteOffset, n) : bytes.subarray(0, n);
		const end = this.#length + n;
		if (end > this.#values.length) {
			const values = this.#like(Math.max(2 * this.#values.length, end));
			values.set(this.values());
			this.#values = values;
		}
		this.#values.set(added, this.#length);
		this.#length = end;
	}

	/** Forgets the numbers, not their memory. */
	clear(): void {
		this.#length = 0;
	}

	values(): Numbers {
		return this.#values.subarray(0, this.#length);
	}

	permute(order: Uint32Array): void {
		const values = this.#like(this.#length);
		for (let i = 0; i < order.length; i++) values[i] = this.#values[order[i]!]!;
		this.#values = values;
	}

	#like(length: number): Numbers {
		return this.#values instanceof Uint32Array ? new Uint32Array(length) : new Uint8Array(length);
	}
}

/** Numbers and blobs of all rows of a result, back to back: grows as its chunks are added. The blob is the last column; nothing is NULL. */
export class BlobRows {
	readonly columns: Column[];
	#ends = new Uint32Array(2048);
	#rows = 0;
	#data = new Uint8Array(1 << 16);
	#length = 0;

	constructor(types: readonly ('u32' | 'u8')[]) {
		this.columns = types.map((type) => new Column(type));
	}

	/** Forgets the rows, not their memory. */
	clear(): void {
		for (const column of this.columns) column.clear();
		this.#rows = 0;
		this.#length = 0;
	}

	get length(): number {
		return this.#rows;
	}

	get capacity(): number {
		return this.#data.length;
	}

	get data(): Uint8Array {
		return this.#data.subarray(0, this.#length);
	}

	get ends(): Uint32Array {
		return this.#ends.subarray(0, this.#rows);
	}

	add(chunk: DuckDBDataChunk): void {
		const n = chunk.rowCount;
		for (const [i, column] of this.columns.entries()) column.add(chunk, i, n);
		if (this.#rows + n > this.#ends.length) {
			const ends = new Uint32Array(Math.max(2 * this.#ends.length, this.#rows + n));
			ends.set(this.ends);
			this.#ends = ends;
		}
		this.#blobs(chunk, this.columns.length, n);
	}

	/** Sorts rows by their first `keys` columns. Rows that are equal stay in their order. */
	sort(keys: number): void {
		const columns = this.columns.slice(0, keys).map((it) => it.values());
		const compare = (a: number, b: number) => {
			for (const column of columns) if (column[a] !== column[b]) return column[a]! - column[b]!;
			return a - b;
		};
		let sorted = true;
		for (let i = 1; i < this.#rows && sorted; i++) sorted = compare(i - 1, i) < 0;
		if (sorted) return;
		const order = rowOrder(columns[0]!, compare);
		for (const column of this.columns) column.permute(order);
		const data = new Uint8Array(this.#length);
		const ends = new Uint32Array(this.#rows);
		let at = 0;
		for (let i = 0; i < order.length; i++) {
			const row = order[i]!;
			const from = row === 0 ? 0 : this.#ends[row - 1]!;
			const to = this.#ends[row]!;
			data.set(this.#data.subarray(from, to), at);
			at += to - from;
			ends[i] = at;
		}
		this.#data = data;
		this.#ends = ends;
	}

	/** Each read through a pointer is a call into the addon, so neighbours are read together. */
	#blobs(chunk: DuckDBDataChunk, column: number, n: number): void {
		const vector = duckdb.vector_get_data(duckdb.data_chunk_get_vector(chunk.chunk, column), 16 * n);
		const words = new Uint32Array(vector.buffer, vector.byteOffset, 4 * n);
		let i = 0;
		while (i < n) {
			const length = words[4 * i]!;
			if (length <= INLINE) {
				this.#push(vector.subarray(16 * i + 4, 16 * i + 4 + length));
				i++;
				continue;
			}
			// A run of strings that lie close together, in whatever direction.
			const high = words[4 * i + 3]!;
			let lo = words[4 * i + 2]!;
			let hi = lo + length;
			let lowest = i;
			let j = i + 1;
			for (; j < n; j++) {
				const l = words[4 * j]!;
				if (l <= INLINE) continue;
				const p = words[4 * j + 2]!;
				if (words[4 * j + 3] !== high || p > hi + MAX_GAP || p + l < lo - MAX_GAP) break;
				if (p < lo) {
					lo = p;
					lowest = j;
				}
				hi = Math.max(hi, p + l);
			}
			const run = duckdb.get_data_from_pointer(
				vector.buffer as ArrayBuffer,
				vector.byteOffset + 16 * lowest + 8,
				hi - lo,
			);
			for (; i < j; i++) {
				const l = words[4 * i]!;
				const from = words[4 * i + 2]! - lo;
				this.#push(l <= INLINE ? vector.subarray(16 * i + 4, 16 * i + 4 + l) : run.subarray(from, from + l));
			}
		}
	}

	#push(blob: Uint8Array): void {
		const end = this.#length + blob.length;
		if (end > this.#data.length) {
			const data = new Uint8Array(Math.max(this.#data.length * 2, end));
			data.set(this.data);
			this.#data = data;
		}
		this.#data.set(blob, this.#length);
		this.#length = end;
		this.#ends[this.#rows++] = end;
	}
}

/** The order of rows by `compare`, which looks at `first` first. Numbers that lie close together are counted, not compared. */
function rowOrder(first: Numbers, compare: (a: number, b: number) => number): Uint32Array {
	let low = Number.POSITIVE_INFINITY;
	let high = 0;
	for (const number of first) {
		if (number < low) low = number;
		if (number > high) high = number;
	}
	if (high - low > MAX_SPREAD * first.length) return Uint32Array.from(first.keys()).sort(compare);
	const next = new Uint32Array(high - low + 2);
	for (const number of first) next[number - low + 1]!++;
	for (let i = 1; i < next.length; i++) next[i]! += next[i - 1]!;
	const order = new Uint32Array(first.length);
	for (let row = 0; row < first.length; row++) order[next[first[row]! - low]!++] = row;
	for (let from = 0; from < order.length; ) {
		let to = from + 1;
		let sorted = true;
		for (; to < order.length && first[order[to]!] === first[order[from]!]; to++) {
			if (compare(order[to - 1]!, order[to]!) > 0) sorted = false;
		}
		if (!sorted) order.subarray(from, to).sort(compare);
		from = to;
	}
	return order;
}
