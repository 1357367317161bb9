import type { DuckDBConnection } from '@duckdb/node-api';

/** Series asked for by number up to here. */
const MAX_LISTED = 2_000;
/** When at least one in so many ids between the lowest and the highest is asked for, reading all of them is cheaper. */
const DENSE = 4;

/** Whether all ids between the lowest and the highest are read. */
export function isDense(sids: Uint32Array | null): boolean {
	return !sids || (sids.length > MAX_LISTED && sids.length * DENSE >= sids.at(-1)! - sids[0]!);
}

/** A condition on `sid`; ids rise. Those between that nobody asked for may come too. Uses the connection's temporary table `wanted`. */
export async function sidFilter(connection: DuckDBConnection, sids: Uint32Array | null): Promise<string> {
	if (!sids) return 'true';
	if (sids.length <= MAX_LISTED) return sids.length === 0 ? 'false' : `sid IN (${sids.join(',')})`;
	const between = `sid BETWEEN ${sids[0]!} AND ${sids.at(-1)!}`;
	if (isDense(sids)) return between;
	await connection.run('CREATE OR REPLACE TEMP TABLE wanted(sid UINTEGER)');
	const appender = await connection.createAppender('wanted', 'main', 'temp');
	for (const sid of sids) {
		appender.appendUInteger(sid);
		appender.endRow();
	}
	appender.closeSync();
	return `${between} AND sid IN (FROM wanted)`;
}
