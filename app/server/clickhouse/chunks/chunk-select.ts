import type { MetricMetadata } from '../../../telemetry/metadata.ts';
import type { ChunkRows, SeriesHours, SeriesRow, TierRows } from '../../metrics/chunk-table.ts';
import type { ChunkCatalogue } from './chunk-catalogue.ts';
import type { ChunkTables } from './chunk-tables.ts';

const CHUNK_COLUMNS = 'sid, hour, version, toUInt32(kind) AS kind, data';
/** Series of one answer at the start. */
const SERIES_PAGE = 250_000;
/** Bounds of the chunks of one slice of a day, but for a series that alone has more. */
const SLICE_ROWS = 131_072;
const SLICE_BYTES = 16 * 1024 * 1024;

/** Where chunks are: a table, and a condition on its rows. */
export interface ChunkPlace {
	table: 'open' | 'closed';
	where: string;
}

/** Chunks by series, hour and version. Throws CXR_QUERY_TOO_LARGE. */
export async function selectChunks(tables: ChunkTables, places: readonly ChunkPlace[]): Promise<ChunkRows> {
	const queries = places.map(
		({ table, where }) => `SELECT ${CHUNK_COLUMNS} FROM ${tables.name(table)} WHERE ${where}`,
	);
	const { columns, data, ends } = await tables.blobs(4, queries, 3);
	const [sids, hours, versions, kinds] = columns;
	return {
		sids: sids!,
		hours: hours!,
		versions: Float64Array.from(versions!),
		kinds: Uint8Array.from(kinds!),
		data,
		ends,
	};
}

/** Rows of a tier by series and day. Throws CXR_QUERY_TOO_LARGE. */
export async function selectTier(tables: ChunkTables, where: string): Promise<TierRows> {
	const query = `SELECT sid, day, data FROM ${tables.name('tiers')} WHERE ${where}`;
	const { columns, data, ends } = await tables.blobs(2, [query], 2);
	return { sids: columns[0]!, days: columns[1]!, data, ends };
}

/** Ids of the series that have rows in these places, rising. */
export async function selectSids(tables: ChunkTables, places: readonly ChunkPlace[]): Promise<Uint32Array> {
	const union = places.map(({ table, where }) => `SELECT sid FROM ${tables.name(table)} WHERE ${where}`);
	const query = `SELECT sid, '' FROM (${union.join(' UNION ALL ')}) GROUP BY sid`;
	return (await tables.blobs(1, [query], 1)).columns[0]!;
}

/** First and last hour of each series that has rows in these places. */
export async function selectHours(tables: ChunkTables, places: readonly ChunkPlace[]): Promise<SeriesHours> {
	const union = places.map(
		({ table, where }) => `SELECT sid, hour FROM ${tables.name(table)} WHERE ${where}`,
	);
	const query = `SELECT sid, min(hour), max(hour), '' FROM (${union.join(' UNION ALL ')}) GROUP BY sid`;
	const [sids, first, last] = (await tables.blobs(3, [query], 1)).columns;
	return { sids: sids!, first: first!, last: last! };
}

/** Cuts the series of these places into ranges of ids, both ends included, rising. */
export async function sliceSids(
	tables: ChunkTables,
	places: readonly ChunkPlace[],
): Promise<[number, number][]> {
	const union = places.map(
		({ table, where }) => `SELECT sid, length(data) AS bytes FROM ${tables.name(table)} WHERE ${where}`,
	);
	const query = `SELECT sid, toUInt32(count()), toUInt32(least(sum(bytes), 4000000000)), '' FROM (${union.join(' UNION ALL ')}) GROUP BY sid`;
	const [sids, counts, sizes] = (await tables.blobs(3, [query], 1)).columns;
	const slices: [number, number][] = [];
	let rows = 0;
	let bytes = 0;
	for (const [i, sid] of sids!.entries()) {
		rows += counts![i]!;
		bytes += sizes![i]!;
		const slice = slices.at(-1);
		if (slice && rows <= SLICE_ROWS && bytes <= SLICE_BYTES) slice[1] = sid;
		else {
			slices.push([sid, sid]);
			rows = counts![i]!;
			bytes = sizes![i]!;
		}
	}
	return slices;
}

/** All series that count and are not gone. */
export async function selectSeries(tables: ChunkTables, counted: string): Promise<SeriesRow[]> {
	const text = new TextDecoder();
	const series: SeriesRow[] = [];
	for (let after = -1; ; ) {
		// A row that is gone counts whether or not its change does: nothing is known of the series any more.
		const page = `SELECT sid, argMax(hash_lo, piece), argMax(hash_hi, piece), toUInt32(argMax(gone, piece)), argMax(labels, piece)
FROM ${tables.name('series')} WHERE sid > ${after} AND (gone = 1 OR ${counted}) GROUP BY sid ORDER BY sid LIMIT ${SERIES_PAGE}`;
		const { columns, data, ends } = await tables.blobs(4, [`SELECT * FROM (${page})`], 1);
		const [sids, los, his, gone] = columns;
		for (const [i, sid] of sids!.entries()) {
			after = sid;
			if (gone![i] === 1) continue;
			const labels = JSON.parse(text.decode(data.subarray(i === 0 ? 0 : ends[i - 1]!, ends[i]!)));
			series.push({ sid, hashLo: los![i]!, hashHi: his![i]!, labels });
		}
		if (sids!.length < SERIES_PAGE) return series;
	}
}

export function selectMetadata(
	tables: ChunkTables,
	catalogue: ChunkCatalogue,
	epoch: number,
): Promise<MetricMetadata[]> {
	const last = (column: string) => `argMax(${column}, piece) AS ${column}`;
	return tables.select<MetricMetadata>(
		`SELECT family, ${['type', 'help', 'unit'].map(last).join(', ')} FROM ${tables.name('metadata')}
WHERE bitShiftRight(piece, 32) = ${epoch} AND ${catalogue.counted()} GROUP BY family`,
	);
}
