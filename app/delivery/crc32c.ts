/** CRC-32C (Castagnoli), reflected polynomial 0x82F63B78. Source: RFC 3720, appendix B.4. */
const POLYNOMIAL = 0x82f63b78;

/** Eight tables of 256 entries, so that eight bytes are folded at a time. */
const TABLES = buildTables();

function buildTables(): Int32Array {
	const t = new Int32Array(8 * 256);
	for (let n = 0; n < 256; n++) {
		let c = n;
		for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ POLYNOMIAL : c >>> 1;
		t[n] = c;
	}
	for (let n = 0; n < 256; n++) {
		for (let k = 1; k < 8; k++) {
			const previous = t[(k - 1) * 256 + n]!;
			t[k * 256 + n] = t[previous & 0xff]! ^ (previous >>> 8);
		}
	}
	return t;
}

/** Checksum of `bytes[start, end)` as an unsigned 32-bit number; `seed` continues an earlier checksum. */
export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length, seed = 0): number {
	const t = TABLES;
	let c = ~seed;
	let i = start;
	for (const stop = end - 7; i < stop; i += 8) {
		const lo = c ^ (bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24));
		c =
			t[0x700 + (lo & 0xff)]! ^
			t[0x600 + ((lo >>> 8) & 0xff)]! ^
			t[0x500 + ((lo >>> 16) & 0xff)]! ^
			t[0x400 + (lo >>> 24)]! ^
			t[0x300 + bytes[i + 4]!]! ^
			t[0x200 + bytes[i + 5]!]! ^
			t[0x100 + bytes[i + 6]!]! ^
			t[bytes[i + 7]!]!;
	}
	for (; i < end; i++) c = t[(c ^ bytes[i]!) & 0xff]! ^ (c >>> 8);
	return ~c >>> 0;
}
