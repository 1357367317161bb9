import type { DuckDBConnection } from '@duckdb/node-api';
import { DAY_HOURS, type LostData } from '../../../app/server/metrics/chunk-table.ts';
import { lostRanges } from '../../../app/server/metrics/lost-ranges.ts';
import { queryRows } from './chunk-query.ts';
import { type DayFolder, UnreadableDay } from './day-folder.ts';
import { forgetDamage, type HotDamage } from './hot-salvage.ts';
import { sqlText } from './sql-text.ts';

/** Losses that are remembered; the oldest are forgotten. */
const MAX_LOST = 1_000;
const MAX_REASON = 300;
const HOUR_MS = 3_600_000;
export const HOT_PLACE = 'hot.duckdb';

/** Writes down what was lost, so that it is said again after the next start. */
export async function rememberLost(writer: DuckDBConnection, lost: readonly LostData[]): Promise<void> {
	for (const { fromHour, toHour, place, reason } of lost) {
		await writer.run(
			`INSERT INTO p.lost VALUES (${fromHour}, ${toHour}, ${sqlText(place)}, ${sqlText(reason)})`,
		);
	}
	await writer.run(
		`DELETE FROM p.lost WHERE rowid NOT IN (SELECT rowid FROM p.lost ORDER BY rowid DESC LIMIT ${MAX_LOST})`,
	);
}

export function lostDay(folder: DayFolder, day: number, reason: string): LostData {
	return {
		fromHour: day * DAY_HOURS,
		toHour: day * DAY_HOURS + DAY_HOURS - 1,
		place: folder.place(day),
		reason: reason.slice(0, MAX_REASON),
	};
}

/**
 * Makes hot file and day files agree. A file that the hot one does not know is taken in: the program died between putting it there and
 * writing it down, or between forgetting and removing it, or the hot file was lost; rows that are in both are the same samples. One that
 * the hot file knows and is not there is lost. After damage, labels of series and the highest version and id are read from the day files.
 * Resolves with what is lost; what a newer program wrote is in `newer`.
 */
export async function reconcile(o: {
	writer: DuckDBConnection;
	folder: DayFolder;
	isNew: boolean;
	damage: HotDamage | null;
	now: number;
}): Promise<{ lost: LostData[]; newer: LostData[] }> {
	const { writer, folder, isNew, damage } = o;
	const lost: LostData[] = [];
	const newer: LostData[] = [];
	const known = new Set((await queryRows(writer, 'SELECT day FROM p.days')).map(([day]) => day as number));
	for (const day of known) if (!folder.has(day)) lost.push(lostDay(folder, day, 'The file is missing.'));
	const hotLost = isNew && folder.days().length > 0;
	const readAll = hotLost || damage?.lostTables.has('series') || damage?.lostTables.has('state');
	let version = 0;
	let lastSid = 0;
	for (const day of folder.days().reverse()) {
		if (known.has(day) && !readAll) continue;
		try {
			await folder.read(writer, day, async (database) => {
				const [row] = await queryRows(writer, `SELECT version, last_sid FROM ${database}.day`);
				version = Math.max(version, Number(row?.[0] ?? 0));
				lastSid = Math.max(lastSid, Number(row?.[1] ?? 0));
				await writer.run(
					`INSERT INTO p.series FROM ${database}.series WHERE sid NOT IN (SELECT sid FROM p.series)`,
				);
			});
			if (!known.has(day)) await writer.run(`INSERT INTO p.days VALUES (${day})`);
		} catch (e) {
			if (!(e instanceof UnreadableDay)) throw e;
			await folder.setAside(e);
			(e.newer ? newer : lost).push(lostDay(folder, day, e.message));
		}
	}
	for (const day of known) if (!folder.has(day)) await writer.run(`DELETE FROM p.days WHERE day = ${day}`);
	if (damage || hotLost) lost.push(...(await lostOfHot(o, hotLost)));
	if (damage || version > 0) await raiseState(writer, version, lastSid);
	await rememberLost(writer, lost);
	await forgetDamage(writer);
	return { lost, newer };
}

/** Hours that the hot file lost. Rows of series without labels go too: nobody can find them. */
async function lostOfHot(
	{ writer, folder, damage, now }: Parameters<typeof reconcile>[0],
	hotLost: boolean,
): Promise<LostData[]> {
	const reason = (damage?.reason ?? 'The file is missing.').slice(0, MAX_REASON);
	const hours = new Set(damage?.lostHours ?? []);
	for (const table of ['m', 'partial']) {
		const nameless = `FROM p.${table} WHERE sid NOT IN (SELECT sid FROM p.series)`;
		for (const [hour] of await queryRows(writer, `SELECT DISTINCT hour ${nameless}`))
			hours.add(hour as number);
		await writer.run(`DELETE ${nameless}`);
	}
	const lost = lostRanges(
		[...hours].sort((a, b) => a - b),
		HOT_PLACE,
		reason,
	);
	const allRows = hotLost || damage?.lostTables.has('m');
	if (!allRows && !damage?.logCut && !damage?.lostTables.has('partial')) return lost;
	// Which hours those were is not known: all that can be, since the last day that has a file of its own.
	let fromHour = ((folder.days().at(-1) ?? -1) + 1) * DAY_HOURS;
	if (!allRows) {
		const [row] = await queryRows(writer, 'SELECT max(hour) FROM p.m');
		fromHour = Math.max(fromHour, Number(row?.[0] ?? 0));
	}
	const toHour = Math.max(fromHour, Math.floor(now / HOUR_MS));
	lost.push({ fromHour, toHour, place: HOT_PLACE, reason });
	return lost;
}

/** What was written must not win over what comes, nor may an id be given twice. */
async function raiseState(writer: DuckDBConnection, version: number, lastSid: number): Promise<void> {
	const [row] = await queryRows(
		writer,
		`SELECT max(version), max(sid) FROM (
			SELECT ${version} AS version, ${lastSid} AS sid
			UNION ALL SELECT version, last_sid FROM p.state
			UNION ALL SELECT version, sid FROM p.m UNION ALL SELECT version, sid FROM p.partial
			UNION ALL SELECT 0, sid FROM p.series)`,
	);
	const highest = `${Number(row![0])}, ${Number(row![1])}`;
	const [state] = await queryRows(writer, 'SELECT segment, spool_offset FROM p.state');
	const [segment, offset] = state ?? [];
	await writer.run(
		`DELETE FROM p.state; INSERT INTO p.state VALUES (${segment ?? 'NULL'}, ${offset ?? 'NULL'}, ${highest})`,
	);
}
