import type { Logger } from '../../../logging/logger.ts';
import { HOUR_MS } from '../../metrics/chunk-codec.ts';
import { DAY_HOURS } from '../../metrics/chunk-table.ts';
import { lostRanges } from '../../metrics/lost-ranges.ts';
import type { ChunkCatalogue } from './chunk-catalogue.ts';
import type { Fact } from './chunk-fact.ts';
import type { ChunkTables } from './chunk-tables.ts';
import { type PartAside, placeOf } from './damaged-parts.ts';

/** What parts that lie aside cost, for the log; nothing of those of which it says so. */
export async function lossFacts(
	tables: ChunkTables,
	catalogue: ChunkCatalogue,
	o: { aside: readonly PartAside[]; unfinished: ReadonlySet<number>; now: number; log: Logger },
): Promise<Fact[]> {
	const facts: Fact[] = [];
	let series = false;
	for (const part of o.aside) {
		const place = placeOf(part);
		if (catalogue.losses.noted.has(place)) continue;
		// What no labels are known of is the same for all parts of these.
		const isCounted = part.table === 'series' && series;
		const own = isCounted ? [] : await factsOf(tables, catalogue, { ...o, part });
		series ||= part.table === 'series';
		if (!isCounted && !own.some(({ is }) => is === 'lost'))
			o.log.warn('ClickHouse set a part of the chunk store aside; no sample is lost', {
				place: `${tables.database}: ${place}`,
				reason: part.reason,
			});
		facts.push(...own, { is: 'aside', place });
	}
	return facts;
}

async function factsOf(
	tables: ChunkTables,
	catalogue: ChunkCatalogue,
	{ part, unfinished, now }: { part: PartAside; unfinished: ReadonlySet<number>; now: number },
): Promise<Fact[]> {
	const { table, key } = part;
	const day = key[0]!;
	const place = key[1];
	const lost = (hours: readonly number[]) =>
		lostRanges(hours, placeOf(part), `ClickHouse: ${part.reason}`).map(
			(range): Fact => ({ is: 'lost', lost: range }),
		);
	switch (table) {
		case 'open':
			return lost(hoursOf(day, now));
		case 'closed':
			if (catalogue.closed.get(day) !== place && !unfinished.has(place!)) return [];
			return lost(hoursOf(day, now));
		case 'tiers':
			// The chunks are there: the day closes once more.
			return catalogue.closed.get(day) === place ? [{ is: 'untiered', day }] : [];
		case 'series':
			return lost(await namelessHours(tables, catalogue));
		default:
			return [];
	}
}

/** What a part held of its day is not known: all hours but those to come. */
function hoursOf(day: number, now: number): number[] {
	const from = day * DAY_HOURS;
	const to = Math.max(from, Math.min(from + DAY_HOURS - 1, Math.floor(now / HOUR_MS)));
	return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

/** Hours that have rows of series of which no labels are known: nobody can find those. Rising. */
async function namelessHours(tables: ChunkTables, catalogue: ChunkCatalogue): Promise<number[]> {
	const named = `SELECT sid FROM ${tables.name('series')} WHERE ${catalogue.counted()}`;
	const places = catalogue
		.places()
		.map(
			({ table, where }) => `SELECT hour FROM ${tables.name(table)} WHERE ${where} AND sid NOT IN (${named})`,
		);
	const rows = await tables.numbers<'hour'>(
		`SELECT DISTINCT hour FROM (${places.join(' UNION ALL ')}) ORDER BY hour`,
	);
	return rows.map(({ hour }) => hour);
}
