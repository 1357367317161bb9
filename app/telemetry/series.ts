import type { Labels } from './labels.ts';

/**
 * Samples of many series in columns: series `i` owns samples `[ends[i-1], ends[i])`, in rising time order,
 * one per timestamp. Values are any float64, stale markers included.
 */
export interface SeriesColumns {
	series: Labels[];
	/** Prefix ends, one per series. */
	ends: Uint32Array;
	/** Milliseconds since the epoch. */
	timestamps: Float64Array;
	values: Float64Array;
}

const bits = new DataView(new ArrayBuffer(8));

/** True for the NaN that says "this series ended". Source: Prometheus remote write 1.0, 0x7ff0000000000002. */
export function isStaleMarker(value: number): boolean {
	if (!Number.isNaN(value)) return false;
	bits.setFloat64(0, value);
	return bits.getUint32(0) === 0x7ff00000 && bits.getUint32(4) === 2;
}

/** The stale marker. Keep it in typed arrays: a plain number may lose its bits in arithmetic. */
export const STALE_MARKER: number = (() => {
	bits.setUint32(0, 0x7ff00000);
	bits.setUint32(4, 2);
	return bits.getFloat64(0);
})();
