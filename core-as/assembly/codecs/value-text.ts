import { dtoa_buffered } from 'util/number';
import { hexDigit, writeBytes, writeU8 } from './row-writer';

// Single values as text, for Strings that are begun already.

const digits: usize = memory.data(64, 16);

export function writeAscii(text: u64, size: usize): void {
	store<u64>(digits, text);
	writeBytes(digits, size);
}

export function writeBool(value: bool): void {
	// 'true' and 'false', little-endian.
	if (value) writeAscii(0x65757274, 4);
	else writeAscii(0x65736c6166, 5);
}

export function writeNull(): void {
	writeAscii(0x6c6c756e, 4);
}

export function writeInteger(value: i64): void {
	let rest: u64 = value < 0 ? 0 - <u64>value : <u64>value;
	let at: usize = 64;
	do {
		at--;
		store<u8>(digits + at, <u8>(0x30 + (rest % 10)));
		rest /= 10;
	} while (rest !== 0);
	if (value < 0) {
		at--;
		store<u8>(digits + at, 0x2d);
	}
	writeBytes(digits + at, 64 - at);
}

/** As JavaScript writes it: `1`, `0.5`, `1e+21`, `NaN`, `-Infinity`. */
export function writeDouble(value: f64): void {
	let size = <usize>dtoa_buffered(digits, value);
	// One byte a character; `1.0` becomes `1`.
	for (let i: usize = 0; i < size; i++) store<u8>(digits + i, load<u8>(digits + (i << 1)));
	if (size > 2 && load<u16>(digits + size - 2) === 0x302e) size -= 2;
	writeBytes(digits, size);
}

/** RFC 4648, with padding. */
export function writeBase64(pointer: usize, size: usize): void {
	let i: usize = 0;
	for (; i + 3 <= size; i += 3) {
		const bits =
			((<u32>load<u8>(pointer + i)) << 16) |
			((<u32>load<u8>(pointer + i + 1)) << 8) |
			<u32>load<u8>(pointer + i + 2);
		store<u32>(
			digits,
			base64Digit(bits >> 18) |
				(base64Digit(bits >> 12) << 8) |
				(base64Digit(bits >> 6) << 16) |
				(base64Digit(bits) << 24),
		);
		writeBytes(digits, 4);
	}
	if (i === size) return;
	let bits = (<u32>load<u8>(pointer + i)) << 16;
	const two = size - i === 2;
	if (two) bits |= (<u32>load<u8>(pointer + i + 1)) << 8;
	store<u32>(
		digits,
		base64Digit(bits >> 18) |
			(base64Digit(bits >> 12) << 8) |
			((two ? base64Digit(bits >> 6) : 0x3d) << 16) |
			((<u32>0x3d) << 24),
	);
	writeBytes(digits, 4);
}

function base64Digit(bits: u32): u32 {
	const value = bits & 63;
	if (value < 26) return 0x41 + value;
	if (value < 52) return 0x61 + value - 26;
	if (value < 62) return 0x30 + value - 52;
	return value === 62 ? 0x2b : 0x2f;
}

/** A JSON string, with its quotes. Bytes above ASCII stay as they are. */
export function writeJsonString(pointer: usize, size: usize): void {
	writeU8(0x22);
	let plain: usize = 0;
	for (let i: usize = 0; i < size; i++) {
		const byte = <u32>load<u8>(pointer + i);
		if (byte >= 0x20 && byte !== 0x22 && byte !== 0x5c) continue;
		writeBytes(pointer + plain, i - plain);
		plain = i + 1;
		writeU8(0x5c);
		if (byte === 0x22 || byte === 0x5c) writeU8(byte);
		else if (byte === 0x0a) writeU8(0x6e);
		else if (byte === 0x0d) writeU8(0x72);
		else if (byte === 0x09) writeU8(0x74);
		else {
			// 'u00' and two digits.
			writeAscii(0x303075, 3);
			writeU8(hexDigit(byte >> 4));
			writeU8(hexDigit(byte & 15));
		}
	}
	writeBytes(pointer + plain, size - plain);
	writeU8(0x22);
}
