import type { DuckDBConnection } from '@duckdb/node-api';
import { ServerError } from '../../../app/server/errors.ts';
import { queryRows } from './chunk-query.ts';

export const HOT_FORMAT = 2;
export const ROW_GROUP_SIZE = 20_480;
/** Options of a file; that of row groups is not persisted by DuckDB: without it the next checkpoint rewrites the tables. */
function attachOptions(blockSize: number): string {
	return `BLOCK_SIZE ${blockSize}, ROW_GROUP_SIZE ${ROW_GROUP_SIZE}`;
}
export const ATTACH_OPTIONS = attachOptions(65_536);
/** Of a small file: each column of each table ends with a block that is not full. */
export const SMALL_ATTACH_OPTIONS = attachOptions(32_768);

/** Columns of tables of chunks, in a hot file and in that of a day. `kind` is last because files of format 1 got it later. */
export const CHUNK_COLUMNS =
	'sid UINTEGER, hour UINTEGER, version UINTEGER, data BLOB USING COMPRESSION uncompressed, kind UTINYINT';
export const SERIES_COLUMNS = 'sid UINTEGER, hash UBIGINT, labels VARCHAR';

/** Tables of a hot file; `TABLES` are those that hold what the store gave. */
export const TABLES = ['state', 'series', 'metadata', 'days', 'lost', 'm', 'partial'] as const;

export function createHotTables(database: string): string {
	const columns: Record<(typeof TABLES)[number], string> = {
		state: 'segment UBIGINT, spool_offset UBIGINT, version UINTEGER, last_sid UINTEGER',
		series: SERIES_COLUMNS,
		metadata: 'family VARCHAR, type VARCHAR, help VARCHAR, unit VARCHAR',
		days: 'day UINTEGER',
		lost: 'from_hour UINTEGER, to_hour UINTEGER, place VARCHAR, reason VARCHAR',
		m: CHUNK_COLUMNS,
		partial: CHUNK_COLUMNS,
	};
	return [
		`CREATE TABLE IF NOT EXISTS ${database}.format(version UINTEGER);`,
		...TABLES.map((table) => `CREATE TABLE IF NOT EXISTS ${database}.${table}(${columns[table]});`),
	].join('\n');
}

/** Makes the tables of a new file, or those of an older format new. True when the file was new. Throws CXR_STORE_VERSION. */
export async function prepareHotFile(connection: DuckDBConnection, database: string): Promise<boolean> {
	await connection.run('BEGIN');
	try {
		await connection.run(`CREATE TABLE IF NOT EXISTS ${database}.format(version UINTEGER)`);
		const [row] = await queryRows(connection, `SELECT version FROM ${database}.format`);
		const version = Number(row?.[0] ?? 0);
		if (version > HOT_FORMAT) {
			throw new ServerError(
				'CXR_STORE_VERSION',
				`Format ${version}, this program reads up to ${HOT_FORMAT}.`,
			);
		}
		if (version === 1) {
			for (const table of ['m', 'partial'])
				await connection.run(`ALTER TABLE ${database}.${table} ADD COLUMN kind UTINYINT DEFAULT 0`);
		}
		if (version < HOT_FORMAT) {
			await connection.run(createHotTables(database));
			await connection.run(
				`DELETE FROM ${database}.format; INSERT INTO ${database}.format VALUES (${HOT_FORMAT})`,
			);
		}
		await connection.run('COMMIT');
		return version === 0;
	} catch (e) {
		await connection.run('ROLLBACK').catch(() => {});
		throw e;
	}
}
