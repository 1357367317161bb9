// CRC-32C (Castagnoli), reflected polynomial 0x82f63b78, sixteen bytes a turn through sixteen tables: three quarters
// of the look-ups do not wait for the bytes before.

const POLYNOMIAL: u32 = 0x82f63b78;
const tables: usize = memory.data(16 * 256 * 4, 16);
let ready: bool = false;

function prepare(): void {
	for (let i: u32 = 0; i < 256; i++) {
		let value = i;
		for (let bit = 0; bit < 8; bit++) value = (value >> 1) ^ (value & 1 ? POLYNOMIAL : 0);
		store<u32>(tables + ((<usize>i) << 2), value);
	}
	for (let i: usize = 256; i < 4096; i++) {
		const before = load<u32>(tables + ((i - 256) << 2));
		store<u32>(tables + (i << 2), (before >> 8) ^ entry(0, before & 0xff));
	}
	ready = true;
}

function entry(table: usize, byte: u32): u32 {
	return load<u32>(tables + (table << 10) + ((<usize>byte) << 2));
}

/** The checksum of `before` (0 at the start) continued over `size` bytes. */
export function crc32c(before: u32, p: usize, size: usize): u32 {
	if (!ready) prepare();
	let crc = ~before;
	const end = p + size;
	for (; end - p >= 16; p += 16) {
		const rest = eightOf(load<u64>(p, 8), 0) ^ fourOf(load<u32>(p, 4), 8);
		crc = fourOf(load<u32>(p) ^ crc, 12) ^ rest;
	}
	if (end - p >= 8) {
		crc = fourOf(load<u32>(p) ^ crc, 4) ^ fourOf(load<u32>(p, 4), 0);
		p += 8;
	}
	for (; p < end; p++) crc = (crc >> 8) ^ entry(0, (crc ^ <u32>load<u8>(p)) & 0xff);
	return ~crc;
}

/** Four bytes, the last of them through table `table`. */
function fourOf(word: u32, table: usize): u32 {
	return (
		entry(table + 3, word & 0xff) ^
		entry(table + 2, (word >> 8) & 0xff) ^
		(entry(table + 1, (word >> 16) & 0xff) ^ entry(table, word >> 24))
	);
}

function eightOf(words: u64, table: usize): u32 {
	return fourOf(<u32>words, table + 4) ^ fourOf(<u32>(words >> 32), table);
}
