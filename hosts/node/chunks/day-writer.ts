import type { DuckDBConnection } from '@duckdb/node-api';
import { type DayRows, TIERS } from '../../../app/server/metrics/chunk-table.ts';
import { chunkAppender, chunkColumns } from './chunk-appender.ts';
import { ColumnAppender } from './column-appender.ts';
import { DAY_FORMAT } from './day-folder.ts';
import {
	ATTACH_OPTIONS,
	CHUNK_COLUMNS,
	ROW_GROUP_SIZE,
	SERIES_COLUMNS,
	SMALL_ATTACH_OPTIONS,
} from './hot-schema.ts';
import { sqlText } from './sql-text.ts';
import { cutTierRows } from './tier-pieces.ts';

/** Bytes after which a tier's appender is flushed, which holds its rows in memory. */
const FLUSH_BYTES = 4 * 1024 * 1024;

/** Table of one tier in a day's file. */
export function tierTable(tier: number): string {
	return `tier_${TIERS[tier]}`;
}

/** Writes the file of one day, in one transaction and without a log: it counts when it is whole. One at a time on a connection. */
export class DayWriter {
	readonly #connection: DuckDBConnection;
	readonly #chunks: ColumnAppender;
	readonly #tiers: ColumnAppender[];
	readonly #waiting: number[];
	#waitingRows = 0;
	#version = 0;
	#rows = 0;

	private constructor(connection: DuckDBConnection, chunks: ColumnAppender, tiers: ColumnAppender[]) {
		this.#connection = connection;
		this.#chunks = chunks;
		this.#tiers = tiers;
		this.#waiting = tiers.map(() => 0);
	}

	/** `path` must not exist. */
	static async create(connection: DuckDBConnection, path: string, isSmall: boolean): Promise<DayWriter> {
		await leave(connection);
		const options = isSmall ? SMALL_ATTACH_OPTIONS : ATTACH_OPTIONS;
		await connection.run(`ATTACH ${sqlText(path)} AS n (${options}, RECOVERY_MODE no_wal_writes)`);
		const tiers = TIERS.map(
			(_, i) => `CREATE TABLE n.${tierTable(i)}(sid UINTEGER, data BLOB USING COMPRESSION uncompressed);`,
		);
		await connection.run(`
			BEGIN;
			CREATE TABLE n.day(format UINTEGER, day UINTEGER, row_count UINTEGER, version UINTEGER, last_sid UINTEGER);
			CREATE TABLE n.series(${SERIES_COLUMNS});
			CREATE TABLE n.m(${CHUNK_COLUMNS});
			${tiers.join('\n')}`);
		const appenders: ColumnAppender[] = [];
		for (const i of TIERS.keys())
			appenders.push(
				await ColumnAppender.create(connection, { database: 'n', table: tierTable(i) }, ['u32', 'blob']),
			);
		return new DayWriter(
			connection,
			await chunkAppender(connection, { database: 'n', table: 'm' }),
			appenders,
		);
	}

	/** Series must rise from call to call. Give the event loop a turn in between. */
	add({ chunks, tiers }: DayRows): void {
		if (tiers.length !== TIERS.length) throw new Error(`BUG: ${tiers.length} tiers`);
		this.#version = chunks.versions.reduce((a, b) => Math.max(a, b), this.#version);
		this.#rows += chunks.sids.length;
		this.#chunks.append(chunkColumns(chunks), 0, chunks.sids.length);
		this.#waitingRows += chunks.sids.length;
		if (this.#waitingRows >= ROW_GROUP_SIZE) {
			this.#chunks.flush();
			this.#waitingRows = 0;
		}
		for (const [i, { data, ...rows }] of tiers.entries()) {
			const { sids, ends } = cutTierRows(rows);
			this.#tiers[i]!.append({ numbers: [sids], data, ends }, 0, sids.length);
			this.#waiting[i]! += data.length;
			if (this.#waiting[i]! >= FLUSH_BYTES) {
				this.#tiers[i]!.flush();
				this.#waiting[i] = 0;
			}
		}
	}

	/** Adds the labels of its series, out of `p`, so that the file can be read without the hot one; then it is whole, and closed. */
	async finish(day: number): Promise<void> {
		const connection = this.#connection;
		for (const appender of [this.#chunks, ...this.#tiers]) appender.close();
		await connection.run(
			`INSERT INTO n.day SELECT ${DAY_FORMAT}, ${day}, ${this.#rows}, ${this.#version}, coalesce(max(sid), 0) FROM n.m`,
		);
		await connection.run('COMMIT');
		await connection.run(
			'INSERT INTO n.series FROM p.series WHERE sid IN (SELECT DISTINCT sid FROM n.m) ORDER BY sid',
		);
		await connection.run('CHECKPOINT n');
		await connection.run('DETACH n');
	}

	/** Closes the file, whatever is in it. */
	async abandon(): Promise<void> {
		for (const appender of [this.#chunks, ...this.#tiers]) appender.abandon();
		await leave(this.#connection).catch(() => {});
	}
}

/** Ends a transaction that an error has left open, and closes the file. */
async function leave(connection: DuckDBConnection): Promise<void> {
	await connection.run('ROLLBACK').catch(() => {});
	await connection.run('DETACH DATABASE IF EXISTS n');
}
