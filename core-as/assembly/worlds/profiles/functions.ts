import { createList, extend } from '../../abi/list';
import { mix } from '../../codecs/mix';
import { createTable, emptyTable, entryIn, firstSlot, nextSlot, place, widened } from './table';

// Functions are what frames of any line belong to, so there are no more of them than frames.

/** Texts are numbers of strings. */
@unmanaged
export class CodeFunction {
	name: u32;
	file: u32;
}

const functions = createList(offsetof<CodeFunction>());
const table = createTable();

export function clearFunctions(): void {
	functions.used = 0;
	emptyTable(table);
}

export function functionCount(): u32 {
	return functions.used;
}

export function functionAt(number: u32): CodeFunction {
	return changetype<CodeFunction>(functions.at + <usize>number * offsetof<CodeFunction>());
}

function hashOf(name: u32, file: u32): u64 {
	return mix(((<u64>name) << 32) | <u64>file);
}

/** The number of a function. */
export function internFunction(name: u32, file: u32): u32 {
	const hash = hashOf(name, file);
	let slot = firstSlot(table, hash);
	for (let entry = entryIn(table, slot); entry !== 0; entry = entryIn(table, slot)) {
		const found = functionAt(entry - 1);
		if (found.name === name && found.file === file) return entry - 1;
		slot = nextSlot(table, slot);
	}
	const number = functions.used;
	const added = changetype<CodeFunction>(extend(functions, 1));
	added.name = name;
	added.file = file;
	if (widened(table)) {
		for (let i: u32 = 0; i < number; i++) place(table, hashOf(functionAt(i).name, functionAt(i).file), i);
	}
	place(table, hash, number);
	return number;
}
