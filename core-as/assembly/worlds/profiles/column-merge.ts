import { allocate } from '../../abi/memory';
import {
	elementOf,
	FRAME_FILES,
	FRAME_LINES,
	FRAME_NAMES,
	isBase,
	listAt,
	STACK_ENDS,
	STACK_FRAMES,
	STRING_BYTES,
	STRING_ENDS,
	scale,
	sizeOf,
	VALUES,
} from './columns';
import { internFrame } from './frames';
import { kinds, rowOf } from './node-values';
import { nodeOfStack } from './stack-table';
import { FULL, intern } from './strings';

/** More is no value of any profile, and sums of what is below stay finite. */
const MAX_VALUE: f64 = 18446744073709551616.0;

/** By string of the call: its number here, FULL until a frame needs it. */
let strings: usize = 0;
/** By frame of the call: its number here. */
let frames: usize = 0;

/** Adds the columns of the call, which are sound; false when they do not fit. */
export function mergeColumns(): bool {
	const size = (<usize>sizeOf(STRING_ENDS)) << 2;
	strings = allocate(size);
	memory.fill(strings, 0xff, size);
	frames = allocate((<usize>sizeOf(FRAME_NAMES)) << 2);
	const fits = addFrames() && addStacks();
	heap.free(strings);
	heap.free(frames);
	return fits;
}

/** What no frame names, such as texts of labels, takes no room. */
function stringOf(index: u32): u32 {
	const slot = strings + ((<usize>index) << 2);
	if (load<u32>(slot) !== FULL) return load<u32>(slot);
	const from: u32 = index === 0 ? 0 : elementOf(STRING_ENDS, index - 1);
	const size = <usize>(elementOf(STRING_ENDS, index) - from);
	const number = intern(listAt(STRING_BYTES) + <usize>from, size);
	store<u32>(slot, number);
	return number;
}

function addFrames(): bool {
	for (let i: u32 = 0; i < sizeOf(FRAME_NAMES); i++) {
		const name = stringOf(elementOf(FRAME_NAMES, i));
		const file = stringOf(elementOf(FRAME_FILES, i));
		if (name === FULL || file === FULL) return false;
		const number = internFrame(name, file, elementOf(FRAME_LINES, i));
		if (number === FULL) return false;
		store<u32>(frames + ((<usize>i) << 2), number);
	}
	return true;
}

/** The value of a stack, or 0 where it does not count; `values` are those of its kind. */
function countedValue(values: usize, stack: u32, factor: f64): f64 {
	const value = load<f64>(values + ((<usize>stack) << 3)) * factor;
	return value > 0 && value <= MAX_VALUE ? value : 0;
}

function addStacks(): bool {
	const toBase = isBase();
	const factor = scale();
	const stackFrames = listAt(STACK_FRAMES);
	const stackEnds = listAt(STACK_ENDS);
	const stacks = sizeOf(STACK_ENDS);
	const values = listAt(VALUES);
	const width = (<usize>stacks) << 3;
	const valuesEnd = values + <usize>kinds * width;
	let from = stackFrames;
	for (let i: u32 = 0; i < stacks; i++) {
		const end = stackFrames + ((<usize>load<u32>(stackEnds + ((<usize>i) << 2))) << 2);
		let counts = false;
		for (let at = values; at < valuesEnd && !counts; at += width) counts = countedValue(at, i, factor) !== 0;
		if (counts) {
			const node = nodeOfStack(from, end, frames);
			if (node === FULL) return false;
			let row = rowOf(node, toBase);
			for (let at = values; at < valuesEnd; at += width) {
				store<f64>(row, load<f64>(row) + countedValue(at, i, factor));
				row += 8;
			}
		}
		from = end;
	}
	return true;
}
