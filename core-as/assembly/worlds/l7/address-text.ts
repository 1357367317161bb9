import { Text } from './url-text';

/** Writes 16 bytes of an address as people do: IPv4 dotted, IPv6 by RFC 5952. */
export function writeAddress(text: Text, address: usize): void {
	if (isIPv4(address)) {
		for (let i: usize = 12; i < 16; i++) {
			if (i > 12) text.word('.');
			text.number(<u32>load<u8>(address + i));
		}
		return;
	}
	// The longest run of at least two zero groups, the first of equals, becomes "::".
	let runAt = 8;
	let runLength = 1;
	for (let i = 0; i < 8; ) {
		let length = 0;
		while (i + length < 8 && group(address, i + length) === 0) length++;
		if (length > runLength) {
			runAt = i;
			runLength = length;
		}
		i += length === 0 ? 1 : length;
	}
	for (let i = 0; i < 8; i++) {
		if (i === runAt) {
			text.word('::');
			i += runLength - 1;
			continue;
		}
		if (i > 0 && i !== runAt + runLength) text.word(':');
		text.hexadecimal(group(address, i));
	}
}

export function isIPv4(address: usize): bool {
	return load<u64>(address) === 0 && load<u32>(address, 8) === 0xffff0000;
}

function group(address: usize, index: i32): u32 {
	return <u32>bswap<u16>(load<u16>(address + ((<usize>index) << 1)));
}
