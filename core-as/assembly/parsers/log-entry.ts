import { allocate } from '../abi/memory';
import { parseTime } from '../codecs/rfc3339';
import { CLOSE_OBJECT, OPEN_OBJECT, QUOTE, skipSpace, stringEnd, unescapeString, valueEnd } from './json';
import { isWord } from './words';

// What container runtimes put around a line. The text found lies in the line itself, or in a buffer of this file.

export const STDOUT: u32 = 0;
export const STDERR: u32 = 1;
/** Of a line that is no entry. */
export const NO_STREAM: u32 = 2;

/** The text of the entry, its time (0: none), its stream, and whether the next entry of the same stream continues it. */
export let text: usize = 0;
export let textSize: usize = 0;
export let time: u64 = 0;
export let stream: u32 = STDOUT;
export let isPartial: bool = false;

/** Longest line of a file that is looked at. */
export const MAX_LINE: usize = 256 * 1024;
const unescaped: usize = allocate(MAX_LINE + 8);

/** `TIME STREAM P|F TEXT`. False when the line is no such entry. */
export function readCri(p: usize, end: usize): bool {
	const name = after(p, end, 0x20);
	const tag = after(name, end, 0x20);
	if (tag === 0 || tag >= end) return false;
	const flag = <u32>load<u8>(tag);
	// A tag may say more, behind colons.
	if (flag !== 0x46 && flag !== 0x50) return false;
	const rest = after(tag, end, 0x20);
	time = parseTime(p, name - 1);
	if (time === 0) return false;
	stream = streamOf(name, tag - 1);
	text = rest === 0 ? end : rest;
	textSize = end - text;
	isPartial = flag === 0x50;
	return true;
}

/** Whatever is not standard error is standard output. */
function streamOf(p: usize, end: usize): u32 {
	return isWord(p, end - p, 'stderr') ? STDERR : STDOUT;
}

/** Behind the first `byte`, 0 where there is none. */
function after(p: usize, end: usize, byte: u32): usize {
	if (p === 0) return 0;
	for (; p < end; p++) if (<u32>load<u8>(p) === byte) return p + 1;
	return 0;
}

const LOG: u32 = 0x676f6c;
const TIME: u32 = 0x656d6974;
const STREAM = 'stream';

/** `{"log":"...\n","stream":"stdout","time":"..."}`. False when the line is no such object. */
export function readDocker(p: usize, end: usize): bool {
	let found = false;
	time = 0;
	stream = STDOUT;
	isPartial = false;
	if (p === end || <u32>load<u8>(p) !== OPEN_OBJECT) return false;
	p++;
	while (p < end) {
		p = skipSpace(p, end);
		if (p < end && <u32>load<u8>(p) === CLOSE_OBJECT) return found;
		if (p === end || <u32>load<u8>(p) !== QUOTE) return false;
		const key = p + 1;
		p = stringEnd(key, end);
		if (p === 0) return false;
		const keySize = p - key;
		p = skipSpace(p + 1, end);
		if (p === end || load<u8>(p) !== 0x3a) return false;
		p = skipSpace(p + 1, end);
		if (p === end) return false;
		if (<u32>load<u8>(p) === QUOTE) {
			const value = p + 1;
			p = stringEnd(value, end);
			if (p === 0) return false;
			if (keySize === 3 && (load<u32>(key) & 0xffffff) === LOG) {
				found = true;
				text = unescaped;
				textSize = unescapeString(value, p, unescaped, MAX_LINE) - unescaped;
				isPartial = textSize === 0 || load<u8>(text + textSize - 1) !== 0x0a;
				if (!isPartial) textSize--;
			} else if (keySize === 4 && load<u32>(key) === TIME) time = parseTime(value, p);
			else if (isWord(key, keySize, STREAM)) stream = streamOf(value, p);
			p++;
		} else {
			// A number, a word, or the attributes that a log option adds: skipped by counting its braces.
			p = valueEnd(p, end);
			if (p === 0) return false;
		}
		p = skipSpace(p, end);
		if (p < end && load<u8>(p) === 0x2c) p++;
	}
	return false;
}
