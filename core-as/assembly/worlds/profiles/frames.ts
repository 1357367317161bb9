import { createList, extend } from '../../abi/list';
import { mix } from '../../codecs/mix';
import { clearFunctions, internFunction } from './functions';
import { FULL } from './strings';
import { createTable, emptyTable, entryIn, firstSlot, nextSlot, place, widened } from './table';

const MAX_FRAMES: u32 = 1 << 20;

/** A place in code: the number of a function, and a line, 0 where it is not known. */
@unmanaged
export class Frame {
	owner: u32;
	line: u32;
}

const frames = createList(offsetof<Frame>());
const table = createTable();

export function clearFrames(): void {
	frames.used = 0;
	emptyTable(table);
	clearFunctions();
}

export function frameCount(): u32 {
	return frames.used;
}

export function frameAt(number: u32): Frame {
	return changetype<Frame>(frames.at + <usize>number * offsetof<Frame>());
}

function hashOf(owner: u32, line: u32): u64 {
	return mix(((<u64>owner) << 32) | <u64>line);
}

/** The number of a frame, or FULL. */
export function internFrame(name: u32, file: u32, line: u32): u32 {
	// One function more than frames may stay behind at the bound.
	const owner = internFunction(name, file);
	const hash = hashOf(owner, line);
	let slot = firstSlot(table, hash);
	for (let entry = entryIn(table, slot); entry !== 0; entry = entryIn(table, slot)) {
		const found = frameAt(entry - 1);
		if (found.owner === owner && found.line === line) return entry - 1;
		slot = nextSlot(table, slot);
	}
	if (frames.used >= MAX_FRAMES) return FULL;
	const number = frames.used;
	const frame = changetype<Frame>(extend(frames, 1));
	frame.owner = owner;
	frame.line = line;
	if (widened(table)) {
		for (let i: u32 = 0; i < number; i++) place(table, hashOf(frameAt(i).owner, frameAt(i).line), i);
	}
	place(table, hash, number);
	return number;
}
