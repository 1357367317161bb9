import type { Spool } from '../../delivery/spool.ts';
import type { ChunkStore } from '../metrics/chunk-store.ts';
import type { MetricSource } from '../prometheus-source/metric-source.ts';

/** Single numbers of the server's own metrics, by name without prefix. */
export function serverGauges(o: {
	spool: Pick<Spool, 'stats'>;
	store: Pick<ChunkStore, 'stats'>;
	/** Where metrics are copied from. */
	source: Pick<MetricSource, 'status'> | null;
}): Record<string, { help: string; value: number }> {
	const spooled = o.spool.stats();
	const stored = o.store.stats();
	return {
		series: { help: 'Series in the index.', value: stored.series },
		head_samples: { help: 'Samples that are in memory and in the spool only.', value: stored.headSamples },
		spool_bytes: { help: 'Bytes of the spool on disk.', value: spooled.bytes },
		spool_corrupt_records: { help: 'Damaged places that were skipped.', value: spooled.corruptRecords },
		spool_torn_bytes: { help: 'Bytes of torn tails that were cut.', value: spooled.tornBytes },
		closed_days: { help: 'Days that were closed since the start.', value: stored.closedDays },
		chunk_bytes: { help: 'Bytes of the chunk store, as of the last hourly look.', value: stored.bytes ?? 0 },
		dropped_days: { help: 'Days that were dropped because of their size.', value: stored.droppedDays },
		lost_parts: { help: 'Parts of the chunk store that cannot be read any more.', value: stored.lost },
		refused_chunks: { help: 'Chunks that could not be decoded.', value: stored.refusedChunks },
		...(o.source && sourceGauges(o.source)),
	};
}

function sourceGauges(source: Pick<MetricSource, 'status'>) {
	const { lagMs, backFill, groups, failing, error } = source.status();
	return {
		source_lag_seconds: {
			help: 'How far the group of names that is furthest behind is behind the metric source.',
			value: (lagMs ?? 0) / 1000,
		},
		source_back_fill_ratio: {
			help: 'How much of the past of the metric source is copied, 0 to 1.',
			value: backFill,
		},
		source_groups: { help: 'Groups of names that are copied by themselves.', value: groups },
		source_failing_groups: { help: 'Groups of names whose last copy failed.', value: failing },
		source_listed: {
			help: 'Whether the metric source told its names when it was last asked.',
			value: error === null ? 1 : 0,
		},
	};
}
