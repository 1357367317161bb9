// CRC-32C (Castagnoli), reflected polynomial 0x82f63b78, sixteen bytes a turn through sixteen tables: three quarters
// of the look-ups do not wait for the bytes before. Entries are 64-bit numbers where they are combined: V8 loads a 32-bit operand
// of a 32-bit operation twice, once to see whether it may.

const POLYNOMIAL: u32 = 0x82f63b78;
/** Bytes of a table. */
const TABLE: usize = 1024;
const tables: usize = memory.data(16 * 1024, 16);
let ready: bool = false;

function prepare(): void {
	for (let i: u32 = 0; i < 256; i++) {
		let value = i;
		for (let bit = 0; bit < 8; bit++) value = (value >> 1) ^ (value & 1 ? POLYNOMIAL : 0);
		store<u32>(tables + ((<usize>i) << 2), value);
	}
	for (let i: usize = 256; i < 4096; i++) {
		const before = load<u32>(tables + ((i - 256) << 2));
		store<u32>(tables + (i << 2), (before >> 8) ^ load<u32>(tables + ((<usize>(before & 0xff)) << 2)));
	}
	ready = true;
}

/** The checksum of `before` (0 at the start) continued over `size` bytes. May read 7 bytes behind them. */
export function crc32c(before: u32, p: usize, size: usize): u32 {
	if (!ready) prepare();
	let crc = <u64>~before;
	const end = p + size;
	for (; end - p >= 16; p += 16) {
		const rest = lastEight(load<u64>(p, 8));
		const first = load<u64>(p) ^ crc;
		crc =
			rest ^
			<u64>load<u32>(byteOf(first >> 38), tables + 10 * TABLE) ^
			<u64>load<u32>(byteOf(first >> 46), tables + 9 * TABLE) ^
			<u64>load<u32>(byteOf(first >> 54), tables + 8 * TABLE) ^
			<u64>load<u32>(byteOf(first >> 30), tables + 11 * TABLE) ^
			(<u64>load<u32>(byteOf(first << 2), tables + 15 * TABLE) ^
				<u64>load<u32>(byteOf(first >> 6), tables + 14 * TABLE) ^
				(<u64>load<u32>(byteOf(first >> 14), tables + 13 * TABLE) ^
					<u64>load<u32>(byteOf(first >> 22), tables + 12 * TABLE)));
	}
	if (end - p >= 8) {
		crc = lastEight(load<u64>(p) ^ crc);
		p += 8;
	}
	if (p < end) {
		// The rest behind zeros, which count for nothing.
		const bits = (<u64>(end - p)) << 3;
		crc = (crc >> bits) ^ lastEight((load<u64>(p) ^ crc) << (64 - bits));
	}
	return ~(<u32>crc);
}

/** What the last eight bytes before the end come to. */
function lastEight(word: u64): u64 {
	return (
		<u64>load<u32>(byteOf(word << 2), tables + 7 * TABLE) ^
		<u64>load<u32>(byteOf(word >> 6), tables + 6 * TABLE) ^
		(<u64>load<u32>(byteOf(word >> 14), tables + 5 * TABLE) ^
			<u64>load<u32>(byteOf(word >> 22), tables + 4 * TABLE)) ^
		(<u64>load<u32>(byteOf(word >> 30), tables + 3 * TABLE) ^
			<u64>load<u32>(byteOf(word >> 38), tables + 2 * TABLE)) ^
		(<u64>load<u32>(byteOf(word >> 46), tables + TABLE) ^ <u64>load<u32>(byteOf(word >> 54), tables))
	);
}

/** Where the entry of the byte in bits 2 to 9 of `shifted` lies in its table. */
function byteOf(shifted: u64): usize {
	return <u32>shifted & 0x3fc;
}
