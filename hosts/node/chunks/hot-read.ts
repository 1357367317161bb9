import type { DuckDBConnection } from '@duckdb/node-api';
import type { ChunkTable, SeriesRow } from '../../../app/server/metrics/chunk-table.ts';
import type { MetricMetadata, MetricType } from '../../../app/telemetry/metadata.ts';
import { queryRows } from './chunk-query.ts';

/** Series, metadata, state and losses of the hot file. */
export async function readHot(reader: DuckDBConnection): ReturnType<ChunkTable['load']> {
	const series: SeriesRow[] = [];
	for (const [sid, hash, labels] of await queryRows(reader, 'SELECT sid, hash, labels FROM p.series')) {
		const h = hash as bigint;
		series.push({
			sid: sid as number,
			hashLo: Number(h & 0xffffffffn),
			hashHi: Number(h >> 32n),
			labels: JSON.parse(labels as string),
		});
	}
	const families = await queryRows(reader, 'SELECT family, type, help, unit FROM p.metadata');
	const metadata = (families as [string, MetricType, string, string][]).map(
		([family, type, help, unit]): MetricMetadata => ({ family, type, help, unit }),
	);
	const [state] = await queryRows(reader, 'SELECT segment, spool_offset, version, last_sid FROM p.state');
	const losses = await queryRows(
		reader,
		'SELECT from_hour, to_hour, place, reason FROM p.lost ORDER BY from_hour',
	);
	const [segment, offset, version, lastSid] = state ?? [null, null, 0, 0];
	return {
		series,
		metadata,
		state: {
			watermark: segment === null ? null : { segment: Number(segment), offset: Number(offset) },
			version: version as number,
			lastSid: lastSid as number,
		},
		lost: (losses as [number, number, string, string][]).map(([fromHour, toHour, place, reason]) => ({
			fromHour,
			toHour,
			place,
			reason,
		})),
	};
}
