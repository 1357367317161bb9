import { LABEL_SIZE } from './label-set';
import { LANE, SEPARATOR } from './series-hash';
import { compareText } from './text';

// Labels as nearly every sender writes them: one behind the other at the start of the series, every length one byte, no
// empty text. One walk takes their references, checks them (ASCII without control characters, names that rise, one of them
// `__name__`) and copies their texts to where they are hashed. What is not so is looked at label by label (label-set.ts),
// so a false alarm costs time only.

/** What the last call of `readPlainLabels` found. */
export let plainLabels: usize = 0;
/** Bytes of their texts, each with the separator behind it. */
export let plainText: usize = 0;
let arePlainFine: bool = false;

const SPACE: i32 = 0x20;
/** From the space to `~`, minus the space. */
const LAST_PRINTABLE: i32 = 0x7e - 0x20;
/** `__name__` as `startOf` has it. */
const METRIC_NAME: u64 = 0x3f3f4e414d453f3f;

/** 16 bytes 0xff, then 16 bytes 0: from 16 - n on, a mask that keeps n bytes. */
const keeping: usize = memory.data<u64>([0xffffffffffffffff, 0xffffffffffffffff, 0, 0], 16);

/**
 * Reads labels from `p` on as long as they are `0a len 0a len name 12 len value`: four numbers each at `label`, their texts
 * at `lane`; sets what is exported above and returns the first byte that is anything else.
 */
export function readPlainLabels(body: usize, p: usize, end: usize, label: usize, lane: usize): usize {
	const firstLabel = label;
	let to = lane;
	// What does not fit a lane is hashed in another way.
	const last = end - p > LANE ? p + LANE : end;
	let odd = i8x16.splat(0);
	let rising: bool = true;
	let named: bool = false;
	let before: u64 = 0;
	while (last - p >= 8) {
		const head = load<u32>(p);
		if ((head & 0x80ff80ff) !== 0x000a000a) break;
		const size = <usize>((head >> 8) & 0xff);
		const nameSize = <usize>(head >> 24);
		const valueSize = size - nameSize - 4;
		// Neither is empty, and the name's length leaves room for the value.
		if (((nameSize - 1) | (valueSize - 1)) > 0x7f || size > last - p - 2) break;
		const name = p + 4;
		const value = name + nameSize + 2;
		// The value's tag and length.
		if (<usize>load<u16>(name + nameSize) !== (0x12 | (valueSize << 8))) break;
		store<u32>(label, <u32>(name - body));
		store<u32>(label, <u32>nameSize, 4);
		store<u32>(label, <u32>(value - body), 8);
		store<u32>(label, <u32>valueSize, 12);
		const block = v128.load(name);
		v128.store(to, block);
		let texts = i8x16.sub(block, i8x16.splat(<i8>SPACE));
		if (nameSize > 16) odd = copyLongText(name, nameSize, to, odd);
		else texts = v128.and(texts, v128.load(keeping + 16 - nameSize));
		odd = v128.max<u8>(odd, texts);
		to += nameSize;
		store<u8>(to, SEPARATOR);
		to++;
		if (valueSize > 16) odd = copyLongText(value, valueSize, to, odd);
		else odd = copyShortText(value, valueSize, to, odd);
		to += valueSize;
		store<u8>(to, SEPARATOR);
		to++;
		const start = startOf(texts);
		if (start <= before) {
			rising = rising && label !== firstLabel && start === before && isLabelBelow(body, label);
		}
		if (start === METRIC_NAME && nameSize === 8) named = true;
		before = start;
		label += LABEL_SIZE;
		p += 2 + size;
	}
	plainLabels = (label - firstLabel) / LABEL_SIZE;
	plainText = to - lane;
	arePlainFine = rising && named && !v128.any_true(i8x16.gt_u(odd, i8x16.splat(<i8>LAST_PRINTABLE)));
	return p;
}

/** The first eight bytes as a number in whose order names are. */
function startOf(block: v128): u64 {
	return i64x2.extract_lane(
		v128.shuffle<u8>(block, block, 7, 6, 5, 4, 3, 2, 1, 0, 7, 6, 5, 4, 3, 2, 1, 0),
		0,
	);
}

/**
 * Copies a text of at most 16 bytes; writes 16. Returns the largest, byte by byte, of `odd` and of the text minus the space:
 * control characters, 0x7f and bytes beyond ASCII are all above LAST_PRINTABLE.
 */
function copyShortText(from: usize, size: usize, to: usize, odd: v128): v128 {
	const block = v128.load(from);
	v128.store(to, block);
	const text = v128.and(i8x16.sub(block, i8x16.splat(<i8>SPACE)), v128.load(keeping + 16 - size));
	return v128.max<u8>(odd, text);
}

/** The same of a longer one; writes no more than it. */
function copyLongText(from: usize, size: usize, to: usize, odd: v128): v128 {
	let seen = odd;
	const last = size - 16;
	for (let at: usize = 0; at < last; at += 16) {
		const block = v128.load(from + at);
		v128.store(to + at, block);
		seen = v128.max<u8>(seen, i8x16.sub(block, i8x16.splat(<i8>SPACE)));
	}
	const block = v128.load(from + last);
	v128.store(to + last, block);
	return v128.max<u8>(seen, i8x16.sub(block, i8x16.splat(<i8>SPACE)));
}

/** True when the name of the label before this one is below its own. */
function isLabelBelow(body: usize, label: usize): bool {
	const before = label - LABEL_SIZE;
	return (
		compareText(
			body + <usize>load<u32>(before),
			<usize>load<u32>(before, 4),
			body + <usize>load<u32>(label),
			<usize>load<u32>(label, 4),
		) < 0
	);
}

/** True when all `labels` labels of the series are plain and valid; false says nothing. */
export function arePlainLabelsValid(labels: usize): bool {
	return arePlainFine && plainLabels === labels;
}
