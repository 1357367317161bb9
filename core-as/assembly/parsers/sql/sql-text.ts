// Where SQL without its literals is written; one statement at a time.

export const VALUE: u32 = 0x3f;
const SPACE: u32 = 0x20;
const COMMA: u32 = 0x2c;
const OPEN: u32 = 0x28;
const CLOSE: u32 = 0x29;
const DOTS = '...';

let to: usize = 0;
let start: usize = 0;
let limit: usize = 0;
/** Whether text is missing at the end. */
export let isCut: bool = false;

/** `room` bytes at `target`, without dots. */
export function open(target: usize, room: usize): void {
	start = target;
	to = target;
	limit = target + room;
	isCut = false;
}

export function written(): usize {
	return to - start;
}

export function isFull(): bool {
	return to >= limit;
}

export function cutHere(): void {
	isCut = true;
}

/** Takes these two back from the end. */
export function dropEnd(first: u32, second: u32): void {
	while (to > start && (<u32>load<u8>(to - 1) === first || <u32>load<u8>(to - 1) === second)) to--;
}

export function write(byte: u32): void {
	if (to >= limit) {
		isCut = true;
		return;
	}
	store<u8>(to, <u8>byte);
	to++;
	if (byte === CLOSE) joinGroups();
}

export function writeSpace(): void {
	if (to > start && <u32>load<u8>(to - 1) !== SPACE) write(SPACE);
}

/** `?`, unless it would only make a list of them longer. */
export function writeValue(): void {
	let p = to;
	while (p > start && <u32>load<u8>(p - 1) === SPACE) p--;
	if (p > start && <u32>load<u8>(p - 1) === COMMA) {
		p--;
		while (p > start && <u32>load<u8>(p - 1) === SPACE) p--;
		if (p > start && <u32>load<u8>(p - 1) === VALUE) {
			to = p;
			return;
		}
	}
	write(VALUE);
}

/** `(?), (?)` becomes `(?)`. */
function joinGroups(): void {
	if (to - start < 7 || load<u8>(to - 2) !== <u8>VALUE || load<u8>(to - 3) !== <u8>OPEN) return;
	let p = to - 3;
	while (p > start && <u32>load<u8>(p - 1) === SPACE) p--;
	if (p === start || <u32>load<u8>(p - 1) !== COMMA) return;
	p--;
	while (p > start && <u32>load<u8>(p - 1) === SPACE) p--;
	if (
		p - start >= 3 &&
		<u32>load<u8>(p - 1) === CLOSE &&
		<u32>load<u8>(p - 2) === VALUE &&
		<u32>load<u8>(p - 3) === OPEN
	)
		to = p;
}

export function writeDots(): void {
	for (let i = 0; i < DOTS.length; i++) store<u8>(to + <usize>i, <u8>DOTS.charCodeAt(i));
	to += <usize>DOTS.length;
}

/** A database may have another encoding, and a cut may split a character. */
export function replaceHigh(): void {
	for (let p = start; p < to; p++) if (<u32>load<u8>(p) >= 0x80) store<u8>(p, <u8>VALUE);
}
