import { LABEL_SIZE } from './label-set';
import { compareText } from './text';

// Labels as nearly every sender writes them: one behind the other at the start of the series, every length one byte, no
// empty text. They are checked together: their bytes are ASCII and hold no control character but the tags and lengths
// around the texts, which are counted; the names rise and `__name__` is among them. What is not so is looked at label
// by label (label-set.ts), so a false alarm costs time only.

/** What the last call of `readPlainLabels` found: the labels lie in [start, behind). */
let start: usize = 0;
let behind: usize = 0;
/** Tags and lengths among them that look like control characters. */
let controls: u32 = 0;
export let plainLabels: usize = 0;
let isSorted: bool = true;
let isNamed: bool = false;

/** `__name__` */
const METRIC_NAME: u64 = 0x5f5f656d616e5f5f;

/**
 * Reads labels from `p` on as long as they are `0a len 0a len name 12 len value`, four numbers each at `label`; sets
 * `plainLabels` and returns the first byte that is anything else.
 */
export function readPlainLabels(body: usize, p: usize, end: usize, label: usize): usize {
	let seen: u32 = 0;
	let sorted: bool = true;
	let named: bool = false;
	let lastName: usize = 0;
	let lastSize: usize = 0;
	const firstLabel = label;
	start = p;
	while (end - p >= 8) {
		const head = load<u32>(p);
		if ((head & 0x80ff80ff) !== 0x000a000a) break;
		const size = <usize>((head >> 8) & 0xff);
		const nameSize = <usize>(head >> 24);
		const name = p + 4;
		const valueSize = size - nameSize - 4;
		const next = p + 2 + size;
		if (size > end - p - 2 || nameSize + 4 >= size || nameSize === 0) break;
		// The value's tag and length.
		if (<usize>load<u16>(name + nameSize) !== (0x12 | (valueSize << 8))) break;
		store<u32>(label, <u32>(name - body));
		store<u32>(label, <u32>nameSize, 4);
		store<u32>(label, <u32>(name - body + nameSize + 2), 8);
		store<u32>(label, <u32>valueSize, 12);
		label += LABEL_SIZE;
		seen += 3 + looksLikeControl(size) + looksLikeControl(nameSize) + looksLikeControl(valueSize);
		if (lastSize !== 0 && !isBelow(lastName, lastSize, name, nameSize)) sorted = false;
		if (nameSize === 8 && load<u64>(name) === METRIC_NAME) named = true;
		lastName = name;
		lastSize = nameSize;
		p = next;
	}
	behind = p;
	controls = seen;
	isSorted = sorted;
	isNamed = named;
	plainLabels = (label - firstLabel) / LABEL_SIZE;
	return p;
}

/** 1 for bytes below 0x20 and for 0x7f; `byte` is below 0x80. */
function looksLikeControl(byte: usize): u32 {
	return <u32>(((byte - 0x20) >> 31) + ((byte + 1) >> 7));
}

/** True when the first name is below the second. */
function isBelow(left: usize, leftSize: usize, right: usize, rightSize: usize): bool {
	// Most names differ in the first bytes.
	const difference = load<u32>(left) ^ load<u32>(right);
	if (difference !== 0 && leftSize >= 4 && rightSize >= 4) {
		const shift = ctz(difference) & 0x18;
		return ((load<u32>(left) >> shift) & 0xff) < ((load<u32>(right) >> shift) & 0xff);
	}
	return compareText(left, leftSize, right, rightSize) < 0;
}

/** True when all `labels` labels of the series are plain and valid; false says nothing. */
export function arePlainLabelsValid(labels: usize): bool {
	if (plainLabels !== labels || !isSorted || !isNamed) return false;
	const spaces = i8x16.splat(0x20);
	const deletes = i8x16.splat(0x7f);
	let beyond = i8x16.splat(0);
	// Every match is -1, so a lane counts down; 127 blocks of 16 bytes cannot wrap it.
	let found: u32 = 0;
	let p = start;
	const whole = start + ((behind - start) & ~15);
	while (p < whole) {
		let matches = i8x16.splat(0);
		for (const stop = min(whole, p + 127 * 16); p < stop; p += 16) {
			const block = v128.load(p);
			beyond = v128.or(beyond, block);
			matches = i8x16.sub(matches, v128.or(i8x16.lt_u(block, spaces), i8x16.eq(block, deletes)));
		}
		found += sumOf(matches);
	}
	let tail: u32 = 0;
	if (p < behind) {
		const block = v128.load(p);
		const left = <u32>(behind - p);
		const mask = ((<u32>1) << left) - 1;
		const control = v128.or(i8x16.lt_u(block, spaces), i8x16.eq(block, deletes));
		found += popcnt(<u32>i8x16.bitmask(control) & mask);
		tail = <u32>i8x16.bitmask(block) & mask;
	}
	return found === controls && tail === 0 && i8x16.bitmask(beyond) === 0;
}

function sumOf(bytes: v128): u32 {
	const words = i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(bytes));
	return <u32>(
		(i32x4.extract_lane(words, 0) +
			i32x4.extract_lane(words, 1) +
			i32x4.extract_lane(words, 2) +
			i32x4.extract_lane(words, 3))
	);
}
