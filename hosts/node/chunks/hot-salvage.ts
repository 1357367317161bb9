import { rm, truncate } from 'node:fs/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import { queryRows } from './chunk-query.ts';
import { type CorruptFolder, isDamage } from './damage.ts';
import { ATTACH_OPTIONS, createHotTables, HOT_FORMAT, ROW_GROUP_SIZE, TABLES } from './hot-schema.ts';
import { sqlText } from './sql-text.ts';

/** What could not be read of a hot file; hours are of chunks. */
export interface HotDamage {
	/** Chunks of these hours are gone, rising. */
	lostHours: number[];
	/** Which tables could not be read whole; `m` and `partial` when hours of their rows are not known. */
	lostTables: Set<string>;
	reason: string;
	/** The end of the log is gone, so what was written last. */
	logCut: boolean;
}

/**
 * Cuts a hot file's log before its first damaged entry, after copying it aside. False when the error does not say where that is.
 * What was written after is gone.
 */
export async function cutLog(file: string, aside: CorruptFolder, error: unknown): Promise<boolean> {
	const at = /Corrupt WAL file: entry at byte position (\d+)/.exec(String(error))?.[1];
	if (at === undefined) return false;
	await aside.copy(`${file}.wal`);
	await truncate(`${file}.wal`, Number(at));
	return true;
}

/**
 * Copies what can be read of the damaged hot file `from` into a new one at `to`: tables whole, chunks by row group, so that one
 * damaged block costs the hours that have rows there. What is gone stands in the new file too, until `forgetDamage`.
 */
export async function salvageHotFile(
	connection: DuckDBConnection,
	o: { from: string; to: string; reason: string },
): Promise<HotDamage> {
	const salvage: HotDamage = { lostHours: [], lostTables: new Set(), reason: o.reason, logCut: false };
	for (const path of [o.to, `${o.to}.wal`]) await rm(path, { force: true });
	await connection.run(`ATTACH ${sqlText(o.to)} AS salvaged (${ATTACH_OPTIONS})`);
	try {
		await connection.run(createHotTables('salvaged'));
		await connection.run(`INSERT INTO salvaged.format VALUES (${HOT_FORMAT})`);
		await copyFrom(connection, o.from, salvage);
		const found = JSON.stringify({ ...salvage, lostTables: [...salvage.lostTables] });
		await connection.run(`CREATE TABLE salvaged.damage AS SELECT ${sqlText(found)} AS found`);
		await connection.run('CHECKPOINT salvaged');
		return salvage;
	} finally {
		await connection.run('DETACH salvaged');
	}
}

/** What a predecessor salvaged, and died before it was told. */
export async function untoldDamage(connection: DuckDBConnection): Promise<HotDamage | null> {
	const tables = `SELECT 1 FROM duckdb_tables() WHERE database_name = 'p' AND table_name = 'damage'`;
	if ((await queryRows(connection, tables)).length === 0) return null;
	const [row] = await queryRows(connection, 'SELECT found FROM p.damage');
	const found = JSON.parse(row![0] as string);
	return { ...found, lostTables: new Set(found.lostTables) };
}

export async function forgetDamage(connection: DuckDBConnection): Promise<void> {
	await connection.run('DROP TABLE IF EXISTS p.damage');
}

async function copyFrom(connection: DuckDBConnection, path: string, salvage: HotDamage): Promise<void> {
	try {
		await connection.run(`ATTACH ${sqlText(path)} AS damaged (READ_ONLY)`);
	} catch (e) {
		if (!isDamage(e)) throw e;
		salvage.lostTables = new Set(TABLES);
		return;
	}
	try {
		await copyTables(connection, salvage);
	} finally {
		await connection.run('DETACH damaged');
	}
}

/** Row group by row group: DuckDB reads all of one, whatever is asked for of it. */
async function copyChunks(
	connection: DuckDBConnection,
	table: string,
	salvage: HotDamage,
	lost: Set<number>,
): Promise<void> {
	const [row] = await queryRows(connection, `SELECT max(rowid)::DOUBLE FROM damaged.${table}`);
	const last = (row![0] as number | null) ?? -1;
	for (let from = 0; from <= last; from += ROW_GROUP_SIZE) {
		const group = `FROM damaged.${table} WHERE rowid >= ${from} AND rowid < ${from + ROW_GROUP_SIZE}`;
		const hours: unknown[][] = [];
		const isRead = await readable(async () => {
			hours.push(...(await queryRows(connection, `SELECT DISTINCT hour ${group}`)));
		});
		if (!isRead) salvage.lostTables.add(table);
		else if (!(await readable(() => connection.run(`INSERT INTO salvaged.${table} BY NAME ${group}`))))
			for (const [hour] of hours) lost.add(hour as number);
	}
}

/** False when it is damaged. */
async function readable(read: () => Promise<unknown>): Promise<boolean> {
	try {
		await read();
		return true;
	} catch (e) {
		if (!isDamage(e)) throw e;
		return false;
	}
}

async function copyTables(connection: DuckDBConnection, salvage: HotDamage): Promise<void> {
	const lost = new Set<number>();
	const there = await queryRows(
		connection,
		`SELECT table_name FROM duckdb_tables() WHERE database_name = 'damaged'`,
	);
	// One of format 1 lacks some.
	for (const table of TABLES.filter((name) => there.some(([it]) => it === name))) {
		if (table !== 'm' && table !== 'partial') {
			const copy = `INSERT INTO salvaged.${table} BY NAME FROM damaged.${table}`;
			if (!(await readable(() => connection.run(copy)))) salvage.lostTables.add(table);
			continue;
		}
		await copyChunks(connection, table, salvage, lost);
		await connection.run(`UPDATE salvaged.${table} SET kind = 0 WHERE kind IS NULL`);
	}
	salvage.lostHours = [...lost].sort((a, b) => a - b);
}
