import { faultOfText } from './label-set';
import { hashBytes } from './mix';
import { ACCEPTED, BAD_NAME, BAD_TEXT, BROKEN, TOO_DEEP } from './otlp-rejection';
import { clearDeep, deep, isNested, isString, length, place, readValue, writeReadValue } from './otlp-value';
import { escapes, isPlainLabel, writeLabelName, writeWord } from './prometheus-name';
import { output, overflowed, writeBytes, written } from './row-writer';
import * as fault from './series-fault';
import { VALID } from './series-fault';
import { writeDecimal } from './value-text';

// Names and values of labels as references into the row writer's output, which begins with the body: what needs no change
// stays where it is, and made names and bounds are remembered.

/** Names and numbers that are remembered; of those with the same slot the last one. */
const SLOTS: usize = 1024;
/** Of a name: where its key is, the key's size, where the name is, its size. */
const names: usize = memory.data(1024 * 16, 16);
/** Of a number: its bits, where its text is, the size of that. */
const numbers: usize = memory.data(1024 * 16, 16);

let body: usize = 0;

/** The last name or value. */
export let textAt: usize = 0;
export let textSize: usize = 0;

export function startTexts(bodyAt: usize): void {
	body = bodyAt;
	memory.fill(names, 0, SLOTS * 16);
	memory.fill(numbers, 0, SLOTS * 16);
}

/** A word as text. */
export function placeWord(word: string): void {
	textAt = written();
	writeWord(word);
	textSize = <usize>word.length;
}

/** What was written at that place. */
export function placeText(at: usize, size: usize): void {
	textAt = at;
	textSize = size;
}

/** Where a text of the body is. One of nothing has no place: its pointer may be of an earlier body. */
export function placeBody(pointer: usize, size: usize): void {
	textAt = size === 0 ? 0 : pointer - body;
	textSize = size;
}

/** What is wrong with a text of the body. */
export function textOutcome(pointer: usize, size: usize, isName: bool): i32 {
	const found = faultOfText(pointer, size, isName);
	return found === VALID ? ACCEPTED : found === fault.BAD_UTF8 ? BAD_TEXT : BAD_NAME;
}

/** The label name for the key of an attribute. */
export function placeName(prefix: string, key: usize, size: usize): i32 {
	if (escapes && prefix.length === 0) {
		if (isPlainLabel(key, size)) {
			placeBody(key, size);
			return ACCEPTED;
		}
		const slot = names + ((<usize>(hashBytes(key, size) & (SLOTS - 1))) << 4);
		if (
			load<u32>(slot, 12) !== 0 &&
			<usize>load<u32>(slot, 4) === size &&
			memory.compare(body + <usize>load<u32>(slot), key, size) === 0
		) {
			textAt = <usize>load<u32>(slot, 8);
			textSize = <usize>load<u32>(slot, 12);
			return ACCEPTED;
		}
		const outcome = makeName(prefix, key, size);
		if (outcome === ACCEPTED) {
			store<u32>(slot, <u32>(key - body));
			store<u32>(slot, <u32>size, 4);
			store<u32>(slot, <u32>textAt, 8);
			store<u32>(slot, <u32>textSize, 12);
		}
		return outcome;
	}
	return makeName(prefix, key, size);
}

function makeName(prefix: string, key: usize, size: usize): i32 {
	const outcome = textOutcome(key, size, !escapes);
	if (outcome !== ACCEPTED) return outcome;
	if (!escapes && prefix.length === 0) {
		placeBody(key, size);
		return areUnderscores(key, size) ? BAD_NAME : ACCEPTED;
	}
	textAt = written();
	if (escapes) {
		if (!writeLabelName(prefix, key, size)) return BAD_NAME;
	} else {
		writeWord(prefix);
		writeBytes(key, size);
	}
	if (overflowed) return BROKEN;
	textSize = written() - textAt;
	return ACCEPTED;
}

function areUnderscores(text: usize, size: usize): bool {
	for (let i: usize = 0; i < size; i++) {
		if (load<u8>(text + i) !== 0x5f) return false;
	}
	return true;
}

/** The text of an AnyValue: strings as they are, lists and maps as JSON, bytes as base64, nothing as the empty text. */
export function placeValue(value: usize, size: usize): i32 {
	if (!readValue(value, size)) return BROKEN;
	if (isString()) {
		placeBody(place, length);
		return textOutcome(place, length, false);
	}
	const checks = isNested();
	textAt = written();
	clearDeep();
	if (!writeReadValue() || overflowed) return BROKEN;
	textSize = written() - textAt;
	if (deep) return TOO_DEEP;
	return checks ? textOutcome(output + textAt, textSize, false) : ACCEPTED;
}

/** A number in digits. */
export function placeNumber(value: f64): i32 {
	const bits = reinterpret<u64>(value);
	const slot = numbers + ((<usize>((bits * 0x9e3779b97f4a7c15) >> 54)) << 4);
	if (load<u32>(slot, 12) === 0 || load<u64>(slot) !== bits) {
		const at = written();
		writeDecimal(value);
		if (overflowed) return BROKEN;
		store<u64>(slot, bits);
		store<u32>(slot, <u32>at, 8);
		store<u32>(slot, <u32>(written() - at), 12);
	}
	textAt = <usize>load<u32>(slot, 8);
	textSize = <usize>load<u32>(slot, 12);
	return ACCEPTED;
}
