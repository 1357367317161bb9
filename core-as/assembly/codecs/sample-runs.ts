import { allocate } from '../abi/memory';
import { ABSENT } from './chunk-section';

// Samples of one series from several sources, collected as runs of strictly rising times, then merged two by two. Of
// samples of one time that of the later run counts, but ABSENT replaces none. One collection at a time; its buffers
// stay for the next one.

/** Bound of a collection: with it the buffers below take 36 MiB at most. */
export const MAX_COLLECTED: u32 = 1 << 20;
const FIRST_CAPACITY: u32 = 1024;
/** A chunk is decoded in place, eight samples at a time. */
const BEHIND: u32 = 264;

/** Collected samples: f64 times and the bits of values. */
export let times: usize = 0;
export let values: usize = 0;
export let collected: u32 = 0;
/** Samples that gave way to one of the same time, since `startRuns`. */
export let replaced: u32 = 0;

let otherTimes: usize = 0;
let otherValues: usize = 0;
/** Where runs end. */
let ends: usize = 0;
let runs: u32 = 0;
let capacity: u32 = 0;
let lastTime: f64 = 0;

export function startRuns(): void {
	if (capacity === 0) resize(FIRST_CAPACITY);
	collected = 0;
	runs = 0;
	replaced = 0;
	lastTime = -Infinity;
}

/** Makes room for `count` (at most 256) samples behind the collected ones; false at the bound. */
export function makeRoom(count: u32): bool {
	if (collected + count > MAX_COLLECTED) return false;
	if (collected + count > capacity) resize(capacity * 2);
	return true;
}

/** Takes `count` samples that stand in the room: their times rise. */
export function addRun(count: u32): void {
	const first = load<f64>(times + ((<usize>collected) << 3));
	if (!(first > lastTime) || runs === 0) runs++;
	collected += count;
	lastTime = load<f64>(times + ((<usize>(collected - 1)) << 3));
	store<u32>(ends + ((<usize>(runs - 1)) << 2), collected);
}

/** Adds one sample, for which there is room. */
export function addSample(time: f64, bits: u64): void {
	const at = (<usize>collected) << 3;
	store<f64>(times + at, time);
	store<u64>(values + at, bits);
	addRun(1);
}

/** Leaves all samples in `times` and `values` as one run, `collected` long. */
export function mergeRuns(): void {
	while (runs > 1) {
		let from: u32 = 0;
		let to: u32 = 0;
		let made: u32 = 0;
		for (let run: u32 = 0; run < runs; run += 2) {
			const middle = endOf(run);
			const end = run + 1 < runs ? endOf(run + 1) : middle;
			to = mergeTwo(from, middle, end, to);
			store<u32>(ends + ((<usize>made) << 2), to);
			made++;
			from = end;
		}
		runs = made;
		collected = to;
		const merged = otherTimes;
		otherTimes = times;
		times = merged;
		const mergedValues = otherValues;
		otherValues = values;
		values = mergedValues;
	}
}

function endOf(run: u32): u32 {
	return load<u32>(ends + ((<usize>run) << 2));
}

/** Merges the runs [from, middle) and [middle, end) to `to` of the other buffers; returns the place behind. */
function mergeTwo(from: u32, middle: u32, end: u32, to: u32): u32 {
	let a = from;
	let b = middle;
	while (a < middle && b < end) {
		const timeA = load<f64>(times + ((<usize>a) << 3));
		const timeB = load<f64>(times + ((<usize>b) << 3));
		if (timeA < timeB) {
			put(a, to);
			a++;
		} else {
			if (timeA === timeB) {
				if (load<u64>(values + ((<usize>b) << 3)) === ABSENT) {
					put(a, to);
				} else put(b, to);
				a++;
				replaced++;
			} else put(b, to);
			b++;
		}
		to++;
	}
	const left = middle - a;
	copy(a, to, left);
	copy(b, to + left, end - b);
	return to + left + (end - b);
}

function put(from: u32, to: u32): void {
	const at = (<usize>from) << 3;
	const place = (<usize>to) << 3;
	store<f64>(otherTimes + place, load<f64>(times + at));
	store<u64>(otherValues + place, load<u64>(values + at));
}

function copy(from: u32, to: u32, count: u32): void {
	const at = (<usize>from) << 3;
	const place = (<usize>to) << 3;
	memory.copy(otherTimes + place, times + at, (<usize>count) << 3);
	memory.copy(otherValues + place, values + at, (<usize>count) << 3);
}

function resize(samples: u32): void {
	times = moved(times, samples, 3);
	values = moved(values, samples, 3);
	ends = moved(ends, samples, 2);
	if (capacity > 0) {
		heap.free(otherTimes);
		heap.free(otherValues);
	}
	otherTimes = allocate(bytesFor(samples, 3));
	otherValues = allocate(bytesFor(samples, 3));
	capacity = samples;
}

function bytesFor(samples: u32, shift: usize): usize {
	return (<usize>(samples + BEHIND)) << shift;
}

/** A column of `samples` with what stood in `column`, which is freed. */
function moved(column: usize, samples: u32, shift: usize): usize {
	const grown = allocate(bytesFor(samples, shift));
	if (capacity > 0) {
		memory.copy(grown, column, bytesFor(capacity, shift));
		heap.free(column);
	}
	return grown;
}
