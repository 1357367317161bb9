import { mix } from '../../codecs/mix';
import {
	createList,
	createTable,
	emptyTable,
	entryIn,
	extend,
	firstSlot,
	nextSlot,
	place,
	widened,
} from './list';
import { FULL } from './strings';

const MAX_FRAMES: u32 = 1 << 20;

/** A place in code; texts are numbers of strings. */
@unmanaged
export class Frame {
	name: u32;
	file: u32;
	line: u32;
}

const frames = createList(offsetof<Frame>());
const table = createTable();

export function clearFrames(): void {
	frames.used = 0;
	emptyTable(table);
}

export function frameCount(): u32 {
	return frames.used;
}

export function frameAt(number: u32): Frame {
	return changetype<Frame>(frames.at + <usize>number * offsetof<Frame>());
}

function hashOf(name: u32, file: u32, line: u32): u64 {
	return mix(mix(((<u64>name) << 32) | <u64>file) + line);
}

/** The number of a frame, or FULL. */
export function internFrame(name: u32, file: u32, line: u32): u32 {
	const hash = hashOf(name, file, line);
	let slot = firstSlot(table, hash);
	for (let entry = entryIn(table, slot); entry !== 0; entry = entryIn(table, slot)) {
		const found = frameAt(entry - 1);
		if (found.name === name && found.file === file && found.line === line) return entry - 1;
		slot = nextSlot(table, slot);
	}
	if (frames.used >= MAX_FRAMES) return FULL;
	const number = frames.used;
	const frame = changetype<Frame>(extend(frames, 1));
	frame.name = name;
	frame.file = file;
	frame.line = line;
	if (widened(table)) {
		for (let i: u32 = 0; i < number; i++) {
			const other = frameAt(i);
			place(table, hashOf(other.name, other.file, other.line), i);
		}
	}
	place(table, hash, number);
	return number;
}
