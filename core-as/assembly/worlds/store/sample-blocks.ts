import {
	addSample,
	collected,
	makeRoom,
	mergeRuns,
	replaced,
	startRuns,
	times,
	values,
} from '../../codecs/sample-runs';
import { giveRecord, RecordPool, takeRecord } from './record-pool';

// Samples of one series and hour: a list of blocks of ten, in the order in which they came while that is the order of
// time; else they are put in order by whoever reads them, or when they have doubled.

/** A block: the next one, then times since the hour's start (u32) from 4, then the bits of values from 48. */
export const BLOCK_SIZE: u32 = 128;
export const BLOCK_SAMPLES: u32 = 10;
const TIMES: usize = 4;
const VALUES: usize = 48;
/** Late samples that are left in disorder. */
const MOST_LATE: u32 = 256;

@unmanaged
export class Group {
	/** Since the epoch. */
	hour: u32;
	/** The same series' next later hour with samples, or 0. */
	next: usize;
	first: usize;
	last: usize;
	samples: u32;
	/** In the last block. */
	used: u32;
	/** Of the samples, in the front, that are in order; all but after a late one. */
	ordered: u32;
	/** Time of the last sample that is in order. */
	lastTime: u32;
}

export function timeAt(block: usize, index: u32): u32 {
	return load<u32>(block + ((<usize>index) << 2), TIMES);
}

export function bitsAt(block: usize, index: u32): u64 {
	return load<u64>(block + ((<usize>index) << 3), VALUES);
}

export function setBits(block: usize, index: u32, bits: u64): void {
	store<u64>(block + ((<usize>index) << 3), bits, VALUES);
}

export function nextBlock(block: usize): usize {
	return load<usize>(block);
}

/** Adds a sample behind the others; false when the pool has no block. */
export function pushSample(group: Group, time: u32, bits: u64, pool: RecordPool): bool {
	if (group.used === BLOCK_SAMPLES) {
		const block = takeRecord(pool);
		if (block === 0) return false;
		store<usize>(block, 0);
		store<usize>(group.last, block);
		group.last = block;
		group.used = 0;
	}
	store<u32>(group.last + ((<usize>group.used) << 2), time, TIMES);
	setBits(group.last, group.used, bits);
	group.used++;
	group.samples++;
	return true;
}

export function needsOrder(group: Group): bool {
	return group.samples - group.ordered >= max(MOST_LATE, group.ordered);
}

/** Puts the samples in order, one a time; returns how many gave way to others. */
export function putInOrder(group: Group, pool: RecordPool): u32 {
	if (group.ordered === group.samples) return 0;
	startRuns();
	let block = group.first;
	for (let left = group.samples; left > 0; ) {
		const here = min(left, BLOCK_SAMPLES);
		makeRoom(here);
		for (let i: u32 = 0; i < here; i++) addSample(<f64>timeAt(block, i), bitsAt(block, i));
		block = nextBlock(block);
		left -= here;
	}
	mergeRuns();
	block = group.first;
	for (let at: u32 = 0; ; ) {
		const here = min(collected - at, BLOCK_SAMPLES);
		for (let i: u32 = 0; i < here; i++) {
			store<u32>(block + ((<usize>i) << 2), <u32>load<f64>(times + ((<usize>(at + i)) << 3)), TIMES);
			setBits(block, i, load<u64>(values + ((<usize>(at + i)) << 3)));
		}
		at += here;
		group.used = here;
		if (at === collected) break;
		block = nextBlock(block);
	}
	giveBlocks(nextBlock(block), pool);
	store<usize>(block, 0);
	group.last = block;
	group.samples = collected;
	group.ordered = collected;
	group.lastTime = timeAt(block, group.used - 1);
	return replaced;
}

/** Gives back the blocks from `block` on. */
export function giveBlocks(block: usize, pool: RecordPool): void {
	while (block !== 0) {
		const next = nextBlock(block);
		giveRecord(pool, block);
		block = next;
	}
}
