import { output } from './row-writer';
import { compareText } from './text';

// Candidates for the labels of a set, in the order in which they are merged. References are into the row writer's output.

/** References of name, value and key, rank, number. */
export const CANDIDATE: usize = 32;

export function compareNames(left: usize, right: usize): i32 {
	return compareRefs(left, right);
}

function compareRefs(left: usize, right: usize): i32 {
	return compareText(
		output + <usize>load<u32>(left),
		<usize>load<u32>(left, 4),
		output + <usize>load<u32>(right),
		<usize>load<u32>(right, 4),
	);
}

/** By name; then the higher rank, by key, in the order of the sender. */
function compareCandidates(left: usize, right: usize): i32 {
	const names = compareNames(left, right);
	if (names !== 0) return names;
	const ranks = <i32>load<u32>(right, 24) - <i32>load<u32>(left, 24);
	if (ranks !== 0) return ranks;
	const keys = compareRefs(left + 16, right + 16);
	return keys !== 0 ? keys : <i32>load<u32>(left, 28) - <i32>load<u32>(right, 28);
}

/** As most sets are small and nearly sorted, by insertion; large ones by a heap, since the order comes from outside. */
export function sortCandidates(work: usize, count: usize): void {
	if (count > 32) {
		heapSort(work, count);
		return;
	}
	for (let i: usize = 1; i < count; i++) {
		for (let at = work + i * CANDIDATE; at > work; at -= CANDIDATE) {
			if (compareCandidates(at - CANDIDATE, at) <= 0) break;
			swap(at - CANDIDATE, at);
		}
	}
}

function heapSort(work: usize, count: usize): void {
	for (let root = <isize>(count >> 1) - 1; root >= 0; root--) sift(work, <usize>root, count);
	for (let last = count - 1; last > 0; last--) {
		swap(work, work + last * CANDIDATE);
		sift(work, 0, last);
	}
}

function sift(work: usize, from: usize, count: usize): void {
	let root = from;
	while (root * 2 + 1 < count) {
		let child = root * 2 + 1;
		const at = work + child * CANDIDATE;
		if (child + 1 < count && compareCandidates(at, at + CANDIDATE) < 0) child++;
		if (compareCandidates(work + root * CANDIDATE, work + child * CANDIDATE) >= 0) return;
		swap(work + root * CANDIDATE, work + child * CANDIDATE);
		root = child;
	}
}

function swap(left: usize, right: usize): void {
	const low = v128.load(left);
	const high = v128.load(left, 16);
	v128.store(left, v128.load(right));
	v128.store(left, v128.load(right, 16), 16);
	v128.store(right, low);
	v128.store(right, high, 16);
}
