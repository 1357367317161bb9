import { dropList, List } from '../../abi/list';
import { RESULT, release, releaseList, storeList } from '../../abi/memory';
import * as pprof from '../../codecs/pprof';
import * as columns from '../../codecs/pprof-columns';
import { frameFiles, frameLines, frameNames } from '../../codecs/pprof-frames';
import { duration, endIndex, period, periodType, time, typeCount } from '../../codecs/pprof-index';
import { labelEnds, labelKeys, labelNumbers, labelTexts, labelUnits } from '../../codecs/pprof-labels';
import { endSamples, sampleValues, stackEnds, stackFrames } from '../../codecs/pprof-samples';
import { cursor, FINE } from '../../codecs/protobuf-reader';
import { output, releaseOutput, written } from '../../codecs/row-writer';

/** Lists of the record `columns`. */
const LISTS: usize = 15;

/** Offset at 8, reason at 12: both results of this file are aligned to 8. */
function refuse(fault: i32, body: usize): usize {
	store<u8>(RESULT, 1);
	store<u32>(RESULT, <u32>(cursor - body), 8);
	store<u8>(RESULT, <u8>fault, 12);
	return RESULT;
}

/** result<rows, decode-error>: a list at 8, the count at 16, times at 24 and 32. */
export function pprof_decode(body: usize, size: usize, prefix: usize, prefixSize: usize, now: u64): usize {
	const fault = pprof.decode(body, size, prefix, prefixSize, now);
	release(body, size);
	release(prefix, prefixSize);
	if (fault !== FINE) {
		releaseOutput();
		return refuse(fault, body);
	}
	store<u8>(RESULT, 0);
	storeList(8, output, written());
	store<u32>(RESULT, pprof.rows, 16);
	store<u64>(RESULT, pprof.start, 24);
	store<u64>(RESULT, pprof.end, 32);
	return RESULT;
}

export function pprof_decode_post(result: usize): void {
	if (load<u8>(result) === 0) releaseOutput();
}

/** result<columns, decode-error>: lists from 8 on, then the period's type, the period and the times. */
export function pprof_decode_columns(body: usize, size: usize): usize {
	const fault = columns.decodeColumns(body, size);
	if (fault === FINE) storeColumns();
	endSamples();
	endIndex();
	release(body, size);
	return fault === FINE ? RESULT : refuse(fault, body);
}

export function pprof_decode_columns_post(result: usize): void {
	if (load<u8>(result) !== 0) return;
	for (let i: usize = 0; i < LISTS; i++) releaseList(8 + (i << 3));
}

function storeColumns(): void {
	store<u8>(RESULT, 0);
	keep(8, columns.textBytes, columns.textBytesUsed);
	keep(16, columns.textEnds, columns.textEndsUsed);
	give(24, frameNames);
	give(32, frameFiles);
	give(40, frameLines);
	give(48, stackEnds);
	give(56, stackFrames);
	keep(64, columns.typeValues, <usize>sampleValues.used);
	keep(72, columns.typeNames, <usize>typeCount);
	keep(80, columns.typeUnits, <usize>typeCount);
	give(88, labelEnds);
	give(96, labelKeys);
	give(104, labelTexts);
	give(112, labelNumbers);
	give(120, labelUnits);
	store<u32>(RESULT, load<u32>(periodType), 128);
	store<u32>(RESULT, load<u32>(periodType, 4), 132);
	store<u64>(RESULT, period, 136);
	store<u64>(RESULT, time, 144);
	store<u64>(RESULT, duration, 152);
}

/** A list without elements is nobody's to free later. */
function keep(offset: usize, pointer: usize, length: usize): void {
	if (length === 0) heap.free(pointer);
	storeList(offset, pointer, length);
}

/** Hands a list's memory to the result. */
function give(offset: usize, list: List): void {
	keep(offset, list.at, <usize>list.used);
	dropList(list);
}
