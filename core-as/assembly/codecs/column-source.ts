import { TEXT } from './metric-columns';

// Columns that the host handed over to be encoded: the record of metric-columns.ts, and the body its references point to.
// State is global: one source.

let record: usize = 0;
let body: usize = 0;
let bodySize: usize = 0;

export function openColumns(columns: usize, bytes: usize, size: usize): void {
	record = columns;
	body = bytes;
	bodySize = size;
}

/** Where a list lies; nobody's when it is empty. */
export function column(list: usize): usize {
	return load<usize>(record + list);
}

/** Elements of a list. */
export function lengthOf(list: usize): usize {
	return <usize>load<u32>(record + list, 4);
}

/** Whether an option is there. */
export function isPresent(option: usize): bool {
	return load<u8>(record + option) !== 0;
}

/** The end before entry `i` of prefix ends. */
export function firstOf(ends: usize, i: usize): usize {
	return i === 0 ? 0 : <usize>load<u32>(ends + ((i - 1) << 2));
}

export function endOf(ends: usize, i: usize): usize {
	return <usize>load<u32>(ends + (i << 2));
}

/** Where the text of a reference lies; its size is the reference's second number. */
export function textOf(ref: usize): usize {
	const offset = <usize>load<u32>(ref);
	return offset < bodySize ? body + offset : column(TEXT) + (offset - bodySize);
}

/** Whether the text of a reference lies wholly in the body, or wholly in the text. */
export function isTextThere(ref: usize): bool {
	const size = <u64>load<u32>(ref, 4);
	if (size === 0) return true;
	const offset = <u64>load<u32>(ref);
	const end = offset + size;
	return end <= <u64>bodySize || (offset >= <u64>bodySize && end <= <u64>bodySize + <u64>lengthOf(TEXT));
}
