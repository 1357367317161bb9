import { allocate, SLOP } from '../abi/memory';

// Snappy block format, https://github.com/google/snappy/blob/main/format_description.txt:
// a varint with the uncompressed size, then elements. The low two bits of an element's first byte say what it is:
//   00 literal, 01 copy with an 11-bit offset, 10 copy with a 16-bit offset, 11 copy with a 32-bit offset.

/** Input is cut into blocks of this size, so that a position in a block fits the hash table's 16 bits. */
const BLOCK: usize = 65536;
const MAX_TABLE_BITS: u32 = 14;
/** The last bytes of a block are always literals: the match finder reads 8 bytes at a time. */
const MARGIN: usize = 15;
const HASH_FACTOR: u32 = 0x1e35a7bd;

const table: usize = memory.data(2 << 14, 16);

/** Bytes that compressing `size` bytes can never exceed. */
export function maxCompressedSize(size: usize): usize {
	return 32 + size + size / 6;
}

/** Where compressed bytes were put, and how many; valid until the next call. */
export let compressedSize: usize = 0;

/** Compresses `size` bytes; returns a buffer that the caller releases. `input` needs SLOP readable bytes behind it. */
export function compress(input: usize, size: usize): usize {
	const output = allocate(maxCompressedSize(size) + SLOP);
	let to = storeVarint(output, size);
	let from = input;
	let left = size;
	while (left > 0) {
		const block = min(left, BLOCK);
		to = compressBlock(from, block, to);
		from += block;
		left -= block;
	}
	compressedSize = to - output;
	return output;
}

function storeVarint(to: usize, value: usize): usize {
	while (value >= 0x80) {
		store<u8>(to++, <u8>(value | 0x80));
		value >>= 7;
	}
	store<u8>(to++, <u8>value);
	return to;
}

function hash(bytes: u32, shift: u32): usize {
	return <usize>((bytes * HASH_FACTOR) >> shift);
}

function compressBlock(block: usize, size: usize, to: usize): usize {
	const end = block + size;
	let pending = block; // first byte that no element holds yet
	if (size >= MARGIN) {
		let bits: u32 = 8;
		while (bits < MAX_TABLE_BITS && (<usize>1) << bits < size) bits++;
		memory.fill(table, 0, (<usize>2) << bits);
		const shift = 32 - bits;
		const limit = end - MARGIN;
		let at = block + 1;
		let nextHash = hash(load<u32>(at), shift);
		let exhausted = false;
		while (true) {
			// Steps grow while nothing matches, so that incompressible bytes cost little.
			let skip: usize = 32;
			let next = at;
			let candidate: usize = 0;
			do {
				at = next;
				const slot = table + (nextHash << 1);
				const step = skip >> 5;
				skip += step;
				next = at + step;
				if (next > limit) {
					exhausted = true;
					break;
				}
				nextHash = hash(load<u32>(next), shift);
				candidate = block + <usize>load<u16>(slot);
				store<u16>(slot, <u16>(at - block));
			} while (load<u32>(at) !== load<u32>(candidate));
			if (exhausted) break;

			to = emitLiteral(to, pending, at - pending);
			let window: u64 = 0;
			do {
				const length = <usize>4 + matchLength(candidate + 4, at + 4, end);
				to = emitCopy(to, at - candidate, length);
				at += length;
				pending = at;
				if (at >= limit) {
					exhausted = true;
					break;
				}
				window = load<u64>(at - 1);
				store<u16>(table + (hash(<u32>window, shift) << 1), <u16>(at - block - 1));
				const slot = table + (hash(<u32>(window >> 8), shift) << 1);
				candidate = block + <usize>load<u16>(slot);
				store<u16>(slot, <u16>(at - block));
			} while (<u32>(window >> 8) === load<u32>(candidate));
			if (exhausted) break;
			at++;
			nextHash = hash(load<u32>(at), shift);
		}
	}
	return pending < end ? emitLiteral(to, pending, end - pending) : to;
}

function matchLength(earlier: usize, later: usize, end: usize): usize {
	const start = later;
	while (later + 8 <= end) {
		const difference = load<u64>(later) ^ load<u64>(earlier);
		if (difference !== 0) return later - start + <usize>(ctz(difference) >> 3);
		later += 8;
		earlier += 8;
	}
	while (later < end && load<u8>(later) === load<u8>(earlier)) {
		later++;
		earlier++;
	}
	return later - start;
}

function emitLiteral(to: usize, from: usize, length: usize): usize {
	const n = length - 1;
	if (n < 60) {
		store<u8>(to, <u8>(n << 2));
		to++;
		if (length <= 16) {
			// Fast path. SLOP on both sides covers the over-read and over-write.
			v128.store(to, v128.load(from));
			return to + length;
		}
	} else {
		let bytes: usize = 0;
		for (let rest = n; rest > 0; rest >>= 8) store<u8>(to + 1 + bytes++, <u8>rest);
		store<u8>(to, <u8>((59 + bytes) << 2));
		to += 1 + bytes;
	}
	memory.copy(to, from, length);
	return to + length;
}

function emitCopy(to: usize, offset: usize, length: usize): usize {
	while (length >= 68) {
		to = emitLongCopy(to, offset, 64);
		length -= 64;
	}
	if (length > 64) {
		// Leaves at least 4 bytes for the last copy.
		to = emitLongCopy(to, offset, 60);
		length -= 60;
	}
	if (length < 12 && offset < 2048) {
		store<u16>(to, <u16>(1 | ((length - 4) << 2) | ((offset >> 8) << 5) | (offset << 8)));
		return to + 2;
	}
	return emitLongCopy(to, offset, length);
}

function emitLongCopy(to: usize, offset: usize, length: usize): usize {
	store<u32>(to, 2 | ((<u32>length - 1) << 2) | ((<u32>offset) << 8));
	return to + 3;
}
