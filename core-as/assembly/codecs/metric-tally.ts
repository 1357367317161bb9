import {
	MAX_BUCKETS,
	MAX_EXEMPLARS,
	MAX_HISTOGRAMS,
	MAX_LABELS,
	MAX_METADATA,
	MAX_SAMPLES,
	MAX_SERIES,
	tooMany,
} from './metric-bounds';

// How much a body of OTLP metrics may become, counted before anything is allocated. What is left out later was counted too.

/** Of all columns and tables together: beside a body, and the text that is made, it fits an instance's 512 MiB. */
const MAX_BYTES: u64 = 160 << 20;

export let series: u64 = 0;
export let labels: u64 = 0;
export let samples: u64 = 0;
export let metrics: u64 = 0;
export let exemplars: u64 = 0;
export let exemplarLabels: u64 = 0;
export let histograms: u64 = 0;
export let spans: u64 = 0;
export let buckets: u64 = 0;
export let bounds: u64 = 0;
/** Of one resource and scope, and of one label set. */
export let headLabels: u64 = 0;
export let setLabels: u64 = 0;
/** Of one point. */
export let pointBuckets: u64 = 0;
export let pointBounds: u64 = 0;
export let pointExemplars: u64 = 0;
/** Whether a point says since when it counts. */
export let hasStarts: bool = false;

export function startTally(): void {
	series = labels = samples = metrics = exemplars = exemplarLabels = 0;
	histograms = spans = buckets = bounds = 0;
	headLabels = setLabels = pointBuckets = pointBounds = pointExemplars = 0;
	hasStarts = false;
}

/** Series of `setSize` labels each, with as many float samples in all. */
export function tallySeries(count: u64, setSize: u64, sampleCount: u64): void {
	series += count;
	labels += count * setSize;
	samples += sampleCount;
	setLabels = max(setLabels, setSize);
}

export function tallyHead(size: u64): void {
	headLabels = max(headLabels, size);
}

export function tallyMetric(): void {
	metrics++;
}

export function tallyExemplar(labelCount: u64): void {
	exemplars++;
	exemplarLabels += labelCount;
}

export function tallyPointExemplars(count: u64): void {
	pointExemplars = max(pointExemplars, count);
}

export function tallyStart(): void {
	hasStarts = true;
}

/** A point with so many buckets, or exponential ones of one sign, and bounds. */
export function tallyBuckets(bucketCount: u64, boundCount: u64): void {
	pointBuckets = max(pointBuckets, bucketCount);
	pointBounds = max(pointBounds, boundCount);
}

/** A native histogram has that many buckets in `signs` runs, and bounds. */
export function tallyHistogram(bucketCount: u64, signs: u64, boundCount: u64): void {
	histograms++;
	buckets += bucketCount;
	// A new span takes a bucket, and three empty ones before it.
	spans += bucketCount / 4 + signs;
	bounds += boundCount;
}

/** Bytes of the tables that the second pass works with. */
function tableBytes(): u64 {
	return headLabels * 32 + setLabels * 48 + pointBuckets * 8 + pointBounds * 16 + pointExemplars * 16;
}

function columnBytes(): u64 {
	let bytes = series * 26 + labels * 16 + samples * 24 + metrics * 25;
	bytes += exemplars * 21 + exemplarLabels * 16;
	return bytes + histograms * 74 + spans * 8 + buckets * 8 + bounds * 8;
}

/** False, with an error at that place, when it is too much. */
export function isTallyWithin(at: usize): bool {
	if (
		series <= MAX_SERIES &&
		labels <= MAX_LABELS &&
		samples <= MAX_SAMPLES &&
		metrics <= MAX_METADATA &&
		exemplars <= MAX_EXEMPLARS &&
		exemplarLabels <= MAX_LABELS &&
		histograms <= MAX_HISTOGRAMS &&
		max(spans, max(buckets, bounds)) <= MAX_BUCKETS &&
		columnBytes() + tableBytes() <= MAX_BYTES
	)
		return true;
	return tooMany(at);
}
