import type { Logger } from '../../../logging/logger.ts';
import { ServerError } from '../../errors.ts';
import { DAY_HOURS } from '../../metrics/chunk-table.ts';
import { migrate } from '../migrate.ts';
import { ChunkCatalogue } from './chunk-catalogue.ts';
import { EPOCH_PIECES, epochOf, type Fact, type LogEntry, MAX_EPOCH } from './chunk-fact.ts';
import { chunkMigrations } from './chunk-schema.ts';
import type { ChunkTables } from './chunk-tables.ts';
import { type PartAside, partsAside, placeOf, trimAside, withoutDamaged } from './damaged-parts.ts';
import { salvageLog } from './log-salvage.ts';
import { lossFacts } from './loss-facts.ts';
import { RowBinary } from './row-binary.ts';

/** Makes the tables and claims the next epoch. From here on whoever had an older one notices it at its next change. */
export async function claimEpoch(tables: ChunkTables): Promise<number> {
	await migrate(tables.engine, tables.database, chunkMigrations(tables.database));
	// Of the others only when claims were lost.
	const used = await epochsInUse(tables, ['log', 'metadata', 'open', 'series']);
	const epoch = Math.max(await newestClaim(tables), ...used) + 1;
	if (epoch > MAX_EPOCH) throw new Error(`BUG: epoch ${epoch}`);
	await tables.insert('claims', ['epoch'], new RowBinary().u32(epoch));
	const claims = await tables.numbers<'n'>(
		`SELECT count() AS n FROM ${tables.name('claims')} WHERE epoch = ${epoch}`,
	);
	if (claims[0]!.n !== 1)
		throw new ServerError('CXR_STORE_LOCKED', `Another server starts on database ${tables.database}, too.`);
	return epoch;
}

export async function newestClaim(tables: ChunkTables): Promise<number> {
	const sql = `SELECT max(epoch) AS epoch FROM ${tables.name('claims')}`;
	const [row] = await withoutDamaged(tables, () => tables.numbers<'epoch'>(sql));
	return row?.epoch ?? 0;
}

export interface TakeOver {
	epoch: number;
	/** Changes that failed. */
	dead: readonly [number, number][];
	/** Places of days that are being closed. */
	unfinished: ReadonlySet<number>;
	/** Ms since the epoch. */
	now: number;
	log: Logger;
}

/**
 * Reads what the newest epoch of the log says, and writes it down as the first entry of `epoch`, short, with what damaged parts cost. What
 * comes late to older ones does not count, nor do changes that are `dead`.
 */
export async function takeOver(tables: ChunkTables, o: TakeOver): Promise<ChunkCatalogue> {
	const { epoch, dead } = o;
	const aside = await partsAside(tables);
	const entries = await newestEntries(tables);
	const catalogue = ChunkCatalogue.of(entries, dead);
	const piece = epoch * EPOCH_PIECES;
	const epochs = await epochsInUse(tables, ['open', 'series', 'metadata']);
	let last = entries[0] && epochOf(entries[0].piece);
	if (isLogDamaged(catalogue, aside, last ?? 0)) {
		await salvageLog(tables, catalogue, { epochs, piece });
		last = Math.max(last ?? 0, ...epochs);
	}
	const { openDays, partialHours } = catalogue;
	for (const { key } of await tables.partitions('open')) openDays.add(key[0]!);
	for (const day of openDays) for (let h = 0; h < DAY_HOURS; h++) partialHours.add(day * DAY_HOURS + h);
	await narrowPartialHours(tables, catalogue);
	catalogue.prune(last === undefined ? epochs : epochs.add(last));
	catalogue.losses.prune(new Set(aside.map(placeOf)));
	if (last !== undefined) await carryMetadata(tables, catalogue, last, piece);
	for (const fact of await lossFacts(tables, catalogue, { ...o, aside }))
		catalogue.apply({ piece, facts: [fact] });
	const entry = { piece, facts: catalogue.facts() };
	await writeEntry(tables, entry);
	catalogue.apply(entry);
	await trimAside(tables, aside).catch(() => {});
	return catalogue;
}

/** Rows of the newest epoch of the log lie aside. */
function isLogDamaged(catalogue: ChunkCatalogue, aside: readonly PartAside[], newest: number): boolean {
	return aside.some(
		(part) => part.table === 'log' && part.key[0]! >= newest && !catalogue.losses.noted.has(placeOf(part)),
	);
}

export async function writeEntry(tables: ChunkTables, { piece, facts }: LogEntry): Promise<void> {
	await tables.insert('log', ['piece', 'facts'], new RowBinary().u64(piece).text(JSON.stringify(facts)));
}

async function newestEntries(tables: ChunkTables): Promise<LogEntry[]> {
	const log = tables.name('log');
	const rows = await tables.select<{ piece: string; facts: string }>(
		`SELECT piece, facts FROM ${log}
WHERE bitShiftRight(piece, 32) = (SELECT max(bitShiftRight(piece, 32)) FROM ${log}) ORDER BY piece`,
	);
	return rows.map(({ piece, facts }) => ({ piece: Number(piece), facts: JSON.parse(facts) as Fact[] }));
}

/** Takes hours without partial rows that count out of those that may have some: all that was in them is merged. */
export async function narrowPartialHours(tables: ChunkTables, catalogue: ChunkCatalogue): Promise<void> {
	const { partialHours, marks } = catalogue;
	const rows = await tables.numbers<'hour'>(
		`SELECT DISTINCT hour FROM ${tables.name('open')} WHERE ${catalogue.partial(0, 0xffffffff)}`,
	);
	const found = new Set(rows.map(({ hour }) => hour));
	for (const hour of marks.hours()) if (!found.has(hour)) marks.done(hour);
	for (const hour of partialHours) if (!found.has(hour)) partialHours.delete(hour);
}

async function epochsInUse(
	tables: ChunkTables,
	of: readonly ('log' | 'metadata' | 'open' | 'series')[],
): Promise<Set<number>> {
	const each = of.map((table) => `SELECT bitShiftRight(piece, 32) AS epoch FROM ${tables.name(table)}`);
	const rows = await tables.numbers<'epoch'>(`SELECT DISTINCT epoch FROM (${each.join(' UNION ALL ')})`);
	return new Set(rows.map(({ epoch }) => epoch));
}

/** Of each family the last that counts, as rows of the new epoch. */
async function carryMetadata(
	tables: ChunkTables,
	catalogue: ChunkCatalogue,
	from: number,
	piece: number,
): Promise<void> {
	const table = tables.name('metadata');
	const last = (column: string) => `argMax(${column}, piece)`;
	await tables.command(
		`INSERT INTO ${table} (family, type, help, unit, piece)
SELECT family, ${last('type')}, ${last('help')}, ${last('unit')}, toUInt64(${piece}) FROM ${table}
WHERE bitShiftRight(piece, 32) = ${from} AND ${catalogue.counted()} GROUP BY family`,
	);
}
