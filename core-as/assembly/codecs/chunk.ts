import { FRAME, isSound, SAMPLES_1, storeFrame } from './chunk-frame';
import { samplesOf } from './chunk-kernels';
import { LINE, maxSectionSize } from './chunk-section';
import { decodeSection, lineBase, lineStep, readLine } from './chunk-section-decode';
import { encodeSection } from './chunk-section-encode';

// A chunk of samples: [frame][section of times][section of values]. Layout in docs/formats.md, "Chunk".

const MAX_TIME: f64 = 4294967295;

/** Bytes that a chunk of `count` samples can never exceed. */
export function maxChunkSize(count: u32): usize {
	return FRAME + 2 * maxSectionSize(count);
}

/** True when the times rise and are integers that a chunk can hold. */
export function areTimes(times: usize, count: u32): bool {
	const last = times + ((<usize>(count - 1)) << 3);
	// NaN fails every comparison.
	if (!(load<f64>(times) >= 0 && load<f64>(last) <= MAX_TIME)) return false;
	if (nearest(load<f64>(last)) !== load<f64>(last)) return false;
	let fine = i64x2.splat(-1);
	let p = times;
	for (; p + 16 <= last; p += 16) {
		const pair = v128.load(p);
		fine = v128.and(fine, f64x2.gt(v128.load(p, 8), pair));
		fine = v128.and(fine, f64x2.eq(f64x2.nearest(pair), pair));
	}
	if (p < last && !(load<f64>(p) < load<f64>(last) && nearest(load<f64>(p)) === load<f64>(p))) return false;
	return i64x2.all_true(fine);
}

/** Encodes `count` (1 to 256) samples; returns the first byte behind the chunk. */
export function encodeChunk(times: usize, values: usize, count: u32, to: usize): usize {
	const end = encodeSection(values, count, encodeSection(times, count, to + FRAME));
	storeFrame(to, SAMPLES_1, count, end);
	return end;
}

/** Decodes a chunk that `chunkCount` took, times from `start` on; false when its checksum or any field is wrong. */
export function decodeChunk(p: usize, end: usize, count: u32, start: f64, times: usize, values: usize): bool {
	if (!isSound(p, end)) return false;
	const middle = decodeTimes(p + FRAME, end, count, start, times);
	return middle !== 0 && decodeSection(middle, end, count, values) === end;
}

/** Decodes the section of times; returns the first byte behind it, or 0 when it breaks the layout or they are none. */
function decodeTimes(p: usize, end: usize, count: u32, start: f64, to: usize): usize {
	if (p < end && (<u32>load<u8>(p) & 7) === LINE) {
		// Whole numbers by their layout.
		const middle = readLine(p, end);
		if (middle === 0 || !isLineOfTimes(count)) return 0;
		samplesOf(middle, <usize>((count + 7) >> 3), 0, true, start + lineBase, lineStep, 0, to);
		return middle;
	}
	const middle = decodeSection(p, end, count, to);
	if (middle === 0 || !areTimes(to, count)) return 0;
	if (start === 0) return middle;
	const starts = f64x2.splat(start);
	for (let p = to, last = to + ((<usize>count) << 3); p < last; p += 16) {
		v128.store(p, f64x2.add(v128.load(p), starts));
	}
	return middle;
}

/** True when `count` samples on the line that `readLine` found rise and are times that a chunk can hold. */
export function isLineOfTimes(count: u32): bool {
	const last = lineBase + lineStep * <f64>(count - 1);
	return lineBase >= 0 && last <= MAX_TIME && (count === 1 || lineStep > 0);
}
