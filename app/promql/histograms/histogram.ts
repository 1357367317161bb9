/** The schema of histograms with bounds of their own; all others double every 2^schema buckets. */
export const CUSTOM_SCHEMA = -53;

/** Whether a histogram's counts fell since the one before. A gauge's may. The numbers are those of `NativeHistograms.kinds`. */
export const RESET_HINTS = { unknown: 0, reset: 1, noReset: 2, gauge: 3 } as const;

export type ResetHint = (typeof RESET_HINTS)[keyof typeof RESET_HINTS];

/** The buckets on one side of zero. Buckets that were sent empty stay until `compact`. Never changed: sides share arrays. */
export interface Side {
	/** Rising. Bucket `i` ends at `boundOf(i)`, by magnitude. */
	readonly indexes: Int32Array;
	/** Observations in each bucket alone. */
	readonly counts: Float64Array;
}

/**
 * One native histogram. Nothing changes one, so that cells of many vectors may hold the same.
 * Source: https://prometheus.io/docs/specs/native_histograms/
 */
export interface Histogram {
	readonly hint: ResetHint;
	/** -4 to 8, or CUSTOM_SCHEMA. */
	readonly schema: number;
	/** Observations of at most this magnitude are in the zero bucket. */
	readonly zeroThreshold: number;
	readonly zeroCount: number;
	readonly count: number;
	/** Of the observations. */
	readonly sum: number;
	readonly positive: Side;
	readonly negative: Side;
	/** Upper bounds of buckets, rising, without the last +Inf; empty but with CUSTOM_SCHEMA. */
	readonly bounds: Float64Array;
}

export const NO_BOUNDS = new Float64Array(0);
export const EMPTY_SIDE: Side = { indexes: new Int32Array(0), counts: new Float64Array(0) };

export function hasCustomBounds(h: Histogram): boolean {
	return h.schema === CUSTOM_SCHEMA;
}

export function sameBounds(a: Float64Array, b: Float64Array): boolean {
	return a === b || (a.length === b.length && a.every((bound, i) => bound === b[i]));
}

export function sameIndexes(a: Int32Array, b: Int32Array): boolean {
	if (a === b) return true;
	if (a.length !== b.length) return false;
	for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
	return true;
}

export function withHint(h: Histogram, hint: ResetHint): Histogram {
	return h.hint === hint ? h : { ...h, hint };
}

/**
 * To begin an operation with. Custom buckets have no zero bucket; what an infinite factor left there lasts until the next
 * operation, as in Prometheus.
 */
export function operandOf(h: Histogram): Histogram {
	return hasCustomBounds(h) && !Object.is(h.zeroCount, 0) ? { ...h, zeroCount: 0 } : h;
}

/** Bytes of Prometheus's own struct, which is how it counts histograms against its limit of samples. */
const STRUCT_BYTES = 168;
const SAMPLE_BYTES = 16;

/** For how many samples a histogram counts. */
export function sampleSize({ positive, negative, bounds }: Histogram): number {
	const words = spansOf(positive) + spansOf(negative) + bounds.length;
	const bytes = STRUCT_BYTES + 8 * (words + positive.counts.length + negative.counts.length);
	return Math.floor((bytes + 8) / SAMPLE_BYTES);
}

/** How many runs of neighbouring buckets a side has. */
export function spansOf({ indexes }: Side): number {
	let spans = 0;
	for (let i = 0; i < indexes.length; i++) if (i === 0 || indexes[i]! !== indexes[i - 1]! + 1) spans++;
	return spans;
}
