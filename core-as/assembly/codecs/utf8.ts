const HIGH_BITS: u64 = 0x8080808080808080;

/** True when the bytes are well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms, up to U+10FFFF). */
export function isUtf8(pointer: usize, size: usize): bool {
	const end = pointer + size;
	let p = pointer;
	while (p < end) {
		// Fast path: 8 ASCII bytes at a time.
		while (end - p >= 8 && (load<u64>(p) & HIGH_BITS) === 0) p += 8;
		if (p >= end) return true;
		const lead = <u32>load<u8>(p++);
		if (lead < 0x80) continue;
		if (lead < 0xc2 || lead > 0xf4) return false;
		const extra: usize = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
		if (end - p < extra) return false;
		// The first continuation byte has a narrower range behind some leads.
		let low: u32 = 0x80;
		let high: u32 = 0xbf;
		if (lead === 0xe0) low = 0xa0;
		else if (lead === 0xed) high = 0x9f;
		else if (lead === 0xf0) low = 0x90;
		else if (lead === 0xf4) high = 0x8f;
		const first = <u32>load<u8>(p);
		if (first < low || first > high) return false;
		for (let i: usize = 1; i < extra; i++) {
			if ((load<u8>(p + i) & 0xc0) !== 0x80) return false;
		}
		p += extra;
	}
	return true;
}
