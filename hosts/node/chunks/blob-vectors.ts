import type { DuckDBDataChunk } from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';

/** Strings up to this length stand in the vector itself. */
const INLINE = 12;
/** Bytes between two strings that are cheaper to copy than to ask for separately. */
const MAX_GAP = 2048;

/** Grows as chunks of a result are added: numbers and blobs of all rows, back to back. */
export class BlobRows {
	sids: number[] = [];
	hours: number[] = [];
	versions: number[] = [];
	ends: number[] = [];
	#data = new Uint8Array(1 << 16);
	#length = 0;

	/** Adds rows of (sid UINTEGER, hour UINTEGER, version UINTEGER, data BLOB), none of them NULL. */
	add(chunk: DuckDBDataChunk): void {
		const n = chunk.rowCount;
		this.#numbers(chunk, 0, n, this.sids);
		this.#numbers(chunk, 1, n, this.hours);
		this.#numbers(chunk, 2, n, this.versions);
		this.#blobs(chunk, 3, n);
	}

	get data(): Uint8Array {
		return this.#data.subarray(0, this.#length);
	}

	#numbers(chunk: DuckDBDataChunk, column: number, n: number, out: number[]): void {
		const bytes = duckdb.vector_get_data(duckdb.data_chunk_get_vector(chunk.chunk, column), 4 * n);
		const values = new Uint32Array(bytes.buffer, bytes.byteOffset, n);
		for (const v of values) out.push(v);
	}

	/** Each read through a pointer is a call into the addon, so neighbours are read together. */
	#blobs(chunk: DuckDBDataChunk, column: number, n: number): void {
		const vector = duckdb.vector_get_data(duckdb.data_chunk_get_vector(chunk.chunk, column), 16 * n);
		const words = new Uint32Array(vector.buffer, vector.byteOffset, 4 * n);
		let i = 0;
		while (i < n) {
			const length = words[4 * i]!;
			if (length <= INLINE) {
				this.#reserve(length);
				this.#data.set(vector.subarray(16 * i + 4, 16 * i + 4 + length), this.#length);
				this.#length += length;
				this.ends.push(this.#length);
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
				this.#reserve(l);
				const from = words[4 * i + 2]! - lo;
				const bytes =
					l <= INLINE ? vector.subarray(16 * i + 4, 16 * i + 4 + l) : run.subarray(from, from + l);
				this.#data.set(bytes, this.#length);
				this.#length += l;
				this.ends.push(this.#length);
			}
		}
	}

	#reserve(n: number): void {
		if (this.#length + n <= this.#data.length) return;
		const data = new Uint8Array(Math.max(this.#data.length * 2, this.#length + n));
		data.set(this.#data.subarray(0, this.#length));
		this.#data = data;
	}
}
