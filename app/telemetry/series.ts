import type { NativeHistograms } from '../../core-as/facade/index.ts';
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
	/**
	 * Native histograms of the same series: series `i` owns `[histograms.ends[i-1], histograms.ends[i])`, in rising time order. A series may
	 * have samples and histograms, never both at one time. Left out when no series has one. Reset hints are as they were stored.
	 */
	histograms?: NativeHistograms;
	/** Whoever is done with the columns, and kept no view on them, may say so once: their memory is used again. */
	release?: () => void;
}

/**
 * True when sample `i` is the NaN that says "this series ended". It asks the array's bits, because a NaN that passes
 * through plain arrays loses them. Source: Prometheus remote write 1.0, 0x7ff0000000000002.
 */
export function isStaleMarker(values: Float64Array, i: number): boolean {
	if (!Number.isNaN(values[i])) return false;
	const words = new Uint32Array(values.buffer, values.byteOffset + 8 * i, 2);
	return words[1] === 0x7ff00000 && words[0] === 2;
}
