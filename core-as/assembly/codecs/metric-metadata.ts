import { MAX_METADATA, tooMany } from './metric-bounds';
import {
	allocateColumn,
	FAMILY_REFS,
	HELP_REFS,
	METADATA,
	presentOption,
	REF_SIZE,
	TYPES,
	UNIT_REFS,
} from './metric-columns';
import {
	BYTES,
	cursor,
	expectType,
	field,
	readLength,
	readTag,
	readVarint,
	skipBytes,
	skipField,
	VARINT,
	varint,
} from './protobuf-reader';
import { resolveSymbol } from './symbols';

// What metrics mean. 1.0 describes families:
//   MetricMetadata { MetricType type = 1; string metric_family_name = 2; string help = 4; string unit = 5; }
// 2.0 describes series, with numbers of symbols:
//   Metadata { MetricType type = 1; uint32 help_ref = 3; uint32 unit_ref = 4; }
// The types have the same numbers in both.

/** State set, the last type; one that is not known counts as unknown. */
const LAST_TYPE: u32 = 7;

let entries: u32 = 0;
let families: usize = 0;
let types: usize = 0;
let helps: usize = 0;
let units: usize = 0;
let next: usize = 0;

export function startCountingMetadata(): void {
	entries = 0;
}

/** Counts one family. */
export function countFamily(at: usize): bool {
	return ++entries > MAX_METADATA ? tooMany(at) : true;
}

/** Says that a series is described: then every series has an entry, and their number is bounded with that of the series. */
export function countDescribedSeries(): void {
	entries = 1;
}

/** Bytes of the columns of families. */
export function familyBytes(): u64 {
	return <u64>entries * 25;
}

/** Bytes of the columns of series. */
export function seriesMetadataBytes(series: u32): u64 {
	return entries === 0 ? 0 : <u64>series * 17;
}

export function startFamilies(): void {
	next = 0;
	if (entries === 0) return;
	families = allocateColumn(FAMILY_REFS, entries * 2, 2);
	startEntries(entries);
}

/** One entry a series, all of unknown type until they are filled. */
export function startSeriesMetadata(series: u32): void {
	if (entries !== 0) startEntries(series);
}

function startEntries(count: u32): void {
	presentOption(METADATA);
	types = allocateColumn(TYPES, count, 0);
	helps = allocateColumn(HELP_REFS, count * 2, 2);
	units = allocateColumn(UNIT_REFS, count * 2, 2);
	memory.fill(types, 0, <usize>count);
	memory.fill(helps, 0, <usize>count * REF_SIZE);
	memory.fill(units, 0, <usize>count * REF_SIZE);
}

/** Reads the message of a family from the cursor to `end`. */
export function fillFamily(body: usize, end: usize): bool {
	const at = next * REF_SIZE;
	store<u64>(families + at, 0);
	while (cursor < end) {
		const tagStart = cursor;
		if (!readTag(end)) return false;
		if (field === 1) {
			if (!fillType(end, tagStart, next)) return false;
		} else if (field === 2 || field === 4 || field === 5) {
			const ref = (field === 2 ? families : field === 4 ? helps : units) + at;
			if (!expectType(BYTES, tagStart) || !readLength(end)) return false;
			store<u32>(ref, <u32>(cursor - body));
			store<u32>(ref, <u32>varint, 4);
			skipBytes(<usize>varint);
		} else if (!skipField(end)) return false;
	}
	next++;
	return true;
}

/** Reads the description of a series from the cursor to `end`: the numbers of its symbols, until `endMetadataOf`. */
export function fillSeriesMetadata(end: usize, series: usize): bool {
	while (cursor < end) {
		const tagStart = cursor;
		if (!readTag(end)) return false;
		if (field === 1) {
			if (!fillType(end, tagStart, series)) return false;
		} else if (field === 3 || field === 4) {
			const ref = (field === 3 ? helps : units) + series * REF_SIZE;
			if (!expectType(VARINT, tagStart) || !readVarint(end)) return false;
			store<u32>(ref, <u32>varint);
		} else if (!skipField(end)) return false;
	}
	return true;
}

/** Puts references in the place of the numbers, of which the last ones count; false when a symbol is not there. */
export function endMetadataOf(series: usize): bool {
	if (entries === 0) return true;
	const help = helps + series * REF_SIZE;
	const unit = units + series * REF_SIZE;
	const hasHelp = resolveSymbol(load<u32>(help), help);
	return resolveSymbol(load<u32>(unit), unit) && hasHelp;
}

function fillType(end: usize, tagStart: usize, entry: usize): bool {
	if (!expectType(VARINT, tagStart) || !readVarint(end)) return false;
	store<u8>(types + entry, <u32>varint > LAST_TYPE ? 0 : <u8>varint);
	return true;
}
