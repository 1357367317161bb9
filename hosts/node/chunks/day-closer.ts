import type { DuckDBConnection } from '@duckdb/node-api';
import { sliceRows } from '../../../app/server/metrics/chunk-rows.ts';
import type { ChunkRows, DayRows } from '../../../app/server/metrics/chunk-table.ts';
import { turn } from './chunk-appender.ts';
import { ChunkResult } from './chunk-query.ts';
import { COLUMNS, inDay, unionOf } from './chunk-sql.ts';
import type { DayFolder } from './day-folder.ts';
import { daySlices } from './day-slices.ts';
import { DayWriter } from './day-writer.ts';
import type { HotFile } from './hot-file.ts';

/** Rows that `make` gets at once, but for those of one series: some ten milliseconds of work. */
const MAKE_ROWS = 2_048;
/** Slices up to which a day is small. */
const SMALL_SLICES = 4;

/** Writes the new files of days that close. */
export class DayCloser {
	readonly #hot: HotFile;
	readonly #days: DayFolder;
	/** Writes new files, which are in a transaction of their own for as long as that takes. */
	readonly #connection: DuckDBConnection;

	constructor(hot: HotFile, days: DayFolder, connection: DuckDBConnection) {
		this.#hot = hot;
		this.#days = days;
		this.#connection = connection;
	}

	/** Writes the new file of a day, whose old one is `own` if there is one; false when the day has no rows. One day at a time. */
	async write(day: number, own: readonly number[], make: (rows: ChunkRows) => DayRows): Promise<boolean> {
		const sources = ['p.m', ...own.map((it) => `${this.#days.database(it)}.m`)];
		const query = (where: string) => unionOf(sources, `SELECT ${COLUMNS}`, `${inDay(day)} AND ${where}`);
		const slices = await this.#hot.shape((shaper) => daySlices(shaper, query('true')));
		if (slices.length === 0) return false;
		await this.#days.discard(day);
		const isSmall = slices.length <= SMALL_SLICES;
		const writer = await DayWriter.create(this.#connection, this.#days.unfinished(day), isSmall);
		try {
			const out = new ChunkResult();
			for (const [from, to] of slices) {
				out.clear();
				const rows = await this.#hot.shape(async (shaper) => {
					await out.collect(shaper, query(`sid BETWEEN ${from} AND ${to}`));
					return out.rows();
				});
				for (const piece of pieces(rows)) {
					writer.add(make(piece));
					await turn();
				}
			}
			await this.#hot.shape(() => writer.finish(day));
		} catch (e) {
			await writer.abandon();
			throw e;
		}
		return true;
	}

	close(): void {
		this.#connection.closeSync();
	}
}

/** Rows of whole series, at most MAKE_ROWS but for a series that has more. */
function* pieces(rows: ChunkRows): Iterable<ChunkRows> {
	const { sids } = rows;
	for (let from = 0; from < sids.length; ) {
		let to = Math.min(from + MAKE_ROWS, sids.length);
		// Back to the start of a series, or else on to its end.
		if (to < sids.length) {
			while (to > from && sids[to - 1] === sids[to]) to--;
			if (to === from) while (to < sids.length && sids[to] === sids[from]) to++;
		}
		yield sliceRows(rows, from, to);
		from = to;
	}
}
