import { createList, extend, freeList, pushU32 } from '../abi/list';
import { BAD_REFERENCE, textCount, textNumber } from './pprof-index';
import {
	cursor,
	expectType,
	fail,
	field,
	readTag,
	readVarint,
	skipField,
	VARINT,
	varint,
} from './protobuf-reader';

// Labels of samples as columns.

export const MAX_LABELS: u32 = 1 << 21;

/** By sample: where its labels end. */
export const labelEnds = createList(4);
/** By label: numbers of texts; the number. */
export const labelKeys = createList(4);
export const labelTexts = createList(4);
export const labelNumbers = createList(8);
export const labelUnits = createList(4);

export function endLabels(): void {
	freeList(labelEnds);
	freeList(labelKeys);
	freeList(labelTexts);
	freeList(labelNumbers);
	freeList(labelUnits);
}

/** Key, text, number, unit of one label. */
export function readLabel(end: usize): bool {
	let key: u32 = 0;
	let text: u32 = 0;
	let number: u64 = 0;
	let unit: u32 = 0;
	while (cursor < end) {
		const tagStart = cursor;
		if (!readTag(end)) return false;
		const part = field;
		if (part > 4) {
			if (!skipField(end)) return false;
			continue;
		}
		if (!expectType(VARINT, tagStart) || !readVarint(end)) return false;
		if (part === 3) {
			number = varint;
			continue;
		}
		if (textNumber() >= textCount()) {
			fail(BAD_REFERENCE, tagStart);
			return false;
		}
		if (part === 1) key = textNumber();
		else if (part === 2) text = textNumber();
		else unit = textNumber();
	}
	pushU32(labelKeys, key);
	pushU32(labelTexts, text);
	store<u64>(extend(labelNumbers, 1), number);
	pushU32(labelUnits, unit);
	return true;
}
