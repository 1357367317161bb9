import { SLOP } from './memory';

// Lists that grow by doubling. Their owners bound how many elements they take.

const FIRST_CAPACITY: u32 = 64;

@unmanaged
export class List {
	/** 0 until the first element. */
	at: usize;
	/** Elements. */
	used: u32;
	capacity: u32;
	/** Bytes of one. */
	width: u32;
}

export function createList(width: u32): List {
	const list = changetype<List>(heap.alloc(offsetof<List>()));
	list.width = width;
	dropList(list);
	return list;
}

/** Forgets the elements and where they were: somebody else frees them, or there are none. */
export function dropList(list: List): void {
	list.at = 0;
	list.used = 0;
	list.capacity = 0;
}

/** Empties the list and gives its memory back. */
export function freeList(list: List): void {
	if (list.at !== 0) heap.free(list.at);
	dropList(list);
}

/** Makes room for `count` more without adding them; the list may move. */
export function reserve(list: List, count: u32): void {
	const wanted = list.used + count;
	if (wanted <= list.capacity) return;
	list.capacity = max(max(list.capacity * 2, wanted), FIRST_CAPACITY);
	const size = <usize>list.capacity * list.width + SLOP;
	list.at = list.at === 0 ? heap.alloc(size) : heap.realloc(list.at, size);
}

/** Adds `count` elements, which the caller fills; the list may move. Returns the address of the first of them. */
export function extend(list: List, count: u32): usize {
	const first = list.used;
	reserve(list, count);
	list.used = first + count;
	return list.at + <usize>first * list.width;
}

export function pushU32(list: List, value: u32): void {
	store<u32>(extend(list, 1), value);
}

export function u32At(list: List, index: u32): u32 {
	return load<u32>(list.at + ((<usize>index) << 2));
}
