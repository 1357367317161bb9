import { allocate, RESULT, release, releaseList, storeList } from '../../abi/memory';
import { output, releaseOutput, startOutput, written } from '../../codecs/row-writer';
import { patternAt, writeHash } from './patterns';
import { newHandle } from './resource';
import { closeSource, consumed, feed, openSource, Source } from './source';

const MAX_PATTERNS: u32 = 1024;

export function logs_source_new(format: u32, maxPatterns: u32, readsJson: u32, offset: u64): i32 {
	return newHandle(
		changetype<usize>(openSource(format, min(maxPatterns, MAX_PATTERNS), readsJson !== 0, offset)),
	);
}

export function logs_source_dtor(source: usize): void {
	closeSource(changetype<Source>(source));
}

/** record fed: a list at 0, a count at 8, an offset at 16. */
export function logs_source_feed(self: usize, bytes: usize, size: usize, now: u64, flush: u32): usize {
	const source = changetype<Source>(self);
	startOutput(size);
	feed(source, bytes, size, now, flush !== 0);
	release(bytes, size);
	storeList(0, output, written());
	store<u32>(RESULT, source.records, 8);
	store<u64>(RESULT, consumed(source), 16);
	return RESULT;
}

export function logs_source_feed_post(_result: usize): void {
	releaseOutput();
}

/** record counts: five lists from 0, three counters from 40. */
export function logs_source_counts(self: usize): usize {
	const source = changetype<Source>(self);
	const table = source.patterns();
	const size = <usize>table.size;
	let sampleBytes: usize = 0;
	for (let i: u32 = 0; i < table.size; i++) sampleBytes += patternAt(table, i).sampleSize;
	const levels = allocate(size);
	const hashes = allocate(size * 32);
	const messages = allocate(size * 8);
	const samples = allocate(sampleBytes);
	const ends = allocate(size * 4);
	let end: usize = 0;
	for (let i: usize = 0; i < size; i++) {
		const entry = patternAt(table, <u32>i);
		store<u8>(levels + i, <u8>entry.level);
		if (entry.sample === 0) memory.fill(hashes + i * 32, 0x20, 32);
		else {
			writeHash(hashes + i * 32, entry);
			memory.copy(samples + end, entry.sample, entry.sampleSize);
			end += entry.sampleSize;
		}
		store<u64>(messages + i * 8, entry.messages);
		store<u32>(ends + i * 4, <u32>end);
	}
	storeColumn(0, levels, size);
	storeColumn(8, hashes, size * 32);
	storeColumn(16, messages, size);
	storeColumn(24, samples, sampleBytes);
	storeColumn(32, ends, size);
	store<u64>(RESULT, source.lines, 40);
	store<u64>(RESULT, source.cut, 48);
	store<u64>(RESULT, source.malformed, 56);
	return RESULT;
}

export function logs_source_counts_post(_result: usize): void {
	for (let offset: usize = 0; offset < 40; offset += 8) releaseList(offset);
}

/** Like `storeList`, but an empty column's memory is freed at once: its pointer would be lost. */
function storeColumn(offset: usize, pointer: usize, length: usize): void {
	if (length === 0) heap.free(pointer);
	storeList(offset, pointer, length);
}
