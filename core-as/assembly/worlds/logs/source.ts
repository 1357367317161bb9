import { allocate } from '../../abi/memory';
import { isUtf8 } from '../../codecs/utf8';
import { skipBlanks } from '../../parsers/blanks';
import { CR, findLineFeed, TAB } from '../../parsers/bytes';
import * as entry from '../../parsers/log-entry';
import { MAX_MESSAGE } from '../../parsers/log-pattern';
import { severityOf, UNKNOWN, WARNING } from '../../parsers/log-severity';
import { isWord, startsWith } from '../../parsers/words';
import * as cutLines from './cut-lines';
import * as json from './json-message';
import { writeRecord } from './log-record';
import { closeTable, countLevel, countPattern, cutText, openTable, Pattern, PatternTable } from './patterns';

export const PLAIN: u32 = 0;
export const DOCKER: u32 = 1;

/** A time that a JSON message says is believed when it is no further from now, in ns. */
const JSON_TIME_WITHIN: u64 = 86_400_000_000_000;
/** A time of day must stand within the first bytes of a line. */
const TIME_WITHIN: usize = 100;

/** One file: the line that is not complete, lines in parts, and the message to which lines may still be added. */
@unmanaged
export class Source {
	format: u32;
	/** Whether messages that are JSON objects are taken apart. */
	readsJson: bool;
	/** Offset in the file of the next byte that is fed. */
	position: u64;
	/** Of the line that is being read. */
	lineStart: u64;
	/** A line whose end is not there yet. Beyond MAX_LINE its bytes are skipped. */
	line: usize;
	lineSize: usize;
	lineCut: bool;
	/** A `CutLines`: entries of a runtime that wait for the rest of a line. */
	cutLines: usize;
	/** Lines of one message, joined by line feeds. */
	message: usize;
	messageSize: usize;
	messageOpen: bool;
	messageCut: bool;
	messageStart: u64;
	messageTime: u64;
	level: u32;
	hasTime: bool;
	inTraceback: bool;
	tracebackExpected: bool;
	/** Counters. */
	records: u32;
	lines: u64;
	cut: u64;
	malformed: u64;
	now: u64;
	table: usize;

	held(): cutLines.CutLines {
		return changetype<cutLines.CutLines>(this.cutLines);
	}

	patterns(): PatternTable {
		return changetype<PatternTable>(this.table);
	}
}

export function openSource(format: u32, maxPatterns: u32, readsJson: bool, offset: u64): Source {
	const size = offsetof<Source>();
	const source = changetype<Source>(allocate(size));
	memory.fill(changetype<usize>(source), 0, size);
	source.format = format;
	source.readsJson = readsJson;
	source.position = offset;
	source.lineStart = offset;
	source.cutLines = changetype<usize>(cutLines.openCutLines());
	source.message = allocate(MAX_MESSAGE);
	source.table = changetype<usize>(openTable(maxPatterns));
	return source;
}

export function closeSource(source: Source): void {
	if (source.line !== 0) heap.free(source.line);
	cutLines.closeCutLines(source.held());
	heap.free(source.message);
	closeTable(source.patterns());
	heap.free(changetype<usize>(source));
}

/** Writes records of the messages that are complete. */
export function feed(source: Source, bytes: usize, size: usize, now: u64, flush: bool): void {
	source.now = now;
	source.records = 0;
	const end = bytes + size;
	let p = bytes;
	while (p < end) {
		const lineEnd = findLineFeed(p, end);
		if (lineEnd === end) {
			keep(source, p, end - p);
			source.position += <u64>(end - p);
			break;
		}
		const next = source.position + <u64>(lineEnd + 1 - p);
		if (source.lineSize === 0) takeLine(source, p, lineEnd);
		else {
			keep(source, p, lineEnd - p);
			const from = source.line;
			const length = source.lineSize;
			source.lineSize = 0;
			takeLine(source, from, from + length);
		}
		source.position = next;
		source.lineStart = next;
		p = lineEnd + 1;
	}
	// Nobody knows whether the rest of a line still comes: whole ones do not wait for it over a silence.
	const held = source.held();
	if (cutLines.isLeft(held, now)) {
		cutLines.end(held);
		takeHeld(source);
	} else if (cutLines.isOverdue(held, now) || (flush && held.waiting > 0)) takeHeld(source);
	if (!flush) return;
	// A file may end without a line feed; an entry of a runtime does not.
	if (source.format === PLAIN && source.lineSize > 0) {
		const length = source.lineSize;
		source.lineSize = 0;
		takeLine(source, source.line, source.line + length);
		source.lineStart = source.position;
	}
	endMessage(source);
}

/** Everything before is in records. */
export function consumed(source: Source): u64 {
	if (source.messageOpen) return source.messageStart;
	const held = source.held();
	return cutLines.isHolding(held) ? held.start : source.lineStart;
}

function keep(source: Source, p: usize, size: usize): void {
	if (source.line === 0) source.line = allocate(entry.MAX_LINE);
	const room = entry.MAX_LINE - source.lineSize;
	if (size > room) source.lineCut = true;
	const kept = min(size, room);
	memory.copy(source.line + source.lineSize, p, kept);
	source.lineSize += kept;
}

function takeLine(source: Source, p: usize, lineEnd: usize): void {
	let end = lineEnd;
	if (end - p > entry.MAX_LINE) {
		end = p + entry.MAX_LINE;
		source.lineCut = true;
	}
	if (end > p && <u32>load<u8>(end - 1) === CR) end--;
	source.lines++;
	if (source.lineCut) source.cut++;
	source.lineCut = false;
	if (source.format === PLAIN) {
		takeText(source, p, end - p, 0, source.lineStart);
	} else if (source.format === DOCKER ? entry.readDocker(p, end) : entry.readCri(p, end)) {
		takeEntry(source, entry.text, entry.textSize, entry.stream, entry.isPartial, entry.time);
	} else {
		source.malformed++;
		takeEntry(source, p, end - p, entry.NO_STREAM, false, 0);
	}
}

function takeEntry(source: Source, text: usize, size: usize, stream: u32, isPartial: bool, time: u64): void {
	const held = source.held();
	const start = source.lineStart;
	if (cutLines.isHolding(held) || isPartial) {
		if (cutLines.hold(held, stream, text, size, isPartial, start, time, source.now)) {
			if (held.open === 0) takeHeld(source);
			return;
		}
		takeHeld(source);
		if (isPartial) {
			cutLines.hold(held, stream, text, size, true, start, time, source.now);
			return;
		}
	}
	takeText(source, text, size, time, start);
}

function takeHeld(source: Source): void {
	const held = source.held();
	cutLines.startTaking(held);
	while (cutLines.takeLine(held))
		takeText(source, cutLines.joined, cutLines.joinedSize, cutLines.joinedTime, cutLines.joinedStart);
	source.cut += held.cut;
	held.cut = 0;
	const start = held.start;
	cutLines.endTaking(held);
	// A message that began among these lines would have to be read again from there, and they with it.
	if (source.messageOpen && source.messageStart >= start) endMessage(source);
}

function takeText(source: Source, text: usize, size: usize, time: u64, start: u64): void {
	let clean = text;
	let length = size;
	if (!isUtf8(text, size)) {
		clean = allocate(size * 3);
		length = repair(text, size, clean);
	}
	addLine(source, clean, length, time, start);
	if (clean !== text) heap.free(clean);
}

/** Puts U+FFFD for each byte that is not UTF-8; returns the length. */
function repair(from: usize, size: usize, to: usize): usize {
	const end = from + size;
	let q = to;
	for (let p = from; p < end; ) {
		const lead = <u32>load<u8>(p);
		const length: usize = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
		if (end - p >= length && isUtf8(p, length)) {
			memory.copy(q, p, length);
			q += length;
			p += length;
		} else {
			store<u8>(q, 0xef);
			store<u16>(q, 0xbdbf, 1);
			q += 3;
			p++;
		}
	}
	return q - to;
}

function addLine(source: Source, text: usize, size: usize, time: u64, start: u64): void {
	if (size === 0 && !source.messageOpen) return;
	if (source.readsJson && json.readJson(text, text + size)) {
		if (source.messageOpen) {
			endMessage(source);
			// What came before may have been an object of many lines.
			json.readJson(text, text + size);
		}
		emitJson(source, text, size, time);
		return;
	}
	if (size > 0 && beginsMessage(source, text, size)) {
		const traceback = source.inTraceback;
		endMessage(source);
		source.inTraceback = traceback;
	}
	if (!source.messageOpen) {
		source.messageOpen = true;
		source.messageCut = false;
		source.messageSize = 0;
		source.messageStart = start;
		source.messageTime = time;
		source.level = severityOf(text, size);
		source.hasTime = hasTimeOfDay(text, size);
	}
	// The line feed before a further line counts, as in the parent system.
	const feedSize: usize = source.messageSize > 0 ? 1 : 0;
	const used = source.messageSize + feedSize;
	const kept: usize = used >= MAX_MESSAGE ? 0 : cutText(text, size, MAX_MESSAGE - used);
	if (kept < size && !source.messageCut) {
		source.messageCut = true;
		source.cut++;
	}
	if (used >= MAX_MESSAGE) return;
	if (feedSize > 0) store<u8>(source.message + source.messageSize, 0x0a);
	memory.copy(source.message + used, text, kept);
	source.messageSize = used + kept;
}

/** Whether a line begins a message. The rules are the parent system's. */
function beginsMessage(source: Source, p: usize, size: usize): bool {
	const first = <u32>load<u8>(p);
	if ((size === 1 && first === 0x7d) || first === TAB || (size > 1 && load<u16>(p) === 0x2020)) return false;
	if (source.messageOpen && source.hasTime) return hasTimeOfDay(p, size);
	if (startsWith(p, size, 'Caused by: ') || startsWith(p, size, 'for call at')) return false;
	if (startsWith(p, size, 'Traceback ')) {
		source.inTraceback = true;
		if (source.tracebackExpected) {
			source.tracebackExpected = false;
			return false;
		}
		return source.messageOpen;
	}
	if (
		isWord(p, size, 'The above exception was the direct cause of the following exception:') ||
		isWord(p, size, 'During handling of the above exception, another exception occurred:')
	) {
		source.tracebackExpected = true;
		return false;
	}
	if (source.inTraceback) {
		source.inTraceback = false;
		return false;
	}
	return true;
}

/** `dd:dd:dd` near the beginning. */
function hasTimeOfDay(p: usize, size: usize): bool {
	const end = p + min(size, TIME_WITHIN);
	let digits = 0;
	let colons = 0;
	for (; p < end; p++) {
		const byte = <u32>load<u8>(p);
		if (byte - 0x30 < 10) {
			// A third digit begins anew, as in the parent system.
			digits = digits === 2 ? 0 : digits + 1;
			if (digits === 2 && colons === 2) return true;
		} else if (byte === 0x3a) {
			if (digits === 2) colons++;
			digits = 0;
		} else {
			digits = 0;
			colons = 0;
		}
	}
	return false;
}

function endMessage(source: Source): void {
	if (!source.messageOpen) return;
	source.messageOpen = false;
	source.inTraceback = false;
	source.tracebackExpected = false;
	const end = source.message + source.messageSize;
	const from = skipBlanks(source.message, end);
	const size = trimmed(from, end) - from;
	if (size === 0) return;
	if (source.readsJson && json.readJson(from, from + size)) emitJson(source, from, size, source.messageTime);
	else emit(source, from, size, source.level, source.messageTime, false);
}

/** A message that `readJson` has read. `time`: what the runtime said about it. */
function emitJson(source: Source, whole: usize, wholeSize: usize, time: u64): void {
	let from = skipBlanks(json.message, json.message + json.messageSize);
	let size = trimmed(from, json.message + json.messageSize) - from;
	if (size === 0) {
		from = whole;
		size = cutText(whole, wholeSize, MAX_MESSAGE);
	}
	if (size < wholeSize && from === whole) source.cut++;
	const level = json.level === UNKNOWN ? severityOf(from, size) : json.level;
	const apart = json.time > source.now ? json.time - source.now : source.now - json.time;
	if (time === 0 && apart <= JSON_TIME_WITHIN) time = json.time;
	emit(source, from, size, level, time, true);
}

function emit(source: Source, from: usize, size: usize, level: u32, time: u64, isJson: bool): void {
	// What was read at once keeps its order.
	const observed = source.now + <u64>source.records;
	source.records++;
	let pattern: Pattern | null = null;
	if (level === UNKNOWN || level > WARNING) countLevel(source.patterns(), level);
	else pattern = countPattern(source.patterns(), level, from, size);
	writeRecord(from, size, level, time, observed, pattern, isJson);
}

/** The end without the white space before it. */
function trimmed(from: usize, end: usize): usize {
	while (end > from) {
		let last = end;
		for (let size: usize = 1; size <= 3 && end - from >= size; size++)
			if (skipBlanks(end - size, end) === end) last = end - size;
		if (last === end) return end;
		end = last;
	}
	return end;
}
