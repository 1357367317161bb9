import type { PackedChunks } from './chunk-codec.ts';
import type { ChunkRows } from './chunk-table.ts';

/** Puts rows together one by one. Grows with what is added. */
export class RowsBuilder {
	readonly #sids: number[] = [];
	readonly #hours: number[] = [];
	readonly #versions: number[] = [];
	readonly #kinds: number[] = [];
	readonly #ends: number[] = [];
	readonly #parts: Uint8Array[] = [];
	#size = 0;

	/** A row; its chunk follows with `addChunks`, in the same order. */
	add(sid: number, hour: number, version: number, kind: number): void {
		this.#sids.push(sid);
		this.#hours.push(hour);
		this.#versions.push(version);
		this.#kinds.push(kind);
	}

	addChunks({ data, ends }: PackedChunks): void {
		for (const end of ends) this.#ends.push(this.#size + end);
		this.#parts.push(data);
		this.#size += data.length;
	}

	finish(): ChunkRows {
		const data = new Uint8Array(this.#size);
		let at = 0;
		for (const part of this.#parts) {
			data.set(part, at);
			at += part.length;
		}
		return {
			sids: Uint32Array.from(this.#sids),
			hours: Uint32Array.from(this.#hours),
			versions: Float64Array.from(this.#versions),
			kinds: Uint8Array.from(this.#kinds),
			data,
			ends: Uint32Array.from(this.#ends),
		};
	}
}

/** Chunks of the rows `[from, to)`, not copied. */
export function chunksOf(rows: ChunkRows, from: number, to: number): PackedChunks {
	const base = from === 0 ? 0 : rows.ends[from - 1]!;
	return {
		data: rows.data.subarray(base, to === 0 ? 0 : rows.ends[to - 1]),
		ends: rows.ends.slice(from, to).map((end) => end - base),
	};
}

/** The rows `[from, to)`, not copied. */
export function sliceRows(rows: ChunkRows, from: number, to: number): ChunkRows {
	return {
		sids: rows.sids.subarray(from, to),
		hours: rows.hours.subarray(from, to),
		versions: rows.versions.subarray(from, to),
		kinds: rows.kinds.subarray(from, to),
		...chunksOf(rows, from, to),
	};
}

/** All rows of several lists, one list after the other. */
export function joinRows(parts: readonly ChunkRows[]): ChunkRows {
	const count = parts.reduce((sum, it) => sum + it.sids.length, 0);
	const rows: ChunkRows = {
		sids: new Uint32Array(count),
		hours: new Uint32Array(count),
		versions: new Float64Array(count),
		kinds: new Uint8Array(count),
		data: new Uint8Array(parts.reduce((sum, it) => sum + it.data.length, 0)),
		ends: new Uint32Array(count),
	};
	let row = 0;
	let byte = 0;
	for (const part of parts) {
		rows.sids.set(part.sids, row);
		rows.hours.set(part.hours, row);
		rows.versions.set(part.versions, row);
		rows.kinds.set(part.kinds, row);
		rows.data.set(part.data, byte);
		for (let i = 0; i < part.ends.length; i++) rows.ends[row + i] = byte + part.ends[i]!;
		row += part.sids.length;
		byte += part.data.length;
	}
	return rows;
}

/** The rows of one kind, in their order; all of them, not copied, when there is no other. */
export function rowsOfKind(rows: ChunkRows, kind: number): ChunkRows {
	let found = 0;
	for (const it of rows.kinds) if (it === kind) found++;
	if (found === rows.kinds.length) return rows;
	if (found === 0) return sliceRows(rows, 0, 0);
	return pickRows(
		rows,
		Uint32Array.from(rows.kinds.keys()).filter((row) => rows.kinds[row] === kind),
	);
}

/** The rows of some series, in their order. */
export function rowsOfSeries(rows: ChunkRows, sids: ReadonlySet<number>): ChunkRows {
	return pickRows(
		rows,
		Uint32Array.from(rows.sids.keys()).filter((row) => sids.has(rows.sids[row]!)),
	);
}

/** The rows in the order of tables: by series, hour and version; those that are equal stay as they are. */
export function sortRows(rows: ChunkRows): ChunkRows {
	const { sids, hours, versions } = rows;
	const compare = (a: number, b: number) =>
		sids[a]! - sids[b]! || hours[a]! - hours[b]! || versions[a]! - versions[b]!;
	let sorted = true;
	for (let row = 1; row < sids.length && sorted; row++) sorted = compare(row - 1, row) <= 0;
	if (sorted) return rows;
	return pickRows(
		rows,
		Uint32Array.from(sids.keys()).sort((a, b) => compare(a, b) || a - b),
	);
}

function pickRows(rows: ChunkRows, order: Uint32Array): ChunkRows {
	const start = (row: number) => (row === 0 ? 0 : rows.ends[row - 1]!);
	const picked: ChunkRows = {
		sids: order.map((row) => rows.sids[row]!),
		hours: order.map((row) => rows.hours[row]!),
		versions: Float64Array.from(order, (row) => rows.versions[row]!),
		kinds: Uint8Array.from(order, (row) => rows.kinds[row]!),
		data: new Uint8Array(order.reduce((sum, row) => sum + rows.ends[row]! - start(row), 0)),
		ends: new Uint32Array(order.length),
	};
	let at = 0;
	for (const [i, row] of order.entries()) {
		const chunk = rows.data.subarray(start(row), rows.ends[row]);
		picked.data.set(chunk, at);
		at += chunk.length;
		picked.ends[i] = at;
	}
	return picked;
}
