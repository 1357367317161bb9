import { lend } from '../abi/lent';
import { allocate, RESULT, release } from '../abi/memory';

// The record `columns` of wit/codexray-core/metric-columns.wit as the canonical ABI lays it out, so that what a decoder
// fills is what the host reads, and what an encoder reads is what the host wrote. A list is a pointer and a length in
// elements; an option is a byte in front of its record.

/** Lists of the record, by their offset. */
export const HASHES: usize = 0;
export const FAULTS: usize = 8;
export const LABEL_ENDS: usize = 16;
export const LABEL_REFS: usize = 24;
export const SAMPLE_ENDS: usize = 32;
export const TIMESTAMPS: usize = 40;
export const VALUES: usize = 48;
export const TEXT: usize = 56;
export const START_TIMESTAMPS: usize = 64;

/** Options, by the offset of their byte, and the lists in them. */
export const METADATA: usize = 72;
export const FAMILY_REFS: usize = 76;
export const TYPES: usize = 84;
export const HELP_REFS: usize = 92;
export const UNIT_REFS: usize = 100;

export const EXEMPLARS: usize = 108;
export const EXEMPLAR_ENDS: usize = 112;
export const EXEMPLAR_FAULTS: usize = 120;
export const EXEMPLAR_LABEL_ENDS: usize = 128;
export const EXEMPLAR_LABEL_REFS: usize = 136;
export const EXEMPLAR_TIMESTAMPS: usize = 144;
export const EXEMPLAR_VALUES: usize = 152;

export const HISTOGRAMS: usize = 160;
export const HISTOGRAM_ENDS: usize = 164;
export const HISTOGRAM_TIMESTAMPS: usize = 172;
export const HISTOGRAM_START_TIMESTAMPS: usize = 180;
export const KINDS: usize = 188;
export const SCHEMAS: usize = 196;
export const ZERO_THRESHOLDS: usize = 204;
export const ZERO_COUNTS: usize = 212;
export const COUNTS: usize = 220;
export const SUMS: usize = 228;
export const SPAN_ENDS: usize = 236;
export const POSITIVE_SPANS: usize = 244;
export const SPAN_OFFSETS: usize = 252;
export const SPAN_LENGTHS: usize = 260;
export const BUCKET_ENDS: usize = 268;
export const BUCKET_COUNTS: usize = 276;
export const CUSTOM_ENDS: usize = 284;
export const CUSTOM_VALUES: usize = 292;

/** Bytes of the record. */
export const COLUMNS_SIZE: usize = 300;

/** A reference is an offset and a length, a label the references of its name and its value. */
export const REF_SIZE: usize = 8;

/** Where the one record of results lies: behind the discriminant of a `result`. */
const RECORD: usize = RESULT + 4;

/** Starts over with empty lists and no options. The host takes any aligned pointer for an empty list, 0 too. */
export function startColumns(): void {
	for (let slot: usize = 0; slot < COLUMNS_SIZE; slot += 4) store<u32>(RECORD + slot, 0);
}

/** Says that an option is there; its lists are empty until they are allocated. */
export function presentOption(option: usize): void {
	store<u8>(RECORD + option, 1);
}

/** Takes back an option whose lists are all empty. */
export function absentOption(option: usize): void {
	store<u8>(RECORD + option, 0);
}

/** A list of `length` elements of `1 << shift` bytes; its pointer, which nobody may use when `length` is 0. */
export function allocateColumn(list: usize, length: u32, shift: u32): usize {
	const pointer = length === 0 ? <usize>8 : allocate((<usize>length) << (<usize>shift));
	store<usize>(RECORD + list, pointer);
	store<u32>(RECORD + list, length, 4);
	return pointer;
}

/** Keeps the first `length` elements; at most as many as were allocated. */
export function shortenColumn(list: usize, length: u32): void {
	const pointer = load<usize>(RECORD + list);
	release(pointer, length === 0 ? <usize>load<u32>(RECORD + list, 4) : 0);
	store<u32>(RECORD + list, length, 4);
}

/** Releases the lists of the record of results, whole or not. */
export function releaseColumns(): void {
	releaseRecord(RECORD);
}

/** Lends the lists of the record of results. */
export function lendColumns(): void {
	lendLists(HASHES, METADATA);
	if (load<u8>(RECORD + METADATA) !== 0) lendLists(FAMILY_REFS, EXEMPLARS);
	if (load<u8>(RECORD + EXEMPLARS) !== 0) lendLists(EXEMPLAR_ENDS, HISTOGRAMS);
	if (load<u8>(RECORD + HISTOGRAMS) !== 0) lendLists(HISTOGRAM_ENDS, COLUMNS_SIZE);
}

function lendLists(from: usize, to: usize): void {
	for (let list = from; list < to; list += 8) {
		lend(load<usize>(RECORD + list), <usize>load<u32>(RECORD + list, 4));
	}
}

/** Releases the lists of a record wherever it lies. */
export function releaseRecord(record: usize): void {
	releaseLists(record, HASHES, METADATA);
	if (load<u8>(record + METADATA) !== 0) releaseLists(record, FAMILY_REFS, EXEMPLARS);
	if (load<u8>(record + EXEMPLARS) !== 0) releaseLists(record, EXEMPLAR_ENDS, HISTOGRAMS);
	if (load<u8>(record + HISTOGRAMS) !== 0) releaseLists(record, HISTOGRAM_ENDS, COLUMNS_SIZE);
}

function releaseLists(record: usize, from: usize, to: usize): void {
	for (let list = from; list < to; list += 8) {
		release(load<usize>(record + list), <usize>load<u32>(record + list, 4));
	}
}
