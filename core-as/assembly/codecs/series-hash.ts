import { LABEL_SIZE } from './label-set';

// FNV-1a 64 over name, 0xff, value, 0xff of each label, http://www.isthe.com/chongo/tech/comp/fnv/.
// Each step of FNV waits for the one before it, so four series are hashed side by side: their label sets are
// copied into lanes, and the lanes run together as far as the shortest one goes. Neighbours often begin alike, as they are
// of one metric: the lanes start where they leave what the last four began with.

const OFFSET: u64 = 0xcbf29ce484222325;
const PRIME: u64 = 0x100000001b3;
/** No UTF-8 text holds this byte, so it separates names and values without ambiguity. */
export const SEPARATOR: u8 = 0xff;

/** Bytes of a lane; a larger label set is hashed alone. */
export const LANE: usize = 2048;
const lanes: usize = memory.data(4 * (2048 + 32), 16);
const LANE_STEP: usize = 2048 + 32;
/** Per lane: bytes in it, and where its hash goes. */
const sizes: usize = memory.data(4 * 4, 16);
const targets: usize = memory.data(4 * 4, 16);
let waiting: usize = 0;

/** Bytes between two places where the hash is known. */
const BLOCK: usize = 16;
/** The last lane that was hashed, and its hash after each block. */
const known: usize = memory.data(2048 + 32, 16);
const states: usize = memory.data((2048 / 16 + 1) * 8, 16);
let knownBlocks: usize = 0;

export function startHashes(): void {
	waiting = 0;
	knownBlocks = 0;
	store<u64>(states, OFFSET);
}

/** Has the hash of `count` labels stored at `target`, at the latest when `finishHashes` returns. */
export function hashSeries(body: usize, labels: usize, count: usize, target: usize): void {
	const size = fillLane(freeLane(), body, labels, count);
	if (size > LANE) store<u64>(target, hashAlone(body, labels, count));
	else hashLane(size, target);
}

/** Where a label set of at most LANE bytes may be put, for `hashLane`. */
export function freeLane(): usize {
	return lanes + waiting * LANE_STEP;
}

/** As `hashSeries`, of `size` bytes in the free lane: each name and value with the separator behind it. */
export function hashLane(size: usize, target: usize): void {
	store<u32>(sizes + (waiting << 2), <u32>size);
	store<u32>(targets + (waiting << 2), <u32>target);
	if (++waiting === 4) hashFour();
}

export function finishHashes(): void {
	for (let i: usize = 0; i < waiting; i++) {
		const lane = lanes + i * LANE_STEP;
		finishLane(i, OFFSET, lane);
	}
	waiting = 0;
}

/** Copies a label set into a lane; returns its size, or more than LANE when it does not fit. */
function fillLane(lane: usize, body: usize, labels: usize, count: usize): usize {
	let to = lane;
	const limit = lane + LANE;
	for (const end = labels + count * LABEL_SIZE; labels < end; labels += 8) {
		// Name, then value: both are an offset and a size.
		const size = <usize>load<u32>(labels, 4);
		if (size >= limit - to) return LANE + 1;
		let from = body + load<u32>(labels);
		const behind = to + size;
		for (; to < behind; to += 16) {
			v128.store(to, v128.load(from));
			from += 16;
		}
		store<u8>(behind, SEPARATOR);
		to = behind + 1;
	}
	return to - lane;
}

function hashFour(): void {
	const shortest = min(
		min(load<u32>(sizes), load<u32>(sizes, 4)),
		min(load<u32>(sizes, 8), load<u32>(sizes, 12)),
	);
	const blocks = <usize>shortest / BLOCK;
	const shared = sharedBlocks(min(blocks, knownBlocks));
	let a = load<u64>(states + (shared << 3));
	let b = a;
	let c = a;
	let d = a;
	let p = lanes + shared * BLOCK;
	for (let block = shared; block < blocks; ) {
		v128.store(known + block * BLOCK, v128.load(p, 3 * LANE_STEP));
		for (const end = p + BLOCK; p < end; p++) {
			a = (a ^ <u64>load<u8>(p)) * PRIME;
			b = (b ^ <u64>load<u8>(p, LANE_STEP)) * PRIME;
			c = (c ^ <u64>load<u8>(p, 2 * LANE_STEP)) * PRIME;
			d = (d ^ <u64>load<u8>(p, 3 * LANE_STEP)) * PRIME;
		}
		block++;
		store<u64>(states + (block << 3), d);
	}
	knownBlocks = blocks;
	for (const end = lanes + <usize>shortest; p < end; p++) {
		a = (a ^ <u64>load<u8>(p)) * PRIME;
		b = (b ^ <u64>load<u8>(p, LANE_STEP)) * PRIME;
		c = (c ^ <u64>load<u8>(p, 2 * LANE_STEP)) * PRIME;
		d = (d ^ <u64>load<u8>(p, 3 * LANE_STEP)) * PRIME;
	}
	finishLane(0, a, p);
	finishLane(1, b, p + LANE_STEP);
	finishLane(2, c, p + 2 * LANE_STEP);
	finishLane(3, d, p + 3 * LANE_STEP);
	waiting = 0;
}

/** How many blocks, at most `most`, all four lanes begin with as the known lane does. */
function sharedBlocks(most: usize): usize {
	for (let block: usize = 0; block < most; block++) {
		const lane = lanes + block * BLOCK;
		const one = v128.load(known + block * BLOCK);
		const differing = v128.or(
			v128.or(v128.xor(one, v128.load(lane)), v128.xor(one, v128.load(lane, LANE_STEP))),
			v128.or(v128.xor(one, v128.load(lane, 2 * LANE_STEP)), v128.xor(one, v128.load(lane, 3 * LANE_STEP))),
		);
		if (v128.any_true(differing)) return block;
	}
	return most;
}

/** Runs a lane from `p` to its end and stores its hash. */
function finishLane(index: usize, hash: u64, p: usize): void {
	const end = lanes + index * LANE_STEP + <usize>load<u32>(sizes + (index << 2));
	for (; p < end; p++) hash = (hash ^ <u64>load<u8>(p)) * PRIME;
	store<u64>(<usize>load<u32>(targets + (index << 2)), hash);
}

function hashAlone(body: usize, labels: usize, count: usize): u64 {
	let hash = OFFSET;
	for (const end = labels + count * LABEL_SIZE; labels < end; labels += 8) {
		let p = body + load<u32>(labels);
		for (const last = p + <usize>load<u32>(labels, 4); p < last; p++) {
			hash = (hash ^ <u64>load<u8>(p)) * PRIME;
		}
		hash = (hash ^ <u64>SEPARATOR) * PRIME;
	}
	return hash;
}
