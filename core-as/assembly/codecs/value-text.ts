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
	const size = abs(value);
	if (size >= 1e-6 && size < 1e21 && findShort(size)) {
		if (value < 0) writeU8(0x2d);
		writePlaced();
		return;
	}
	writeBytes(digits, takeDigits(value));
}

/** In digits without an exponent, as Prometheus writes bounds and quantiles: `0.005`, `10`, `+Inf`. */
export function writeDecimal(value: f64): void {
	if (value - value !== 0) {
		if (value === Infinity) writeU8(0x2b);
		else if (value === -Infinity) writeU8(0x2d);
		// 'NaN' and 'Inf'.
		writeAscii(Number.isNaN(value) ? 0x4e614e : 0x666e49, 3);
		return;
	}
	if (value < 0) writeU8(0x2d);
	if (!findShort(abs(value))) splitDigits(takeDigits(abs(value)));
	writePlaced();
}

/** Has `digits` hold the shortest text; returns its size. Where several are as short it need not be the nearest. */
function takeDigits(value: f64): usize {
	const size = <usize>dtoa_buffered(digits, value);
	// One byte a character; `1.0` becomes `1`.
	for (let i: usize = 0; i < size; i++) store<u8>(digits + i, load<u8>(digits + (i << 1)));
	return size > 2 && load<u16>(digits + size - 2) === 0x302e ? size - 2 : size;
}

const decimals: usize = memory.data(32, 16);
/** Decimals, and how many of them stand before the point, which may be negative. */
let decimalCount: usize = 0;
let point: i32 = 0;

/** Numbers of up to so many digits are sure to be the only shortest text of a double. */
const SHORT: f64 = 1e15;

/**
 * Finds the digits of a number that somebody wrote with at most 15: n / 10^e or n * 10^e. Dividing and multiplying exact
 * numbers rounds correctly, so that nothing is taken for what it is not.
 */
function findShort(value: f64): bool {
	let power: f64 = 1;
	if (value >= SHORT) {
		for (let e = 1; e <= 22; e++) {
			power *= 10;
			const n = nearest(value / power);
			if (n < SHORT && n * power === value) return takeShort(<u64>n, e);
		}
		return false;
	}
	for (let e = 0; e <= 22; e++) {
		const n = nearest(value * power);
		if (n >= SHORT) return false;
		if (n / power === value) return takeShort(<u64>n, -e);
		power *= 10;
	}
	return false;
}

function takeShort(n: u64, exponent: i32): bool {
	let size: usize = 0;
	for (let rest = n; rest !== 0; rest /= 10) size++;
	let rest = n;
	for (let at = size; at > 0; at--) {
		store<u8>(decimals + at - 1, <u8>(0x30 + (rest % 10)));
		rest /= 10;
	}
	decimalCount = size;
	point = <i32>size + exponent;
	return true;
}

/** Takes the first `size` digits, with a point and an exponent where they have them, apart. */
function splitDigits(size: usize): void {
	decimalCount = 0;
	point = -1;
	let exponent: i32 = 0;
	for (let at: usize = 0; at < size; at++) {
		const character = load<u8>(digits + at);
		if (character === 0x65) {
			exponent = exponentAt(at + 1, size);
			break;
		}
		if (character === 0x2e) {
			point = <i32>decimalCount;
			continue;
		}
		store<u8>(decimals + decimalCount, character);
		decimalCount++;
	}
	if (point < 0) point = <i32>decimalCount;
	point += exponent;
}

function exponentAt(at: usize, size: usize): i32 {
	const negative = load<u8>(digits + at) === 0x2d;
	let value: i32 = 0;
	for (let i: usize = at; i < size; i++) {
		const character = <i32>load<u8>(digits + i);
		if (character >= 0x30) value = value * 10 + character - 0x30;
	}
	return negative ? -value : value;
}

/** Writes the decimals around their point, without zeros at either end. */
function writePlaced(): void {
	let first: usize = 0;
	let last = decimalCount;
	let before = point;
	while (last > 0 && load<u8>(decimals + last - 1) === 0x30) last--;
	while (first < last && load<u8>(decimals + first) === 0x30) {
		first++;
		before--;
	}
	if (first === last || before <= 0) writeU8(0x30);
	if (first === last) return;
	if (before <= 0) writeU8(0x2e);
	for (let i = before; i < 0; i++) writeU8(0x30);
	for (let i: usize = first; i < last; i++) {
		if (before > 0 && <i32>(i - first) === before) writeU8(0x2e);
		writeU8(<u32>load<u8>(decimals + i));
	}
	for (let i = <i32>(last - first); i < before; i++) writeU8(0x30);
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
