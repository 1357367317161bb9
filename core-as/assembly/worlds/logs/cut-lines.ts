import { allocate } from '../../abi/memory';
import { STDERR, STDOUT } from '../../parsers/log-entry';
import { MAX_MESSAGE } from '../../parsers/log-pattern';
import { cutText } from './patterns';

// A runtime writes a long line in parts (16 KiB each), and between them what the other stream prints. As a file has but one
// place to go on from, all of it is held until no line is open any more.

/** Bytes held of one file. At the bound lines end where they are. */
export const MAX_HELD: usize = 256 * 1024;
/** A whole line waits no longer for the rest of another, and a line no longer for the rest of its own, in ns. */
export const MAX_WAIT: u64 = 5_000_000_000;

/** An entry: offset in the file, time, size, stream, whether it is continued; then its text. */
const ENTRY: usize = 24;

@unmanaged
export class CutLines {
	bytes: usize;
	capacity: usize;
	size: usize;
	/** Offset in the file of the first entry. */
	start: u64;
	/** A bit for each stream of which a line is open, and for each whose open line is too long. */
	open: u32;
	long: u32;
	/** Bytes of the open lines. */
	outSize: usize;
	errSize: usize;
	/** Whole lines that wait, and since when. */
	waiting: u32;
	since: u64;
	/** When the newest part of an open line came. */
	partAt: u64;
	/** Lines that were cut here. */
	cut: u64;
	/** Next entry to read, and up to where those of each stream were read. */
	at: usize;
	outRead: usize;
	errRead: usize;
}

export function openCutLines(): CutLines {
	const size = offsetof<CutLines>();
	const lines = changetype<CutLines>(allocate(size));
	memory.fill(changetype<usize>(lines), 0, size);
	return lines;
}

export function closeCutLines(lines: CutLines): void {
	if (lines.bytes !== 0) heap.free(lines.bytes);
	heap.free(changetype<usize>(lines));
}

export function isHolding(lines: CutLines): bool {
	return lines.size > 0;
}

/** False, with nothing done, when there is no room: then the lines must be taken out. Into an empty one everything fits. */
export function hold(
	lines: CutLines,
	stream: u32,
	text: usize,
	size: usize,
	isPartial: bool,
	start: u64,
	time: u64,
	now: u64,
): bool {
	const bit: u32 = 1 << stream;
	const isOpen = (lines.open & bit) !== 0;
	const before: usize = !isOpen ? 0 : stream === STDOUT ? lines.outSize : lines.errSize;
	const isLong = isOpen && (lines.long & bit) !== 0;
	const kept: usize = isLong ? 0 : cutText(text, size, MAX_MESSAGE - before);
	if (ENTRY + kept > MAX_HELD - lines.size) return false;
	if (lines.size === 0) lines.start = start;
	if (!isOpen) lines.long &= ~bit;
	if (kept < size && !isLong) {
		lines.long |= bit;
		lines.cut++;
	}
	if (isPartial) {
		lines.open |= bit;
		lines.partAt = now;
	} else lines.open &= ~bit;
	if (stream === STDOUT) lines.outSize = before + kept;
	else if (stream === STDERR) lines.errSize = before + kept;
	if (!isPartial && lines.open !== 0) {
		if (lines.waiting === 0) lines.since = now;
		lines.waiting++;
	}
	// Parts of which nothing is kept need no entry, however many come.
	if (isLong && isPartial) return true;
	reserve(lines, ENTRY + kept);
	const entry = lines.bytes + lines.size;
	store<u64>(entry, start);
	store<u64>(entry, time, 8);
	store<u32>(entry, <u32>kept, 16);
	store<u8>(entry, <u8>stream, 20);
	store<u8>(entry, <u8>isPartial, 21);
	memory.copy(entry + ENTRY, text, kept);
	lines.size += ENTRY + kept;
	return true;
}

function reserve(lines: CutLines, size: usize): void {
	const needed = lines.size + size;
	if (needed <= lines.capacity) return;
	let capacity: usize = max<usize>(lines.capacity, 16 * 1024);
	while (capacity < needed) capacity *= 2;
	const bytes = allocate(capacity);
	if (lines.bytes !== 0) {
		memory.copy(bytes, lines.bytes, lines.size);
		heap.free(lines.bytes);
	}
	lines.bytes = bytes;
	lines.capacity = capacity;
}

/** Whether whole lines have waited for long enough. */
export function isOverdue(lines: CutLines, now: u64): bool {
	return lines.waiting > 0 && now - lines.since >= MAX_WAIT;
}

/**
 * Whether there are open lines alone, and their rest has stayed away for so long that they are whole: what a program prints
 * last may have no line feed.
 */
export function isLeft(lines: CutLines, now: u64): bool {
	return lines.open !== 0 && lines.waiting === 0 && now - lines.partAt >= MAX_WAIT;
}

/** Before lines are taken out: those that are open are whole. */
export function end(lines: CutLines): void {
	lines.open = 0;
}

/** The line that `takeLine` found, joined, its time and its offset in the file. */
export const joined: usize = allocate(MAX_MESSAGE);
export let joinedSize: usize = 0;
export let joinedTime: u64 = 0;
export let joinedStart: u64 = 0;

/** Before lines are taken out. What is open ends here, and is counted as cut. */
export function startTaking(lines: CutLines): void {
	lines.cut += popcnt(lines.open);
	lines.at = lines.bytes;
	lines.outRead = lines.bytes;
	lines.errRead = lines.bytes;
}

/** Takes lines out in the order in which they began; false when there is no more. */
export function takeLine(lines: CutLines): bool {
	const end = lines.bytes + lines.size;
	while (lines.at < end) {
		const entry = lines.at;
		lines.at = next(entry);
		const stream = streamOf(entry);
		if (entry < (stream === STDOUT ? lines.outRead : stream === STDERR ? lines.errRead : 0)) continue;
		joinedStart = load<u64>(entry);
		joinedTime = load<u64>(entry, 8);
		joinedSize = 0;
		const read = join(entry, end, stream);
		if (stream === STDOUT) lines.outRead = read;
		else if (stream === STDERR) lines.errRead = read;
		return true;
	}
	return false;
}

/** Joins a line's parts from its first one on; returns where the entry behind the last one begins. */
function join(first: usize, end: usize, stream: u32): usize {
	for (let entry = first; entry < end; entry = next(entry)) {
		if (streamOf(entry) !== stream) continue;
		const size = <usize>load<u32>(entry, 16);
		memory.copy(joined + joinedSize, entry + ENTRY, size);
		joinedSize += size;
		if (load<u8>(entry, 21) === 0) return next(entry);
	}
	return end;
}

function streamOf(entry: usize): u32 {
	return <u32>load<u8>(entry, 20);
}

function next(entry: usize): usize {
	return entry + ENTRY + <usize>load<u32>(entry, 16);
}

/** After lines were taken out: long lines are rare, so the memory is given back. */
export function endTaking(lines: CutLines): void {
	if (lines.bytes !== 0) heap.free(lines.bytes);
	lines.bytes = 0;
	lines.capacity = 0;
	lines.size = 0;
	lines.open = 0;
	lines.waiting = 0;
}
