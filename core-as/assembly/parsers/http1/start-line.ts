// How an HTTP/1 message begins (RFC 9112): `METHOD ` or `HTTP/1.x ddd`. Anything shorter may still become one.

/** Bytes that decide whether a message begins here. */
export const START_SIZE: usize = 12;

/** What `matchRequest` and `matchResponse` return beside the length of the match. */
export const PARTIAL: i32 = 0;
export const MISMATCH: i32 = -1;

const GET: u64 = 0x20544547;
const PUT: u64 = 0x20545550;
const POST: u64 = 0x2054534f50;
const HEAD: u64 = 0x2044414548;
const PATCH: u64 = 0x204843544150;
const TRACE: u64 = 0x204543415254;
const DELETE: u64 = 0x204554454c4544;
const OPTIONS: u64 = 0x20534e4f4954504f;
const CONNECT: u64 = 0x205443454e4e4f43;

/** `HTTP/1.` */
const VERSION: u64 = 0x2e312f50545448;

/** Method bytes and the space, least significant byte first; `size` of them count. */
function compare(word: u64, available: usize, method: u64, size: usize): i32 {
	const known = min(available, size);
	const mask = known >= 8 ? <u64>-1 : ((<u64>1) << ((<u64>known) << 3)) - 1;
	if (((word ^ method) & mask) !== 0) return MISMATCH;
	return known === size ? <i32>size : PARTIAL;
}

/** Matches a method and a space in the first `available` bytes at `p`. May read 8 bytes. */
export function matchRequest(p: usize, available: usize): i32 {
	const word = load<u64>(p);
	switch (<u32>word & 0xff) {
		case 0x47:
			return compare(word, available, GET, 4);
		case 0x48:
			return compare(word, available, HEAD, 5);
		case 0x44:
			return compare(word, available, DELETE, 7);
		case 0x4f:
			return compare(word, available, OPTIONS, 8);
		case 0x43:
			return compare(word, available, CONNECT, 8);
		case 0x54:
			return compare(word, available, TRACE, 6);
		case 0x50: {
			const post = compare(word, available, POST, 5);
			if (post !== MISMATCH) return post;
			const put = compare(word, available, PUT, 4);
			return put !== MISMATCH ? put : compare(word, available, PATCH, 6);
		}
	}
	return MISMATCH;
}

export function isHead(p: usize): bool {
	return load<u8>(p) === 0x48;
}

export function isConnect(p: usize): bool {
	return load<u8>(p) === 0x43;
}

/** Matches `HTTP/1.x ddd` in the first `available` bytes at `p`. May read 16 bytes. */
export function matchResponse(p: usize, available: usize): i32 {
	const word = load<u64>(p);
	const version = compare(word, available, VERSION, 7);
	if (version === MISMATCH || version === PARTIAL) return version;
	if (available > 7 && <u32>load<u8>(p, 7) - 0x30 > 1) return MISMATCH;
	if (available > 8 && load<u8>(p, 8) !== 0x20) return MISMATCH;
	for (let i: usize = 9; i < min(available, START_SIZE); i++) {
		if (<u32>load<u8>(p + i) - 0x30 > 9) return MISMATCH;
	}
	return available >= START_SIZE ? <i32>START_SIZE : PARTIAL;
}

/** The status of a line that `matchResponse` took. */
export function statusOf(p: usize): u32 {
	return (
		(<u32>load<u8>(p, 9) - 0x30) * 100 + (<u32>load<u8>(p, 10) - 0x30) * 10 + (<u32>load<u8>(p, 11) - 0x30)
	);
}

/** True when the last 8 bytes of a request line, oldest in the lowest byte, are `HTTP/1.0` or `HTTP/1.1`. */
export function isVersion(tail: u64): bool {
	return (tail & 0xffffffffffffff) === VERSION && <u32>(tail >> 56) - 0x30 <= 1;
}
