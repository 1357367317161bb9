import type { ChunkCatalogue } from './chunk-catalogue.ts';
import { epochOf } from './chunk-fact.ts';
import { SERIES_PARTITION } from './chunk-schema.ts';
import type { ChunkTables } from './chunk-tables.ts';

// Drops partitions of which nothing counts. Nothing depends on it but the room that they take.

/** Older epochs of log and metadata, places that were replaced or never finished, series of which none is left. */
export async function sweepRemains(
	tables: ChunkTables,
	catalogue: ChunkCatalogue,
	{ epoch, unfinished }: { epoch: number; unfinished: ReadonlySet<number> },
): Promise<void> {
	for (const table of ['log', 'metadata'] as const) {
		const found = await tables.partitions(table);
		await tables.drop(
			table,
			found.filter(({ key }) => key[0]! < epoch),
		);
	}
	for (const table of ['closed', 'tiers'] as const) {
		const found = await tables.partitions(table);
		const gone = found.filter(({ key }) => {
			const [day, place] = key as [number, number];
			const isUsed = catalogue.closed.get(day) === place || unfinished.has(place);
			return !isUsed && epochOf(place) < epoch;
		});
		await tables.drop(table, gone);
	}
	await sweepOpenDays(tables, catalogue, [...catalogue.openDays]);
	const gone = await tables.numbers<'part'>(
		`SELECT part FROM (SELECT intDiv(sid, ${SERIES_PARTITION}) AS part, argMax(gone, piece) AS g
FROM ${tables.name('series')} GROUP BY sid) GROUP BY part HAVING min(g) = 1`,
	);
	await tables.drop(
		'series',
		gone.map(({ part }) => ({ text: `${part}` })),
	);
}

/** Places of these days but those that count and those that are being written. The log must say of all changes that failed that they did. */
export async function sweepPlaces(
	tables: ChunkTables,
	catalogue: ChunkCatalogue,
	days: readonly number[],
	unfinished: ReadonlySet<number>,
): Promise<void> {
	if (days.length === 0) return;
	const asked = new Set(days);
	for (const table of ['closed', 'tiers'] as const) {
		const found = await tables.partitions(table);
		const gone = found.filter(({ key }) => {
			const [day, place] = key as [number, number];
			return asked.has(day) && catalogue.closed.get(day) !== place && !unfinished.has(place);
		});
		await tables.drop(table, gone);
	}
}

/** One place that nothing speaks of. */
export async function sweepPlace(tables: ChunkTables, day: number, place: number): Promise<void> {
	for (const table of ['closed', 'tiers'] as const) {
		const found = await tables.partitions(table);
		await tables.drop(
			table,
			found.filter(({ key }) => key[0] === day && key[1] === place),
		);
	}
}

/** Those of these days in `open` that have no row that counts. No change may run meanwhile. */
export async function sweepOpenDays(
	tables: ChunkTables,
	catalogue: ChunkCatalogue,
	days: readonly number[],
): Promise<void> {
	const there = days.filter((day) => catalogue.openDays.has(day));
	if (there.length === 0) return;
	const left = await tables.numbers<'day'>(
		catalogue
			.open(0, MAX_HOUR)
			.map((where) => `SELECT DISTINCT day FROM ${tables.name('open')} WHERE ${where}`)
			.join(' UNION ALL '),
	);
	const kept = new Set(left.map(({ day }) => day));
	const empty = there.filter((day) => !kept.has(day));
	await tables.drop(
		'open',
		empty.map((day) => ({ text: `${day}` })),
	);
	for (const day of empty) catalogue.emptied(day);
}

const MAX_HOUR = 0xffffffff;
