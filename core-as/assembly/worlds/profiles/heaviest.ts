import { allocate } from '../../abi/memory';

// Which of many things are the heaviest, by a column of their weights: numbers above or equal to 0.

/** Things as heavy as `bits`, which are those of a number above 0; these rise with the numbers. */
function countFrom(weights: usize, count: u32, bits: u64): u32 {
	let found: u32 = 0;
	for (let i: u32 = 0; i < count; i++) {
		if (load<u64>(weights + ((<usize>i) << 3)) >= bits) found++;
	}
	return found;
}

/** The bits of the least weight, above 0, of which there are at most `most`: equal ones are in or out together. */
function leastWeight(weights: usize, count: u32, most: u32): u64 {
	let low: u64 = 1;
	let high: u64 = 0x7ff0000000000000;
	if (countFrom(weights, count, low) <= most) return low;
	while (low + 1 < high) {
		const middle = low + (high - low) / 2;
		if (countFrom(weights, count, middle) <= most) high = middle;
		else low = middle;
	}
	return high;
}

/** Of the last `selectHeaviest`: numbers of things, lightest first (of equal ones the last first); whose it is, frees it. */
export let heaviest: usize = 0;
export let heaviestCount: u32 = 0;
/** Things above 0 that did not get in. */
export let lighterCount: u32 = 0;

/** Selects at most `most` of `count` things that weigh anything. */
export function selectHeaviest(weights: usize, count: u32, most: u32): void {
	const least = leastWeight(weights, count, most);
	heaviestCount = countFrom(weights, count, least);
	lighterCount = countFrom(weights, count, 1) - heaviestCount;
	heaviest = allocate((<usize>heaviestCount) << 2);
	let at = heaviest;
	for (let i: u32 = 0; i < count; i++) {
		if (load<u64>(weights + ((<usize>i) << 3)) < least) continue;
		store<u32>(at, i);
		at += 4;
	}
	sort(weights);
}

export function heaviestAt(index: u32): u32 {
	return load<u32>(heaviest + ((<usize>index) << 2));
}

function put(index: u32, number: u32): void {
	store<u32>(heaviest + ((<usize>index) << 2), number);
}

/** Heap sort. */
function sort(weights: usize): void {
	for (let i = heaviestCount >> 1; i-- > 0; ) siftDown(weights, i, heaviestCount);
	for (let end = heaviestCount; end > 1; ) {
		end--;
		const last = heaviestAt(end);
		put(end, heaviestAt(0));
		put(0, last);
		siftDown(weights, 0, end);
	}
}

function siftDown(weights: usize, from: u32, size: u32): void {
	const moved = heaviestAt(from);
	let at = from;
	let child = at * 2 + 1;
	while (child < size) {
		if (child + 1 < size && isLighter(weights, heaviestAt(child), heaviestAt(child + 1))) child++;
		if (!isLighter(weights, moved, heaviestAt(child))) break;
		put(at, heaviestAt(child));
		at = child;
		child = at * 2 + 1;
	}
	put(at, moved);
}

function isLighter(weights: usize, a: u32, b: u32): bool {
	const left = load<f64>(weights + ((<usize>a) << 3));
	const right = load<f64>(weights + ((<usize>b) << 3));
	return left < right || (left === right && a > b);
}
