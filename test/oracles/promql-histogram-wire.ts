import { columnsOfHistograms } from '../../app/promql/histograms/columns.ts';
import type { Histogram } from '../../app/promql/histograms/histogram.ts';
import type { NativeHistograms } from '../../core-as/facade/index.ts';
import { toColumn, toNumber, toWire, type WireHistogram, type WireSide } from './promql-data.ts';

export function wireHistogram(time: number, h: Histogram): WireHistogram {
	const side = ({ indexes, counts }: Histogram['positive']) => ({
		indexes: [...indexes],
		counts: [...counts].map(toWire),
	});
	return {
		time,
		hint: h.hint,
		schema: h.schema,
		zeroThreshold: toWire(h.zeroThreshold),
		zeroCount: toWire(h.zeroCount),
		count: toWire(h.count),
		sum: toWire(h.sum),
		positive: side(h.positive),
		negative: side(h.negative),
		bounds: [...h.bounds].map(toWire),
	};
}

/** Columns of one series' histograms; stale markers keep their bits. */
export function toHistograms(histograms: readonly WireHistogram[]): NativeHistograms {
	const side = ({ indexes, counts }: WireSide) => ({
		indexes: Int32Array.from(indexes),
		counts: toColumn(counts),
	});
	const columns = columnsOfHistograms(
		Uint32Array.of(histograms.length),
		Float64Array.from(histograms, (h) => h.time),
		histograms.map((h) => ({
			hint: h.hint,
			schema: h.schema,
			zeroThreshold: toNumber(h.zeroThreshold),
			zeroCount: toNumber(h.zeroCount),
			count: toNumber(h.count),
			sum: 0,
			positive: side(h.positive),
			negative: side(h.negative),
			bounds: toColumn(h.bounds),
		})),
	);
	return { ...columns, sums: toColumn(histograms.map((h) => h.sum)) };
}
