import {
	endExemplarsOf,
	exemplarBytes,
	finishExemplars,
	startCountingExemplars,
	startExemplars,
} from './exemplars';
import { LABEL_SIZE } from './label-set';
import { MAX_COLUMN_BYTES } from './metric-bounds';
import { allocateColumn, FAULTS, HASHES, LABEL_ENDS, SAMPLE_ENDS } from './metric-columns';
import { startCountingMetadata } from './metric-metadata';
import { nextSample, sampleBytes, startCountingSamples, startSamples } from './metric-samples';
import { isTimeFaulty, startTimes } from './metric-time';
import {
	endHistogramsOf,
	histogramBytes,
	histogramFault,
	nextHistogram,
	startCountingHistograms,
	startHistograms,
	startHistogramsOfSeries,
} from './native-histograms';
import { BAD_TIMESTAMP, BOTH_KINDS, NO_SAMPLES, worse } from './series-fault';
import { finishHashes, startHashes } from './series-hash';

// The columns that have a row for each series, as both versions of remote write count and fill them.

/** Hash, fault, and the ends of labels and samples. */
const SERIES_SIZE: u64 = 17;

let hashes: usize = 0;
let faults: usize = 0;
let labelEnds: usize = 0;
let sampleEnds: usize = 0;
/** The series that is being filled. */
export let seriesIndex: usize = 0;
/** Its first sample and histogram. */
export let firstSample: usize = 0;
export let firstHistogram: usize = 0;

/** Begins the pass that counts. */
export function startCounting(): void {
	startCountingSamples();
	startCountingExemplars();
	startCountingHistograms();
	startCountingMetadata();
}

/** Whether the columns of what was counted stay within their bound, with `further` bytes that are not of this file. */
export function areColumnsWithin(series: u32, labels: u32, further: u64): bool {
	const own = <u64>series * SERIES_SIZE + <u64>labels * LABEL_SIZE;
	const others = sampleBytes() + exemplarBytes(series) + histogramBytes(series);
	return own + others + further <= MAX_COLUMN_BYTES;
}

/** Begins the pass that fills. */
export function startFilling(series: u32): void {
	startSamples();
	startExemplars(series);
	startHistograms(series);
	hashes = allocateColumn(HASHES, series, 3);
	faults = allocateColumn(FAULTS, series, 0);
	labelEnds = allocateColumn(LABEL_ENDS, series, 2);
	sampleEnds = allocateColumn(SAMPLE_ENDS, series, 2);
	seriesIndex = 0;
	startHashes();
}

export function finishFilling(): void {
	finishHashes();
	finishExemplars();
}

export function startSeries(): void {
	firstSample = nextSample;
	firstHistogram = nextHistogram;
	startTimes();
	startHistogramsOfSeries();
}

/** Where the hash of the series that is being filled goes. */
export function seriesHash(): usize {
	return hashes + (seriesIndex << 3);
}

/** `found`: the fault of its labels. `labels`: how many there are up to its end. */
export function endSeries(found: u8, labels: usize, mayHaveBoth: bool): void {
	const index = seriesIndex;
	const samples = nextSample;
	if (isTimeFaulty) found = worse(found, BAD_TIMESTAMP);
	found = worse(found, histogramFault);
	if (samples === firstSample) {
		if (nextHistogram === firstHistogram) found = worse(found, NO_SAMPLES);
	} else if (!mayHaveBoth && nextHistogram !== firstHistogram) found = worse(found, BOTH_KINDS);
	store<u8>(faults + index, found);
	store<u32>(labelEnds + (index << 2), <u32>labels);
	store<u32>(sampleEnds + (index << 2), <u32>samples);
	endExemplarsOf(index);
	endHistogramsOf(index);
	seriesIndex = index + 1;
}
