import { allocate } from '../../abi/memory';
import { md5 } from '../../codecs/md5';
import { hexDigit } from '../../codecs/row-writer';
import { pattern, patternSize, patternWords, readPattern } from '../../parsers/log-pattern';

/** As much of a pattern's first message as is kept. */
export const MAX_SAMPLE: usize = 4096;
/** The hash of what found no place. */
const NO_HASH: u32 = 0x30;

/** A pattern of one level, or the messages of a level that has none. */
@unmanaged
export class Pattern {
	level: u32;
	words: u32;
	/** Its text, and the first message; 0: none. */
	text: usize;
	textSize: usize;
	sample: usize;
	sampleSize: usize;
	messages: u64;
	hashLow: u64;
	hashHigh: u64;
}

/** Patterns in the order of their coming, and how many of each level there are. */
@unmanaged
export class PatternTable {
	entries: usize;
	size: u32;
	capacity: u32;
	maxPerLevel: u32;
}

const SIZE: usize = offsetof<Pattern>();
const hash: usize = memory.data(16, 8);
const UNCLASSIFIED = 'unclassified pattern (pattern limit reached)';

export function openTable(maxPerLevel: u32): PatternTable {
	const table = changetype<PatternTable>(allocate(offsetof<PatternTable>()));
	table.capacity = 16;
	table.size = 0;
	table.maxPerLevel = maxPerLevel;
	table.entries = allocate(<usize>table.capacity * SIZE);
	return table;
}

export function closeTable(table: PatternTable): void {
	for (let i: u32 = 0; i < table.size; i++) {
		const entry = patternAt(table, i);
		if (entry.text !== 0) heap.free(entry.text);
		if (entry.sample !== 0) heap.free(entry.sample);
	}
	heap.free(table.entries);
	heap.free(changetype<usize>(table));
}

export function patternAt(table: PatternTable, i: u32): Pattern {
	return changetype<Pattern>(table.entries + <usize>i * SIZE);
}

/** Counts a message of a level without patterns. */
export function countLevel(table: PatternTable, level: u32): void {
	for (let i: u32 = 0; i < table.size; i++) {
		const entry = patternAt(table, i);
		if (entry.level === level) {
			entry.messages++;
			return;
		}
	}
	add(table, level).messages = 1;
}

/** The pattern under which a message is counted: the same, else one that differs in a word, else a new one. */
export function countPattern(table: PatternTable, level: u32, message: usize, size: usize): Pattern {
	readPattern(message, size);
	md5(pattern, patternSize, hash);
	const low = load<u64>(hash);
	const high = load<u64>(hash, 8);
	let ofLevel: u32 = 0;
	let similar: Pattern | null = null;
	let unclassified: Pattern | null = null;
	for (let i: u32 = 0; i < table.size; i++) {
		const entry = patternAt(table, i);
		if (entry.level !== level) continue;
		if (entry.text === 0) {
			unclassified = entry;
			continue;
		}
		ofLevel++;
		if (entry.hashLow === low && entry.hashHigh === high) {
			entry.messages++;
			return entry;
		}
		if (similar === null && entry.words === patternWords && differsInOne(entry)) similar = entry;
	}
	if (similar !== null) {
		similar.messages++;
		return similar;
	}
	if (ofLevel >= table.maxPerLevel) {
		if (unclassified === null) {
			unclassified = add(table, level);
			unclassified.sampleSize = UNCLASSIFIED.length;
			unclassified.sample = allocate(unclassified.sampleSize);
			for (let i: i32 = 0; i < UNCLASSIFIED.length; i++)
				store<u8>(unclassified.sample + <usize>i, <u8>UNCLASSIFIED.charCodeAt(i));
		}
		unclassified.messages++;
		return unclassified;
	}
	const entry = add(table, level);
	entry.words = patternWords;
	entry.hashLow = low;
	entry.hashHigh = high;
	entry.messages = 1;
	entry.text = allocate(patternSize);
	entry.textSize = patternSize;
	memory.copy(entry.text, pattern, patternSize);
	entry.sampleSize = cutText(message, size, MAX_SAMPLE);
	entry.sample = allocate(entry.sampleSize);
	memory.copy(entry.sample, message, entry.sampleSize);
	return entry;
}

/** 32 hexadecimal digits; zeros for what found no place. */
export function writeHash(to: usize, entry: Pattern): void {
	if (entry.text === 0) {
		memory.fill(to, <u8>NO_HASH, 32);
		return;
	}
	const from = changetype<usize>(entry) + offsetof<Pattern>('hashLow');
	for (let i: usize = 0; i < 16; i++) {
		const byte = <u32>load<u8>(from + i);
		store<u8>(to + i * 2, hexDigit(byte >> 4));
		store<u8>(to + i * 2, hexDigit(byte & 15), 1);
	}
}

/** Bytes of a text that fit, without a piece of a character. */
export function cutText(text: usize, size: usize, most: usize): usize {
	if (size <= most) return size;
	let end = most;
	while (end > 0 && (load<u8>(text + end) & 0xc0) === 0x80) end--;
	return end;
}

/** Whether the entry's words are those of `pattern` but for one. Both have as many. */
function differsInOne(entry: Pattern): bool {
	let differences = 0;
	let p = entry.text;
	let q = pattern;
	const pEnd = p + entry.textSize;
	const qEnd = q + patternSize;
	while (p < pEnd) {
		const pWord = p;
		const qWord = q;
		while (p < pEnd && load<u8>(p) !== 0x20) p++;
		while (q < qEnd && load<u8>(q) !== 0x20) q++;
		const size = p - pWord;
		if (size !== q - qWord || memory.compare(pWord, qWord, size) !== 0) {
			if (++differences > 1) return false;
		}
		p++;
		q++;
	}
	return true;
}

function add(table: PatternTable, level: u32): Pattern {
	if (table.size === table.capacity) {
		const grown = allocate(<usize>table.capacity * 2 * SIZE);
		memory.copy(grown, table.entries, <usize>table.size * SIZE);
		heap.free(table.entries);
		table.entries = grown;
		table.capacity *= 2;
	}
	const entry = patternAt(table, table.size++);
	memory.fill(changetype<usize>(entry), 0, SIZE);
	entry.level = level;
	return entry;
}
