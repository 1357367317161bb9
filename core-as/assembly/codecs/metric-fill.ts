import { allocate, release } from '../abi/memory';
import { LABEL_SIZE } from './label-set';
import * as columns from './metric-columns';
import * as tally from './metric-tally';
import { output } from './row-writer';
import { finishHashes, hashSeries, startHashes } from './series-hash';

// Columns of metrics that are filled series by series, as large as they were tallied. Labels, names and texts are references
// into the row writer's output, which begins with the body.

let hashes: usize = 0;
let faults: usize = 0;
let labelEnds: usize = 0;
let labelRefs: usize = 0;
let sampleEnds: usize = 0;
let timestamps: usize = 0;
let values: usize = 0;
let starts: usize = 0;
/** Whether a sample has one: the tally counts those of histograms and of points left out too. */
let isStarted: bool = false;
let families: usize = 0;
let types: usize = 0;
let helps: usize = 0;
let units: usize = 0;
export let deltas: usize = 0;
let exemplarEnds: usize = 0;
let histogramEnds: usize = 0;

export let series: usize = 0;
let labels: usize = 0;
let samples: usize = 0;
let metrics: usize = 0;

export function startFill(): void {
	columns.startColumns();
	startHashes();
	series = labels = samples = metrics = 0;
	const count = <u32>tally.series;
	hashes = columns.allocateColumn(columns.HASHES, count, 3);
	faults = columns.allocateColumn(columns.FAULTS, count, 0);
	labelEnds = columns.allocateColumn(columns.LABEL_ENDS, count, 2);
	labelRefs = columns.allocateColumn(columns.LABEL_REFS, <u32>tally.labels * 4, 2);
	sampleEnds = columns.allocateColumn(columns.SAMPLE_ENDS, count, 2);
	timestamps = columns.allocateColumn(columns.TIMESTAMPS, <u32>tally.samples, 3);
	values = columns.allocateColumn(columns.VALUES, <u32>tally.samples, 3);
	isStarted = false;
	starts = tally.hasStarts
		? columns.allocateColumn(columns.START_TIMESTAMPS, <u32>tally.samples, 3)
		: <usize>0;
	deltas = count === 0 ? <usize>0 : allocate(<usize>count);
	exemplarEnds = histogramEnds = 0;
	if (tally.metrics !== 0) {
		columns.presentOption(columns.METADATA);
		families = columns.allocateColumn(columns.FAMILY_REFS, <u32>tally.metrics * 2, 2);
		types = columns.allocateColumn(columns.TYPES, <u32>tally.metrics, 0);
		helps = columns.allocateColumn(columns.HELP_REFS, <u32>tally.metrics * 2, 2);
		units = columns.allocateColumn(columns.UNIT_REFS, <u32>tally.metrics * 2, 2);
	}
	if (tally.exemplars !== 0) {
		columns.presentOption(columns.EXEMPLARS);
		exemplarEnds = columns.allocateColumn(columns.EXEMPLAR_ENDS, count, 2);
	}
	if (tally.histograms !== 0) {
		columns.presentOption(columns.HISTOGRAMS);
		histogramEnds = columns.allocateColumn(columns.HISTOGRAM_ENDS, count, 2);
	}
}

/** The place for the labels of the next series. */
export function nextLabels(): usize {
	return labelRefs + labels * LABEL_SIZE;
}

/** Times are milliseconds; `start` 0 is not known. */
export function addSample(time: f64, value: f64, start: f64): void {
	const at = samples << 3;
	store<f64>(timestamps + at, time);
	// As an integer: the bits of the staleness marker must stay.
	store<u64>(values + at, reinterpret<u64>(value));
	if (starts !== 0) {
		store<f64>(starts + at, start);
		if (start !== 0) isStarted = true;
	}
	samples++;
}

/** The series has `count` labels at `nextLabels`, and what was added since the last one. */
export function endSeries(count: usize, isDelta: bool, exemplars: u32, histograms: u32): void {
	const at = series << 2;
	hashSeries(output, nextLabels(), count, hashes + (series << 3));
	labels += count;
	store<u8>(faults + series, 0);
	store<u8>(deltas + series, isDelta ? 1 : 0);
	store<u32>(labelEnds + at, <u32>labels);
	store<u32>(sampleEnds + at, <u32>samples);
	if (exemplarEnds !== 0) store<u32>(exemplarEnds + at, exemplars);
	if (histogramEnds !== 0) store<u32>(histogramEnds + at, histograms);
	series++;
}

/** What a metric means. References are offset and size. */
export function addMetadata(
	name: usize,
	nameSize: usize,
	type: u32,
	help: usize,
	helpSize: usize,
	unit: usize,
	unitSize: usize,
): void {
	const at = metrics << 3;
	storeRef(families + at, name, nameSize);
	storeRef(helps + at, help, helpSize);
	storeRef(units + at, unit, unitSize);
	store<u8>(types + metrics, <u8>type);
	metrics++;
}

export function storeRef(to: usize, place: usize, size: usize): void {
	store<u32>(to, <u32>place);
	store<u32>(to, <u32>size, 4);
}

/** Lets go of the room that was not needed. */
export function finishFill(): void {
	finishHashes();
	const count = <u32>series;
	columns.shortenColumn(columns.HASHES, count);
	columns.shortenColumn(columns.FAULTS, count);
	columns.shortenColumn(columns.LABEL_ENDS, count);
	columns.shortenColumn(columns.SAMPLE_ENDS, count);
	columns.shortenColumn(columns.LABEL_REFS, <u32>labels * 4);
	columns.shortenColumn(columns.TIMESTAMPS, <u32>samples);
	columns.shortenColumn(columns.VALUES, <u32>samples);
	if (starts !== 0) columns.shortenColumn(columns.START_TIMESTAMPS, isStarted ? <u32>samples : 0);
	if (series === 0) {
		release(deltas, deltas);
		deltas = 0;
	}
	if (tally.metrics !== 0) {
		columns.shortenColumn(columns.FAMILY_REFS, <u32>metrics * 2);
		columns.shortenColumn(columns.TYPES, <u32>metrics);
		columns.shortenColumn(columns.HELP_REFS, <u32>metrics * 2);
		columns.shortenColumn(columns.UNIT_REFS, <u32>metrics * 2);
		if (metrics === 0) columns.absentOption(columns.METADATA);
	}
	if (exemplarEnds !== 0) columns.shortenColumn(columns.EXEMPLAR_ENDS, count);
	if (histogramEnds !== 0) columns.shortenColumn(columns.HISTOGRAM_ENDS, count);
}

/** Releases everything after a fault. */
export function dropFill(): void {
	columns.releaseColumns();
	release(deltas, deltas);
}
