import type { DuckDBConnection } from '@duckdb/node-api';
import { ServerError } from '../../../app/server/errors.ts';
import type { ChunkRows, SeriesHours, TierRows } from '../../../app/server/metrics/chunk-table.ts';
import { BlobRows, Column } from './blob-vectors.ts';
import { joinTierRows } from './tier-pieces.ts';

/** Rows that one read may give: 1 GB of chunks would follow. */
const MAX_ROWS = 4_000_000;

/** All rows of a small result. */
export async function queryRows(connection: DuckDBConnection, sql: string): Promise<unknown[][]> {
	const reader = await connection.runAndReadAll(sql);
	return reader.getRows() as unknown[][];
}

/** Adds the rows of a query to `out`. Throws CXR_QUERY_TOO_LARGE. */
async function collect(connection: DuckDBConnection, sql: string, out: BlobRows): Promise<void> {
	const result = await connection.stream(sql);
	for (
		let chunk = await result.fetchChunk();
		chunk && chunk.rowCount > 0;
		chunk = await result.fetchChunk()
	) {
		out.add(chunk);
		if (out.length > MAX_ROWS) {
			throw new ServerError('CXR_QUERY_TOO_LARGE', `More than ${MAX_ROWS} chunks.`);
		}
	}
}

/** First and last hours of each series of a table, or of a query of (sid, hour). */
export async function queryHours(connection: DuckDBConnection, from: string): Promise<SeriesHours> {
	const source = from.startsWith('SELECT') ? `(${from})` : from;
	const result = await connection.stream(`SELECT sid, min(hour), max(hour) FROM ${source} GROUP BY sid`);
	const columns = [0, 1, 2].map(() => new Column('u32'));
	for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk())
		for (const [i, column] of columns.entries()) column.add(chunk, i, chunk.rowCount);
	const [sids, first, last] = columns.map((column) => column.values() as Uint32Array);
	return { sids: sids!, first: first!, last: last! };
}

/** Rows of (sid, hour, version, kind, data), collected from several queries. */
export class ChunkResult {
	readonly #rows = new BlobRows(['u32', 'u32', 'u32', 'u8']);

	/** `sparse`: few rows of each vector fit; the database then sorts them, which makes few full vectors of many small ones. */
	collect(connection: DuckDBConnection, sql: string, sparse = true): Promise<void> {
		return collect(connection, sparse ? `${sql} ORDER BY sid, hour, version` : sql, this.#rows);
	}

	/** Makes the object new; what `rows` gave is overwritten by what is collected next. */
	clear(): void {
		this.#rows.clear();
	}

	/** Bytes of chunks that fit without more memory. */
	get capacity(): number {
		return this.#rows.capacity;
	}

	/** By series, hour and version. */
	rows(): ChunkRows {
		this.#rows.sort(3);
		const [sids, hours, versions, kinds] = this.#rows.columns.map((it) => it.values());
		return {
			sids: sids as Uint32Array,
			hours: hours as Uint32Array,
			versions: new Float64Array(versions!),
			kinds: kinds as Uint8Array,
			data: this.#rows.data,
			ends: this.#rows.ends,
		};
	}
}

/** Rows of (sid, day, piece, data), collected from several queries; pieces of one row rise. */
export class TierResult {
	readonly #rows = new BlobRows(['u32', 'u32', 'u32']);

	collect(connection: DuckDBConnection, sql: string): Promise<void> {
		return collect(connection, `${sql} ORDER BY sid, day, piece`, this.#rows);
	}

	/** By series and day. */
	rows(): TierRows {
		this.#rows.sort(3);
		const [sids, days] = this.#rows.columns.map((it: Column) => it.values() as Uint32Array);
		return { data: this.#rows.data, ...joinTierRows({ sids: sids!, days: days!, ends: this.#rows.ends }) };
	}
}
