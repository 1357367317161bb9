import {
	BLOB,
	type DuckDBAppender,
	type DuckDBConnection,
	DuckDBDataChunk,
	type DuckDBType,
	UINTEGER,
	UTINYINT,
} from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';

const TYPES: Record<'u32' | 'u8' | 'blob', DuckDBType> = { u32: UINTEGER, u8: UTINYINT, blob: BLOB };
export type ColumnType = keyof typeof TYPES;
/** Rows of a vector of the database. */
const VECTOR_ROWS = duckdb.vector_size();
/** Strings up to this length stand in the vector itself. */
const INLINE = 12;

/** Rows to append: numbers in columns, and one blob each, `data[ends[i-1], ends[i])`. */
export interface ColumnRows {
	/** In the order of the table's columns, without that of blobs. */
	numbers: readonly ArrayLike<number>[];
	data: Uint8Array;
	ends: Uint32Array;
}

/**
 * Appends whole vectors to a table of unsigned numbers and one column of blobs, which costs a fraction of a call a value. What was appended
 * is in the table after `flush`, and `close` at the latest.
 */
export class ColumnAppender {
	readonly #appender: DuckDBAppender;
	readonly #types: readonly ColumnType[];
	readonly #chunk: DuckDBDataChunk;
	/** Blobs of one vector, when they do not lie in the order of rows. */
	#gathered = new Uint8Array(1 << 16);

	private constructor(appender: DuckDBAppender, types: readonly ColumnType[]) {
		this.#appender = appender;
		this.#types = types;
		this.#chunk = DuckDBDataChunk.create(types.map((it) => TYPES[it]));
	}

	/** `types` are those of the table's columns; one is `blob`. */
	static async create(
		connection: DuckDBConnection,
		to: { database: string; table: string },
		types: readonly ColumnType[],
	): Promise<ColumnAppender> {
		return new ColumnAppender(await connection.createAppender(to.table, 'main', to.database), types);
	}

	/**
	 * Rows `[from, to)`, or those whose numbers stand in `order` from place `from` to before `to`. Work of some milliseconds for a few
	 * thousand rows: give the event loop a turn in between.
	 */
	append(rows: ColumnRows, from: number, to: number, order?: Uint32Array): void {
		for (let row = from; row < to; row += VECTOR_ROWS) {
			this.#appendVector(rows, row, Math.min(row + VECTOR_ROWS, to), order);
		}
	}

	flush(): void {
		this.#appender.flushSync();
	}

	close(): void {
		this.#appender.closeSync();
	}

	/** Forgets what is not flushed. */
	abandon(): void {
		this.#appender.clear();
	}

	#appendVector(rows: ColumnRows, from: number, to: number, order: Uint32Array | undefined): void {
		const { chunk } = this.#chunk;
		this.#chunk.reset();
		duckdb.data_chunk_set_size(chunk, to - from);
		let number = 0;
		for (const [i, type] of this.#types.entries()) {
			const vector = duckdb.data_chunk_get_vector(chunk, i);
			if (type === 'blob') this.#putBlobs(vector, rows, from, to, order);
			else putNumbers(vector, type, rows.numbers[number++]!, from, to, order);
		}
		this.#appender.appendDataChunk(this.#chunk);
	}

	/** One call hands over the bytes of all rows as the first one's; the others become strings within them. */
	#putBlobs(
		vector: duckdb.Vector,
		{ data, ends }: ColumnRows,
		from: number,
		to: number,
		order: Uint32Array | undefined,
	): void {
		const start = (row: number) => (row === 0 ? 0 : ends[row - 1]!);
		const bytes = order
			? this.#gather(data, ends, order.subarray(from, to))
			: data.subarray(start(from), to === 0 ? 0 : ends[to - 1]);
		duckdb.vector_assign_string_element_len(vector, 0, bytes);
		const first = duckdb.vector_get_data(vector, 16);
		const [, , low, high] = new Uint32Array(first.buffer, first.byteOffset, 4) as unknown as [
			number,
			number,
			number,
			number,
		];
		const words = new Uint32Array(4 * (to - from));
		const inline = new Uint8Array(words.buffer);
		let at = 0;
		for (let i = 0; i < to - from; i++) {
			const row = order ? order[from + i]! : from + i;
			const length = ends[row]! - start(row);
			const word = 4 * i;
			words[word] = length;
			if (length <= INLINE) inline.set(bytes.subarray(at, at + length), 4 * word + 4);
			else {
				inline.set(bytes.subarray(at, at + 4), 4 * word + 4);
				const sum = low + at;
				words[word + 2] = sum;
				words[word + 3] = high + (sum > 0xffffffff ? 1 : 0);
			}
			at += length;
		}
		copyTo(vector, words);
	}

	#gather(data: Uint8Array, ends: Uint32Array, order: Uint32Array): Uint8Array {
		let size = 0;
		for (const row of order) size += ends[row]! - (row === 0 ? 0 : ends[row - 1]!);
		if (size > this.#gathered.length) this.#gathered = new Uint8Array(Math.ceil(size * 1.25));
		let at = 0;
		for (const row of order) {
			const blob = data.subarray(row === 0 ? 0 : ends[row - 1]!, ends[row]);
			this.#gathered.set(blob, at);
			at += blob.length;
		}
		return this.#gathered.subarray(0, size);
	}
}

function putNumbers(
	vector: duckdb.Vector,
	type: ColumnType,
	values: ArrayLike<number>,
	from: number,
	to: number,
	order: Uint32Array | undefined,
): void {
	const n = to - from;
	const out = type === 'u32' ? new Uint32Array(n) : new Uint8Array(n);
	for (let i = 0; i < n; i++) out[i] = values[order ? order[from + i]! : from + i]!;
	copyTo(vector, out);
}

function copyTo(vector: duckdb.Vector, { buffer, byteOffset, byteLength }: Uint32Array | Uint8Array): void {
	duckdb.copy_data_to_vector(vector, 0, buffer as ArrayBuffer, byteOffset, byteLength);
}
