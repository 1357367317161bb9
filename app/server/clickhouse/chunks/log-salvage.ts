import type { ChunkCatalogue } from './chunk-catalogue.ts';
import { EPOCH_PIECES, type Fact } from './chunk-fact.ts';
import type { ChunkTables } from './chunk-tables.ts';

/**
 * Makes what is in the tables count when rows of the log are lost. That loses nothing: what a failed change wrote, and what was merged or
 * moved since, are the same samples over again, which the next merge makes one. `piece` is that of rows that move.
 */
export async function salvageLog(
	tables: ChunkTables,
	catalogue: ChunkCatalogue,
	{ epochs, piece }: { epochs: ReadonlySet<number>; piece: number },
): Promise<void> {
	const facts: Fact[] = [...epochs].map((epoch) => ({ is: 'epoch', top: (epoch + 1) * EPOCH_PIECES - 1 }));
	catalogue.closed.clear();
	const lowest = new Map(
		(
			await tables.numbers<'day' | 'piece'>(
				`SELECT day, min(piece) AS piece FROM ${tables.name('open')} WHERE merged = 1 GROUP BY day`,
			)
		).map((row) => [row.day, row.piece]),
	);
	const places = new Map<number, number[]>();
	for (const { key } of await tables.partitions('closed'))
		places.set(key[0]!, [...(places.get(key[0]!) ?? []), key[1]!]);
	for (const [day, of] of places) {
		const place = of[0]!;
		// Its rows were dropped elsewhere, which happens only when it is whole.
		if (of.length === 1 && (lowest.get(day) ?? Number.POSITIVE_INFINITY) > place) {
			facts.push({ is: 'closed', day, place });
			continue;
		}
		// Which of the places is whole is not known: the day is open again, with the rows of all.
		await tables.command(
			`INSERT INTO ${tables.name('open')} (day, merged, sid, hour, version, kind, piece, data)
SELECT day, 1, sid, hour, version, kind, toUInt64(${piece}), data FROM ${tables.name('closed')} WHERE day = ${day}`,
		);
	}
	facts.push({ is: 'state', state: { ...catalogue.state, ...(await highest(tables, catalogue)) } });
	catalogue.apply({ piece, facts });
}

/** What was written must not win over what comes, nor may an id be given twice. */
async function highest(
	tables: ChunkTables,
	{ state }: ChunkCatalogue,
): Promise<{ version: number; lastSid: number }> {
	const of = (table: 'open' | 'closed') =>
		`SELECT max(version) AS version, max(sid) AS sid FROM ${tables.name(table)}`;
	const [row] = await tables.numbers<'version' | 'sid'>(
		`SELECT max(version) AS version, max(sid) AS sid FROM (${of('open')} UNION ALL ${of('closed')}
UNION ALL SELECT toUInt32(0) AS version, max(sid) AS sid FROM ${tables.name('series')})`,
	);
	return {
		version: Math.max(state.version, row?.version ?? 0),
		lastSid: Math.max(state.lastSid, row?.sid ?? 0),
	};
}
