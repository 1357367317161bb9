import { MAX_SAMPLES, tooMany } from './metric-bounds';
import { allocateColumn, START_TIMESTAMPS, TIMESTAMPS, VALUES } from './metric-columns';
import { startTimeOf, timeOf } from './metric-time';
import {
	cursor,
	expectType,
	FIXED64,
	field,
	hasFixed64,
	readTag,
	readVarint,
	skipField,
	skipTo,
	takeFixed64,
	VARINT,
	varint,
} from './protobuf-reader';

// Float samples of remote write: Sample { double value = 1; int64 timestamp = 2; int64 start_timestamp = 3; },
// the last one in 2.0 only. They are counted first, then filled into columns of that size.

/** Tag of a sample in a series of either version, a message. */
export const SAMPLE_TAG: u32 = 0x12;

let samples: u32 = 0;
let timestamps: usize = 0;
let values: usize = 0;
/** 0 until a sample has a start time. */
let starts: usize = 0;
/** Samples filled so far. */
export let nextSample: usize = 0;

export function startCountingSamples(): void {
	samples = 0;
}

/** @param at its tag */
export function countSample(at: usize): bool {
	return ++samples > MAX_SAMPLES ? tooMany(at) : true;
}

/** Bytes that the columns may take. */
export function sampleBytes(): u64 {
	return <u64>samples * 24;
}

export function startSamples(): void {
	timestamps = allocateColumn(TIMESTAMPS, samples, 3);
	values = allocateColumn(VALUES, samples, 3);
	starts = 0;
	nextSample = 0;
}

/**
 * Fast path: a sample as every sender writes it, `12 len 09 value 10 time` with times of 6 bytes
 * (dates from 2004 to 2109); false, and nothing done, when it is anything else.
 */
export function fillPlainSample(p: usize, end: usize): bool {
	if (end - p < 18 || load<u16>(p) !== 0x1012 || load<u8>(p, 2) !== 0x09 || load<u8>(p, 11) !== 0x10)
		return false;
	// 6 groups of 7 bits: all but the last byte go on. The two bytes above them are not the sample's.
	const time = load<u64>(p, 12) & 0xffffffffffff;
	if ((time & 0x808080808080) !== 0x008080808080) return false;
	const pairs = (time & 0x007f007f007f) | ((time & 0x7f007f007f00) >> 1);
	const millis = (pairs & 0x3fff) | ((pairs >> 2) & 0xfffc000) | ((pairs >> 4) & 0x3fff0000000);
	store<u64>(values + (nextSample << 3), load<u64>(p, 3));
	store<f64>(timestamps + (nextSample << 3), <f64>millis);
	nextSample++;
	skipTo(p + 18);
	return true;
}

/** Reads the message from the cursor to `end`. @param startField number of the start time, 0 where there is none */
export function fillSample(end: usize, startField: u32): bool {
	let value: u64 = 0;
	let time: i64 = 0;
	let start: i64 = 0;
	while (cursor < end) {
		const tagStart = cursor;
		if (!readTag(end)) return false;
		if (field === 1) {
			if (!expectType(FIXED64, tagStart) || !hasFixed64(end)) return false;
			value = takeFixed64();
		} else if (field === 2) {
			if (!expectType(VARINT, tagStart) || !readVarint(end)) return false;
			time = <i64>varint;
		} else if (field === startField) {
			if (!expectType(VARINT, tagStart) || !readVarint(end)) return false;
			start = <i64>varint;
		} else if (!skipField(end)) return false;
	}
	const at = nextSample << 3;
	store<u64>(values + at, value);
	store<f64>(timestamps + at, timeOf(time));
	if (start !== 0) store<f64>(startColumn() + at, startTimeOf(start));
	nextSample++;
	return true;
}

/** Gives the samples from `first` on that have no start time the one of their series. */
export function startSamplesAt(first: usize, start: i64): void {
	if (start === 0 || first === nextSample) return;
	const column = startColumn();
	for (let at = first << 3; at < nextSample << 3; at += 8) {
		if (load<f64>(column + at) === 0) store<f64>(column + at, startTimeOf(start));
	}
}

function startColumn(): usize {
	if (starts === 0) {
		starts = allocateColumn(START_TIMESTAMPS, samples, 3);
		memory.fill(starts, 0, (<usize>samples) << 3);
	}
	return starts;
}
