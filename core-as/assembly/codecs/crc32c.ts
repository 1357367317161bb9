// CRC-32C (Castagnoli), reflected polynomial 0x82f63b78, eight bytes a turn through eight tables.

const POLYNOMIAL: u32 = 0x82f63b78;
const tables: usize = memory.data(8 * 256 * 4, 16);
let ready: bool = false;

function prepare(): void {
	for (let i: u32 = 0; i < 256; i++) {
		let value = i;
		for (let bit = 0; bit < 8; bit++) value = (value >> 1) ^ (value & 1 ? POLYNOMIAL : 0);
		store<u32>(tables + ((<usize>i) << 2), value);
	}
	for (let i: usize = 256; i < 2048; i++) {
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
	while (end - p >= 8) {
		const low = load<u32>(p) ^ crc;
		const high = load<u32>(p, 4);
		crc =
			entry(7, low & 0xff) ^
			entry(6, (low >> 8) & 0xff) ^
			entry(5, (low >> 16) & 0xff) ^
			entry(4, low >> 24) ^
			entry(3, high & 0xff) ^
			entry(2, (high >> 8) & 0xff) ^
			entry(1, (high >> 16) & 0xff) ^
			entry(0, high >> 24);
		p += 8;
	}
	for (; p < end; p++) crc = (crc >> 8) ^ entry(0, (crc ^ <u32>load<u8>(p)) & 0xff);
	return ~crc;
}
