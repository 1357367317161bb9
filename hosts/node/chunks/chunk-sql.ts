import { DAY_HOURS } from '../../../app/server/metrics/chunk-table.ts';

/** Columns of chunks as `ChunkResult` wants them. */
export const COLUMNS = 'sid, hour, version, kind, data';

/** A condition on `hour`. */
export function inDay(day: number): string {
	return `hour BETWEEN ${day * DAY_HOURS} AND ${day * DAY_HOURS + DAY_HOURS - 1}`;
}

export function unionOf(tables: readonly string[], select: string, where: string): string {
	return tables.map((table) => `${select} FROM ${table} WHERE ${where}`).join(' UNION ALL ');
}
