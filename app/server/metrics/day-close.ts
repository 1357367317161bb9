import type { ChunkCodec } from './chunk-codec.ts';
import { type ChunkTable, DAY_HOURS } from './chunk-table.ts';
import { closeRows } from './day-rows.ts';

/** Days that are closed in one go, which each is written anew: a back-fill of a year takes many goes. */
const MAX_DAYS = 4;

/**
 * Gives days whose hours are all merged a place of their own, with one chunk row a series and hour where that is possible, and with their tiers.
 * `waits` says of a day that more is likely to come for it. Stops between days when `signal` aborts.
 */
export async function closeDays(o: {
	table: ChunkTable;
	codec: ChunkCodec;
	beforeDay: number;
	waits(day: number): boolean;
	signal: AbortSignal;
	midway(): void;
}): Promise<{ days: number; refused: number; more: boolean }> {
	const { table, codec } = o;
	const unmerged = new Set(
		(await table.partialHours(o.beforeDay * DAY_HOURS)).map((hour) => Math.floor(hour / DAY_HOURS)),
	);
	const days = (await table.openDays(o.beforeDay)).filter((day) => !unmerged.has(day) && !o.waits(day));
	let closed = 0;
	let refused = 0;
	for (const day of days.slice(0, MAX_DAYS)) {
		if (o.signal.aborted) break;
		let damaged = 0;
		await table.closeDay(
			day,
			(rows) => {
				const result = closeRows(rows, day, codec);
				damaged += result.refused;
				return result.kept;
			},
			o.midway,
		);
		refused += damaged;
		closed++;
	}
	return { days: closed, refused, more: days.length > closed };
}
