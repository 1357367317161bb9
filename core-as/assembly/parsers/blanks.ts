/** Bytes of the white space that stands at `p`, 0 for none. Unicode's White_Space, as Go's strings.Fields has it. */
export function blankAt(p: usize, end: usize): usize {
	const first = <u32>load<u8>(p);
	if (first < 0x80) return first === 0x20 || first - 9 < 5 ? 1 : 0;
	if (first === 0xc2) {
		if (end - p < 2) return 0;
		const second = <u32>load<u8>(p, 1);
		return second === 0x85 || second === 0xa0 ? 2 : 0;
	}
	if (first < 0xe1 || first > 0xe3 || end - p < 3) return 0;
	const code = (first << 16) | ((<u32>load<u8>(p, 1)) << 8) | <u32>load<u8>(p, 2);
	if (code === 0xe19a80 || code === 0xe38080 || code === 0xe2819f) return 3;
	if (code - 0xe28080 < 11) return 3;
	return code === 0xe280a8 || code === 0xe280a9 || code === 0xe280af ? 3 : 0;
}

/** Behind the white space that begins at `p`. */
export function skipBlanks(p: usize, end: usize): usize {
	while (p < end) {
		const size = blankAt(p, end);
		if (size === 0) break;
		p += size;
	}
	return p;
}

/** The end of the word that begins at `p`. */
export function wordEnd(p: usize, end: usize): usize {
	while (p < end && blankAt(p, end) === 0) p++;
	return p;
}
