import { pack, packedWidth, planeSize } from './bit-packing';
import { addGap, gapFlags, gaps, startGaps, storeGaps } from './chunk-gaps';
import {
	ABSENT,
	deltas,
	HEADER,
	high,
	low,
	RAW,
	RAW_DELTA,
	ROTATED,
	SHORT_BITS,
	storeHeader,
} from './chunk-section';

/** The width of a range of 64-bit patterns: each plane of 32 bits on its own. */
function rawWidth(range: u64): u32 {
	const bits = 64 - <u32>clz(range);
	return bits > 32 ? 32 + packedWidth(bits - 32) : packedWidth(bits);
}

/** The bits themselves: common trailing zeros removed, then against their minimum, or as deltas. */
export function encodeRaw(from: usize, count: u32, to: usize): usize {
	closeGaps(from, count);
	if (gaps !== 0) from = deltas;
	let any: u64 = 0;
	let smallest: u64 = u64.MAX_VALUE;
	let largest: u64 = 0;
	for (let i: usize = 0; i < <usize>count; i++) {
		const bits = load<u64>(from + (i << 3));
		any |= bits;
		smallest = min(smallest, bits);
		largest = max(largest, bits);
	}
	// Mixed signs: as the lowest bit the sign costs one bit, as the highest it costs all.
	const rotated = (smallest ^ largest) >> 63 !== 0;
	if (rotated) {
		any = rotl(any, 1);
		smallest = u64.MAX_VALUE;
		largest = 0;
		for (let i: usize = 0; i < <usize>count; i++) {
			const bits = rotl(load<u64>(from + (i << 3)), 1);
			smallest = min(smallest, bits);
			largest = max(largest, bits);
		}
	}
	const zeros = any === 0 ? 0 : ctz(any);
	smallest >>= zeros;
	largest >>= zeros;
	let width = rawWidth(largest - smallest);
	let mode = RAW;
	let base = smallest;
	let step: i64 = 0;
	if (!rotated) {
		let smallestDelta = i64.MAX_VALUE;
		let largestDelta = i64.MIN_VALUE;
		let before = load<u64>(from) >> zeros;
		for (let i: usize = 1; i < <usize>count; i++) {
			const bits = load<u64>(from + (i << 3)) >> zeros;
			const delta = <i64>(bits - before);
			before = bits;
			smallestDelta = min(smallestDelta, delta);
			largestDelta = max(largestDelta, delta);
		}
		const range = largestDelta - smallestDelta;
		if (count > 1 && range >= 0) {
			const deltaWidth = rawWidth(<u64>range);
			if (planeSize(count, deltaWidth) + 8 < planeSize(count, width)) {
				mode = RAW_DELTA;
				width = deltaWidth;
				base = load<u64>(from) >> zeros;
				step = smallestDelta;
			}
		}
	}

	if (mode === RAW && !rotated && zeros === 0 && gaps === 0) {
		const top = (smallest >> 32) << 32;
		const shortWidth = rawWidth(largest - top);
		if (shortWidth > 32 && shortWidth <= 60 && shortWidth <= width)
			return encodeShort(from, count, top, shortWidth, to);
	}
	const marks = <u32>zeros | (rotated ? ROTATED : 0);
	const isDelta = mode === RAW_DELTA;
	const flags = gapFlags(count);
	storeHeader(to, mode, 0, width, isDelta || marks === 0 ? 8 : 0x18, flags);
	to += HEADER;
	store<u64>(to, base);
	to += 8;
	if (isDelta) {
		store<i64>(to, step);
		to += 8;
	}
	if (isDelta || marks !== 0) store<u8>(to++, <u8>marks);

	let before = base - <u64>step;
	for (let i: usize = 0; i < <usize>count; i++) {
		let bits = load<u64>(from + (i << 3));
		if (rotated) bits = rotl(bits, 1);
		bits >>= zeros;
		const residual = isDelta ? bits - before - <u64>step : bits - base;
		before = bits;
		store<u32>(low + (i << 2), <u32>residual);
		store<u32>(high + (i << 2), <u32>(residual >> 32));
	}
	memory.fill(low + ((<usize>count) << 2), 0, 32);
	memory.fill(high + ((<usize>count) << 2), 0, 32);
	to = pack(low, count, min(width, 32), to);
	if (width > 32) to = pack(high, count, width - 32, to);
	return storeGaps(count, to);
}

/** The low half of the bits as it is, the high half against `base`. */
function encodeShort(from: usize, count: u32, base: u64, width: u32, to: usize): usize {
	store<u8>(to, <u8>(SHORT_BITS | ((width - 32) << 3)));
	store<u32>(to, <u32>(base >> 32), 1);
	for (let i: usize = 0; i < <usize>count; i++) {
		const residual = load<u64>(from + (i << 3)) - base;
		store<u32>(low + (i << 2), <u32>residual);
		store<u32>(high + (i << 2), <u32>(residual >> 32));
	}
	memory.fill(low + ((<usize>count) << 2), 0, 32);
	memory.fill(high + ((<usize>count) << 2), 0, 32);
	return pack(high, count, width - 32, pack(low, count, 32, to + 5));
}

/** Copies the bits to `deltas` with the value before in the place of an absent one. */
function closeGaps(from: usize, count: u32): void {
	let before: u64 = ABSENT;
	for (let i: usize = 0; i < <usize>count && before === ABSENT; i++) before = load<u64>(from + (i << 3));
	startGaps();
	for (let i: u32 = 0; i < count; i++) {
		const bits = load<u64>(from + ((<usize>i) << 3));
		if (bits === ABSENT) addGap(i);
		else before = bits;
		store<u64>(deltas + ((<usize>i) << 3), before);
	}
}
