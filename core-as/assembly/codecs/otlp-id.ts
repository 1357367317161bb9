import { writeHexText, writeVarUint } from './row-writer';

export const TRACE_ID_SIZE: usize = 16;
export const SPAN_ID_SIZE: usize = 8;

/** An id of the size that the specification says, with a bit set in it. May read 7 bytes behind a shorter one. */
export function isId(pointer: usize, size: usize, wanted: usize): bool {
	if (size !== wanted) return false;
	return load<u64>(pointer) !== 0 || (size === TRACE_ID_SIZE && load<u64>(pointer, 8) !== 0);
}

/** Lower-case hexadecimal; an id that is none is the empty text. */
export function writeId(pointer: usize, size: usize, wanted: usize): void {
	if (isId(pointer, size, wanted)) writeHexText(pointer, size);
	else writeVarUint(0);
}
