import type { DuckDBConnection } from '@duckdb/node-api';
import type { ChunkRows, SeriesRow } from '../../../app/server/metrics/chunk-table.ts';
import { ColumnAppender, type ColumnRows } from './column-appender.ts';
import { ROW_GROUP_SIZE } from './hot-schema.ts';

/** Rows that are appended before the event loop gets a turn. */
export const TURN_ROWS = 4_096;
/** Rows after which an appender is flushed: it holds its rows in memory. */
const FLUSH_ROWS = ROW_GROUP_SIZE;

interface Target {
	database: string;
	table: string;
}

/** An appender for a table of chunks. */
export function chunkAppender(connection: DuckDBConnection, to: Target): Promise<ColumnAppender> {
	return ColumnAppender.create(connection, to, ['u32', 'u32', 'u32', 'blob', 'u8']);
}

/** Chunks as `chunkAppender` takes them. */
export function chunkColumns({ sids, hours, versions, kinds, data, ends }: ChunkRows): ColumnRows {
	return { numbers: [sids, hours, versions, kinds], data, ends };
}

/** Appends chunks to a table of an attached database, in the order of `order`, else as they are. */
export async function appendChunks(
	connection: DuckDBConnection,
	to: Target,
	chunks: ChunkRows,
	{ order, midway }: { order?: Uint32Array; midway?: (() => void) | undefined } = {},
): Promise<void> {
	const n = chunks.sids.length;
	const appender = await chunkAppender(connection, to);
	const columns = chunkColumns(chunks);
	let unflushed = 0;
	for (let from = 0; from < n; from += TURN_ROWS) {
		const end = Math.min(from + TURN_ROWS, n);
		appender.append(columns, from, end, order);
		if (n >> 1 >= from && n >> 1 < end) midway?.();
		unflushed += end - from;
		if (unflushed >= FLUSH_ROWS) {
			appender.flush();
			unflushed = 0;
		}
		if (end < n) await turn();
	}
	appender.close();
}

/** The order by hour, then as they are. */
export function hourOrder({ hours }: ChunkRows): Uint32Array | undefined {
	let rising = true;
	for (let row = 1; row < hours.length && rising; row++) rising = hours[row - 1]! <= hours[row]!;
	if (rising) return undefined;
	return Uint32Array.from(hours, (_, i) => i).sort((a, b) => hours[a]! - hours[b]! || a - b);
}

export async function appendSeries(
	connection: DuckDBConnection,
	to: Target,
	series: Iterable<SeriesRow>,
): Promise<void> {
	const appender = await connection.createAppender(to.table, 'main', to.database);
	let rows = 0;
	for (const row of series) {
		appender.appendUInteger(row.sid);
		appender.appendUBigInt((BigInt(row.hashHi) << 32n) | BigInt(row.hashLo));
		appender.appendVarchar(JSON.stringify(row.labels));
		appender.endRow();
		if (++rows % TURN_ROWS === 0) await turn();
	}
	appender.closeSync();
}

/** A turn of the event loop. */
export function turn(): Promise<void> {
	return new Promise((resolve) => setImmediate(resolve));
}
