import { allocate } from '../abi/memory';
import { putFloat, putHead, putNumber, putText, putVarint, start, startWriting } from './backward-writer';
import { checkColumns, MAX_MESSAGE, TOO_LARGE } from './column-check';
import { column, endOf, firstOf, isPresent, lengthOf } from './column-source';
import { histogramBound, putHistogram } from './histogram-encode';
import {
	EXEMPLAR_ENDS,
	EXEMPLAR_LABEL_ENDS,
	EXEMPLAR_LABEL_REFS,
	EXEMPLAR_TIMESTAMPS,
	EXEMPLAR_VALUES,
	EXEMPLARS,
	FAMILY_REFS,
	HELP_REFS,
	HISTOGRAM_ENDS,
	HISTOGRAMS,
	LABEL_ENDS,
	LABEL_REFS,
	METADATA,
	REF_SIZE,
	TYPES,
	UNIT_REFS,
} from './metric-columns';
import { FINE } from './protobuf-reader';
import { putSamples, sampleBound } from './sample-encode';
import {
	isTableFull,
	releaseBuilt,
	startBuilding,
	symbolAt,
	symbolCount,
	symbolOf,
	symbolSize,
	symbolText,
} from './symbol-builder';

// io.prometheus.write.v2.Request, backwards; remote-write-v2.ts has the fields. Start times are written into samples and
// histograms, where the specification has them now.

const SYMBOL: u32 = 0x22;
const TIMESERIES: u32 = 0x2a;
const LABEL_REFS_FIELD: u32 = 0x0a;
const HISTOGRAM: u32 = 0x1a;
const EXEMPLAR: u32 = 0x22;
const SERIES_METADATA: u32 = 0x2a;
const EXEMPLAR_VALUE: u32 = 0x11;
const EXEMPLAR_TIMESTAMP: u32 = 0x18;
const METADATA_TYPE: u32 = 0x08;
const METADATA_HELP: u32 = 0x18;
const METADATA_UNIT: u32 = 0x20;

/** At most this many bytes a message without its lists, a symbol without its text, and a number of a symbol. */
const MESSAGE_BOUND: u64 = 48;
const SYMBOL_BOUND: u64 = 6;
const NUMBER_BOUND: u64 = 5;

/** Per reference of a list, the number of its symbol; 0 where the list is not there. */
let labelNumbers: usize = 0;
let exemplarNumbers: usize = 0;
let helpNumbers: usize = 0;
let unitNumbers: usize = 0;

/** Writes the opened columns; FINE, or why not. Metadata by family has no place in this version. */
export function encodeV2(): i32 {
	const refused = checkColumns();
	if (refused !== FINE) return refused;
	startBuilding();
	const isDescribed = isPresent(METADATA) && lengthOf(FAMILY_REFS) === 0 && lengthOf(TYPES) !== 0;
	labelNumbers = numbersOf(LABEL_REFS);
	exemplarNumbers = isPresent(EXEMPLARS) ? numbersOf(EXEMPLAR_LABEL_REFS) : 0;
	helpNumbers = isDescribed ? numbersOf(HELP_REFS) : 0;
	unitNumbers = isDescribed ? numbersOf(UNIT_REFS) : 0;
	const bound = messageBound();
	const isLarge = isTableFull || bound > MAX_MESSAGE;
	if (!isLarge) {
		startWriting(<usize>bound);
		for (let series = lengthOf(LABEL_ENDS); series > 0; series--) putSeries(series - 1, isDescribed);
		for (let number = symbolCount; number > 0; number--) {
			putText(SYMBOL, symbolAt(number - 1), symbolSize(number - 1));
		}
	}
	heap.free(labelNumbers);
	if (exemplarNumbers !== 0) heap.free(exemplarNumbers);
	if (isDescribed) {
		heap.free(helpNumbers);
		heap.free(unitNumbers);
	}
	releaseBuilt();
	return isLarge ? TOO_LARGE : FINE;
}

function messageBound(): u64 {
	let bound = <u64>lengthOf(LABEL_ENDS) * MESSAGE_BOUND + sampleBound();
	bound += symbolText + <u64>symbolCount * SYMBOL_BOUND;
	bound += <u64>(lengthOf(LABEL_REFS) >> 1) * NUMBER_BOUND;
	if (isPresent(EXEMPLARS)) {
		bound += <u64>lengthOf(EXEMPLAR_VALUES) * MESSAGE_BOUND;
		bound += <u64>(lengthOf(EXEMPLAR_LABEL_REFS) >> 1) * NUMBER_BOUND;
	}
	return isPresent(HISTOGRAMS) ? bound + histogramBound() : bound;
}

/** The symbols of the references of a list, which they join; the caller frees the array. */
function numbersOf(refs: usize): usize {
	const count = lengthOf(refs) >> 1;
	const numbers = allocate(count << 2);
	const first = column(refs);
	for (let i: usize = 0; i < count; i++) store<u32>(numbers + (i << 2), symbolOf(first + i * REF_SIZE));
	return numbers;
}

function putSeries(series: usize, isDescribed: bool): void {
	const end = start;
	if (isDescribed) putMetadata(series);
	if (isPresent(EXEMPLARS)) {
		const ends = column(EXEMPLAR_ENDS);
		const first = firstOf(ends, series);
		for (let i = endOf(ends, series); i > first; i--) putExemplar(i - 1);
	}
	if (isPresent(HISTOGRAMS)) {
		const ends = column(HISTOGRAM_ENDS);
		const first = firstOf(ends, series);
		for (let i = endOf(ends, series); i > first; i--) putHistogram(i - 1, HISTOGRAM, true);
	}
	putSamples(series, true);
	putLabels(column(LABEL_ENDS), labelNumbers, series);
	putHead(TIMESERIES, end);
}

/** Writes the labels of item `i`; series and exemplars have them in field 1, two numbers each. */
function putLabels(ends: usize, numbers: usize, i: usize): void {
	const end = start;
	const first = firstOf(ends, i) << 1;
	for (let j = endOf(ends, i) << 1; j > first; j--) putVarint(<u64>load<u32>(numbers + ((j - 1) << 2)));
	if (start !== end) putHead(LABEL_REFS_FIELD, end);
}

function putExemplar(i: usize): void {
	const end = start;
	const time = load<f64>(column(EXEMPLAR_TIMESTAMPS) + (i << 3));
	if (time !== 0) putNumber(EXEMPLAR_TIMESTAMP, <u64>(<i64>time));
	putFloat(EXEMPLAR_VALUE, load<u64>(column(EXEMPLAR_VALUES) + (i << 3)));
	putLabels(column(EXEMPLAR_LABEL_ENDS), exemplarNumbers, i);
	putHead(EXEMPLAR, end);
}

/** Writes what a series means; nothing where all is unknown. */
function putMetadata(series: usize): void {
	const end = start;
	const unit = load<u32>(unitNumbers + (series << 2));
	const help = load<u32>(helpNumbers + (series << 2));
	const type = load<u8>(column(TYPES) + series);
	if (unit !== 0) putNumber(METADATA_UNIT, <u64>unit);
	if (help !== 0) putNumber(METADATA_HELP, <u64>help);
	if (type !== 0) putNumber(METADATA_TYPE, <u64>type);
	if (start !== end) putHead(SERIES_METADATA, end);
}
