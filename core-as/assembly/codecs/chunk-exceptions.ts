import { ABSENT, EXACT, GAP_BITMAP, GAP_LIST, loadSigned, PATCHES } from './chunk-section';

// What a section says about single samples. Each reader returns the first byte behind, or 0 when something breaks
// the layout; positions rise and lie inside, so that nothing is written elsewhere.

/** Jumps: count, bytes of a jump, then position and jump. Each adds itself to its sample and all that follow. */
export function applyJumps(p: usize, end: usize, count: u32, to: usize): usize {
	if (end - p < 2) return 0;
	const jumps = <usize>load<u8>(p);
	const size = <u32>load<u8>(p, 1);
	p += 2;
	if (jumps === 0 || size === 0 || size > 7 || end - p < jumps * <usize>(size + 1)) return 0;
	const last = to + ((<usize>((count + 7) & ~7)) << 3);
	let next: u32 = 0;
	for (let k: usize = 0; k < jumps; k++) {
		const at = <u32>load<u8>(p);
		const jump = <f64>loadSigned(p + 1, size);
		if (at < next || at >= count || abs(jump) > EXACT) return 0;
		next = at + 1;
		p += 1 + <usize>size;
		let sample = to + ((<usize>at) << 3);
		if ((at & 1) !== 0) {
			store<f64>(sample, load<f64>(sample) + jump);
			sample += 8;
		}
		const pair = f64x2.splat(jump);
		for (; sample < last; sample += 16) v128.store(sample, f64x2.add(v128.load(sample), pair));
	}
	return p;
}

/** Gaps and patches, as `flags` says. */
export function applyExceptions(p: usize, end: usize, flags: u32, count: u32, to: usize): usize {
	if ((flags & GAP_LIST) !== 0) {
		p = applyGapList(p, end, count, to);
		if (p === 0) return 0;
	}
	if ((flags & GAP_BITMAP) !== 0) {
		p = applyGapBitmap(p, end, count, to);
		if (p === 0) return 0;
	}
	return (flags & PATCHES) === 0 ? p : applyPatches(p, end, count, to);
}

function applyGapList(p: usize, end: usize, count: u32, to: usize): usize {
	if (p >= end) return 0;
	const gaps = <usize>load<u8>(p++);
	if (gaps === 0 || end - p < gaps) return 0;
	let next: u32 = 0;
	for (let k: usize = 0; k < gaps; k++) {
		const at = <u32>load<u8>(p++);
		if (at < next || at >= count) return 0;
		next = at + 1;
		store<u64>(to + ((<usize>at) << 3), ABSENT);
	}
	return p;
}

/** One bit a sample, lowest first; bits behind the last sample are 0. */
function applyGapBitmap(p: usize, end: usize, count: u32, to: usize): usize {
	const bytes = (count + 7) >> 3;
	if (end - p < <usize>bytes) return 0;
	for (let i: u32 = 0; i < bytes; i++) {
		let bits = <u32>load<u8>(p++);
		while (bits !== 0) {
			const at = i * 8 + ctz(bits);
			if (at >= count) return 0;
			store<u64>(to + ((<usize>at) << 3), ABSENT);
			bits &= bits - 1;
		}
	}
	return p;
}

/** Samples that are replaced by their own bits. */
function applyPatches(p: usize, end: usize, count: u32, to: usize): usize {
	if (p >= end) return 0;
	const patches = <usize>load<u8>(p++);
	if (patches === 0 || end - p < patches * 9) return 0;
	let next: u32 = 0;
	for (let k: usize = 0; k < patches; k++) {
		const at = <u32>load<u8>(p);
		if (at < next || at >= count) return 0;
		store<u64>(to + ((<usize>at) << 3), load<u64>(p, 1));
		next = at + 1;
		p += 9;
	}
	return p;
}
