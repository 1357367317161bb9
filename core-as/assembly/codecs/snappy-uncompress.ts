import { allocate, release } from '../abi/memory';

/** Why a block was refused; the order is that of `snappy-error` in wit/. */
export const CUT: i32 = 0;
export const BAD_COPY: i32 = 1;
export const BAD_LENGTH: i32 = 2;
export const TOO_LARGE: i32 = 3;
export const FINE: i32 = -1;

/** What the last call of `uncompress` produced. */
export let uncompressed: usize = 0;
export let uncompressedSize: usize = 0;

/**
 * Uncompresses one block into a buffer that the caller releases; sets `uncompressed` and `uncompressedSize`
 * when it returns FINE. Nothing is allocated before the preamble is plausible: an element of 3 bytes makes at
 * most 64, so `size` bytes never make more than 64/3 of themselves.
 */
export function uncompress(input: usize, size: usize, maxSize: u32): i32 {
	const end = input + size;
	let from = input;
	let claimed: u64 = 0;
	let shift: u64 = 0;
	while (true) {
		if (from >= end) return CUT;
		const byte = <u64>load<u8>(from++);
		claimed |= (byte & 0x7f) << shift;
		if (byte < 0x80) break;
		shift += 7;
		if (shift > 28) return TOO_LARGE;
	}
	if (claimed > <u64>maxSize) return TOO_LARGE;
	if (claimed > (<u64>(end - from) * 64) / 3) return BAD_LENGTH;
	const output = allocate(<usize>claimed);
	const fault = expand(from, end, output, output + <usize>claimed);
	if (fault !== FINE) {
		heap.free(output);
		return fault;
	}
	if (claimed === 0) release(output, 1);
	uncompressed = output;
	uncompressedSize = <usize>claimed;
	return FINE;
}

/** Runs the elements in [from, end) into [output, limit). Both buffers have SLOP bytes behind them. */
function expand(from: usize, end: usize, output: usize, limit: usize): i32 {
	let to = output;
	while (from < end) {
		const tag = <usize>load<u8>(from++);
		let length: usize;
		let offset: usize;
		const kind = tag & 3;
		if (kind === 0) {
			length = (tag >> 2) + 1;
			if (length > 60) {
				const extra = length - 60;
				if (extra > end - from) return CUT;
				// Up to 4 bytes; the over-read stays within SLOP.
				length = <usize>(<u64>load<u32>(from) & (((<u64>1) << ((<u64>extra) << 3)) - 1));
				from += extra;
				if (length === usize.MAX_VALUE) return CUT;
				length++;
			}
			if (<u64>length > <u64>(end - from)) return CUT;
			if (<u64>length > <u64>(limit - to)) return BAD_LENGTH;
			if (length <= 16) v128.store(to, v128.load(from));
			else memory.copy(to, from, length);
			from += length;
			to += length;
			continue;
		}
		if (kind === 1) {
			if (from >= end) return CUT;
			length = 4 + ((tag >> 2) & 7);
			offset = ((tag & 0xe0) << 3) | <usize>load<u8>(from++);
		} else if (kind === 2) {
			if (end - from < 2) return CUT;
			length = (tag >> 2) + 1;
			offset = <usize>load<u16>(from);
			from += 2;
		} else {
			if (end - from < 4) return CUT;
			length = (tag >> 2) + 1;
			offset = <usize>load<u32>(from);
			from += 4;
		}
		if (offset === 0 || <u64>offset > <u64>(to - output)) return BAD_COPY;
		if (<u64>length > <u64>(limit - to)) return BAD_LENGTH;
		copyEarlier(to, offset, length);
		to += length;
	}
	return to === limit ? FINE : BAD_LENGTH;
}

/** Repeats `length` bytes that begin `offset` before `to`; may write up to 15 bytes behind the last one. */
function copyEarlier(to: usize, offset: usize, length: usize): void {
	const end = to + length;
	let from = to - offset;
	if (offset >= 16) {
		do {
			v128.store(to, v128.load(from));
			to += 16;
			from += 16;
		} while (to < end);
		return;
	}
	// A period below 8 is doubled until 8 bytes at a time repeat it.
	while (to - from < 8) {
		store<u64>(to, load<u64>(from));
		to += to - from;
		if (to >= end) return;
	}
	do {
		store<u64>(to, load<u64>(from));
		to += 8;
		from += 8;
	} while (to < end);
}
