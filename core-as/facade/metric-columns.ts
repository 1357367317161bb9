/**
 * Metrics as columns: what every decoder of metrics gives and every encoder takes.
 *
 * *Prefix ends*: item `i` owns entries `[ends[i-1], ends[i])`, with `ends[-1]` = 0. *Reference*: two numbers, offset and
 * length in bytes, into the body; an offset of the body's length or more points into `text`, at `offset - body.length`.
 * *Time*: milliseconds since the epoch, an integer of magnitude below 2^53.
 */
export interface MetricColumns {
	/** Per series: FNV-1a 64 over name, 0xff, value, 0xff of each label. Encoders do not look at it. */
	hashes: BigUint64Array;
	/** Per series: 0 = valid, else an index into SERIES_FAULTS. A faulty series keeps what could be read of it. */
	faults: Uint8Array;
	/** Prefix ends by series: labels. */
	labelEnds: Uint32Array;
	/** Four per label: the references of its name and its value. Labels are sorted by the bytes of their names. */
	labelRefs: Uint32Array;
	/** Prefix ends by series: float samples. */
	sampleEnds: Uint32Array;
	/** Per sample: time, not below 0. */
	timestamps: Float64Array;
	values: Float64Array;
	/** Bytes that the decoder had to make; empty when every text lies in the body. */
	text: Uint8Array;
	/** Per sample: time from which a counter counts, 0 = not known. Empty when no sample has one. */
	startTimestamps: Float64Array;
	metadata?: MetricMetadata;
	exemplars?: MetricExemplars;
	histograms?: NativeHistograms;
}

/** What metrics mean: entry `i` describes the family of that name, or, without `familyRefs`, series `i`. */
export interface MetricMetadata {
	/** One reference per entry, or empty. */
	familyRefs: Uint32Array;
	/** Indexes into METRIC_TYPES. */
	types: Uint8Array;
	/** One reference per entry. */
	helpRefs: Uint32Array;
	/** One reference per entry. */
	unitRefs: Uint32Array;
}

export interface MetricExemplars {
	/** Prefix ends by series: exemplars. */
	ends: Uint32Array;
	/** Per exemplar: 0 = valid, else an index into SERIES_FAULTS. */
	faults: Uint8Array;
	/** Prefix ends by exemplar: labels. */
	labelEnds: Uint32Array;
	/** Four per label, as in MetricColumns, in the order of the sender. */
	labelRefs: Uint32Array;
	/** Per exemplar: time, not below 0; 0 = none. */
	timestamps: Float64Array;
	values: Float64Array;
}

/** Native histograms. Source: https://prometheus.io/docs/specs/native_histograms/ */
export interface NativeHistograms {
	/** Prefix ends by series: histograms. */
	ends: Uint32Array;
	/** Per histogram: time, not below 0. */
	timestamps: Float64Array;
	/** Per histogram: time from which it counts, 0 = not known. Empty when no histogram has one. */
	startTimestamps: Float64Array;
	/** Bit 0: counts are floats, else integers. Bits 1 and 2: reset 0 not known, 1 yes, 2 no, 3 a gauge. */
	kinds: Uint8Array;
	/** -4 to 8: each bound is the one below times 2^(2^-schema). -53: custom bounds. */
	schemas: Int8Array;
	/** Values of at most this magnitude are in the zero bucket. */
	zeroThresholds: Float64Array;
	zeroCounts: Float64Array;
	/** Observations. Integers are exact. */
	counts: Float64Array;
	/** Sum of the observations. */
	sums: Float64Array;
	/** Prefix ends by histogram: spans, the positive ones first. */
	spanEnds: Uint32Array;
	/** Per histogram: how many of its spans are positive. */
	positiveSpans: Uint32Array;
	/** Per span: buckets between it and the one before; of the first of either sign, the index where it starts. */
	spanOffsets: Int32Array;
	/** Per span: buckets. */
	spanLengths: Uint32Array;
	/** Prefix ends by histogram: buckets. */
	bucketEnds: Uint32Array;
	/** Per bucket: observations in this bucket alone, in the order of the spans. */
	bucketCounts: Float64Array;
	/** Prefix ends by histogram: custom values. */
	customEnds: Uint32Array;
	/** Upper inclusive bounds, rising; the last bucket has the bound +Inf and no entry. */
	customValues: Float64Array;
}

/** What `faults` says, by value. */
export const SERIES_FAULTS = [
	'valid',
	'no-name',
	'bad-name',
	'duplicate-label',
	'empty-label-name',
	'bad-utf8',
	'bad-timestamp',
	'no-samples',
	'unsorted-labels',
	'empty-label-value',
	'bad-ref',
	'both-kinds',
	'bad-schema',
	'bad-spans',
	'bad-count',
	'bad-total',
	'bad-bounds',
] as const;

export type SeriesFault = (typeof SERIES_FAULTS)[number];

/** What `types` of metadata says, by value. */
export const METRIC_TYPES = [
	'unknown',
	'counter',
	'gauge',
	'histogram',
	'gaugehistogram',
	'summary',
	'info',
	'stateset',
] as const;
