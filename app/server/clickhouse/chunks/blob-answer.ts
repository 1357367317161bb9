import { ServerError } from '../../errors.ts';
import { EngineError } from '../engine.ts';

/** Bounds of one answer. */
const MAX_ROWS = 4_000_000;
const MAX_BYTES = 1024 ** 3;
/** First column of the last row. No series has this id. */
const END = 0xffffffff;

/** The row that ends an answer of `columns` numbers and a blob; sorted by the first column it comes last. */
export function endRow(columns: number): string {
	return `SELECT ${Array.from({ length: columns }, () => `toUInt32(${END})`).join(', ')}, ''`;
}

/**
 * Rows of UInt32 columns and a String, taken from the bytes of a RowBinary answer as they come, without an object a row.
 * An answer whose engine fails midway is cut, and may have words behind its rows: only one that ends with `endRow` is whole.
 */
export class BlobAnswer {
	readonly #columns: Uint32Array<ArrayBuffer>[];
	#ends = new Uint32Array(1024);
	#data = new Uint8Array(1 << 16);
	#rows = 0;
	#length = 0;
	/** Of a row that is not here as a whole. */
	#rest = new Uint8Array(0);
	#whole = false;

	constructor(columns: number) {
		this.#columns = Array.from({ length: columns }, () => new Uint32Array(1024));
	}

	/** Throws CXR_QUERY_TOO_LARGE, and EngineError when something follows the end. */
	take(added: Uint8Array): void {
		const bytes = this.#rest.length === 0 ? added : joined(this.#rest, added);
		const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
		const numbers = 4 * this.#columns.length;
		let at = 0;
		while (at < bytes.length) {
			let from = at + numbers;
			let length = 0;
			let scale = 1;
			let more = true;
			while (more && from < bytes.length) {
				const byte = bytes[from]!;
				length += (byte & 0x7f) * scale;
				scale *= 128;
				more = byte > 0x7f;
				from++;
			}
			if (length > MAX_BYTES) throw cut();
			if (more || length > bytes.length - from) break;
			if (this.#whole) throw cut();
			if (view.getUint32(at, true) === END) this.#whole = true;
			else {
				this.#grow(length);
				for (const [i, column] of this.#columns.entries())
					column[this.#rows] = view.getUint32(at + 4 * i, true);
				this.#data.set(bytes.subarray(from, from + length), this.#length);
				this.#length += length;
				this.#ends[this.#rows] = this.#length;
				this.#rows++;
			}
			at = from + length;
		}
		this.#rest = bytes.slice(at);
	}

	/** Throws EngineError when the end is missing. */
	rows(): { columns: Uint32Array[]; data: Uint8Array; ends: Uint32Array } {
		if (!this.#whole || this.#rest.length > 0) throw cut();
		return {
			columns: this.#columns.map((column) => column.subarray(0, this.#rows)),
			data: this.#data.subarray(0, this.#length),
			ends: this.#ends.subarray(0, this.#rows),
		};
	}

	/** Makes room for one more row. */
	#grow(length: number): void {
		if (this.#rows === MAX_ROWS || this.#length + length > MAX_BYTES)
			throw new ServerError('CXR_QUERY_TOO_LARGE', `More than ${MAX_ROWS} rows or ${MAX_BYTES} bytes.`);
		if (this.#rows === this.#ends.length) {
			const size = Math.min(2 * this.#rows, MAX_ROWS);
			this.#ends = grown(this.#ends, size);
			for (const [i, column] of this.#columns.entries()) this.#columns[i] = grown(column, size);
		}
		if (this.#length + length > this.#data.length) {
			const data = new Uint8Array(
				Math.min(MAX_BYTES, Math.max(2 * this.#data.length, this.#length + length)),
			);
			data.set(this.#data.subarray(0, this.#length));
			this.#data = data;
		}
	}
}

function cut(): EngineError {
	return new EngineError('The answer of ClickHouse is cut.', null);
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
	const both = new Uint8Array(a.length + b.length);
	both.set(a);
	both.set(b, a.length);
	return both;
}

function grown(column: Uint32Array<ArrayBuffer>, size: number): Uint32Array<ArrayBuffer> {
	const out = new Uint32Array(size);
	out.set(column);
	return out;
}
