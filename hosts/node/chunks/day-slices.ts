import type { DuckDBConnection } from '@duckdb/node-api';
import { queryRows } from './chunk-query.ts';

/** Bounds of the chunks of one slice, but for its last series. */
const MAX_ROWS = 16_384;
const MAX_BYTES = 16 * 1024 * 1024;

/** Cuts the series of `source`, a query of chunks, into ranges of ids, both ends included, rising. */
export async function daySlices(connection: DuckDBConnection, source: string): Promise<[number, number][]> {
	const slices = await queryRows(
		connection,
		`SELECT min(sid), max(sid) FROM (
			SELECT sid, sum(n) OVER so_far // ${MAX_ROWS} AS by_rows, sum(bytes) OVER so_far // ${MAX_BYTES} AS by_bytes
			FROM (SELECT sid, count(*) AS n, sum(octet_length(data)) AS bytes FROM (${source}) GROUP BY sid)
			WINDOW so_far AS (ORDER BY sid)
		) GROUP BY by_rows, by_bytes ORDER BY 1`,
	);
	return slices as [number, number][];
}
