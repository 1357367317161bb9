import { CANCELLED, EngineError } from '../engine.ts';
import type { ChunkTableName, ChunkTables } from './chunk-tables.ts';

/** A part of a table that lies aside: its rows are not read any more. */
export interface PartAside {
	table: ChunkTableName;
	name: string;
	/** Numbers of its partition. */
	key: number[];
	reason: string;
}

/** Parts that one piece of work may find damaged. */
const MAX_FOUND = 100;
/** Parts of each table that are kept aside for whoever wants to look at them; the oldest are dropped. */
const MAX_KEPT = 8;

/** Runs again without the parts that turn out to be damaged. `aside` is called after each time one was set aside. */
export async function withoutDamaged<T>(
	tables: ChunkTables,
	work: () => Promise<T>,
	aside: () => Promise<void> = async () => {},
): Promise<T> {
	for (let tries = 0; ; tries++) {
		try {
			return await work();
		} catch (e) {
			if (tries === MAX_FOUND || !(await setAsideDamaged(tables, e))) throw e;
			await aside();
		}
	}
}

/**
 * Detaches the part that an error of a read names, if the engine's own check of it fails. Errors of limits name parts, too.
 * False when there is none.
 */
export async function setAsideDamaged(tables: ChunkTables, error: unknown): Promise<boolean> {
	if (!(error instanceof EngineError) || error.code === null || error.code === CANCELLED) return false;
	const { engine, database } = tables;
	const named = await engine.select<{ table: string; name: string }>(
		`SELECT table, name FROM system.parts
WHERE database = {database:String} AND active AND position({message:String}, path) > 0`,
		{ database, message: error.message },
	);
	for (const { table, name } of named) {
		const part = `${database}.${table}`;
		const found = await engine.select<{ is_passed: number }>(
			`CHECK TABLE ${part} PART '${name}' SETTINGS check_query_single_value_result = 0`,
			{},
		);
		if (found.every(({ is_passed }) => is_passed === 1)) continue;
		await tables.command(`ALTER TABLE ${part} DETACH PART '${name}'`);
		return true;
	}
	return false;
}

/** Parts that the engine found broken and set aside when it started, or that were detached: by us, or by a person. Newest first. */
export async function partsAside(tables: ChunkTables): Promise<PartAside[]> {
	const rows = await tables.engine.select<{
		table: ChunkTableName;
		name: string;
		partition_id: string;
		reason: string;
	}>(
		`SELECT table, name, partition_id, reason FROM system.detached_parts
WHERE database = {database:String} AND partition_id IS NOT NULL AND (reason = '' OR startsWith(reason, 'broken'))
ORDER BY modification_time DESC, name`,
		{ database: tables.database },
	);
	return rows.map(({ table, name, partition_id, reason }) => ({
		table,
		name,
		key: (partition_id.match(/\d+/g) ?? []).map(Number),
		reason: reason || 'detached',
	}));
}

/** Drops all of these, newest first, but the newest of each table. */
export async function trimAside(tables: ChunkTables, aside: readonly PartAside[]): Promise<void> {
	const kept = new Map<string, number>();
	for (const { table, name } of aside) {
		const count = (kept.get(table) ?? 0) + 1;
		kept.set(table, count);
		if (count > MAX_KEPT)
			await tables.command(
				`ALTER TABLE ${tables.name(table)} DROP DETACHED PART '${name}' SETTINGS allow_drop_detached = 1`,
			);
	}
}

/** Names the part in what is said of it. */
export function placeOf({ table, name }: PartAside): string {
	return `${table}/${name}`;
}
