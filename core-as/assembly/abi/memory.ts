import { lentLists, takeBackLists } from './lent';

/** Bytes behind every buffer that pointer code may read, and behind outputs may write, beyond the end. */
export const SLOP: usize = 16;

/** A buffer of at least `size` bytes plus SLOP, aligned to 16. Traps when the instance's memory is full. */
export function allocate(size: usize): usize {
	return heap.alloc(size + SLOP);
}

/** Frees what `allocate` or the canonical ABI gave. `size` 0 means a dangling pointer, which is nobody's. */
export function release(pointer: usize, size: usize): void {
	if (size !== 0) heap.free(pointer);
}

/**
 * The allocator that the canonical ABI calls to hand over list arguments.
 * The callee owns such a list and releases it.
 */
export function cabi_realloc(pointer: usize, oldSize: usize, align: usize, size: usize): usize {
	if (lentLists !== 0) takeBackLists();
	if (size === 0) return align;
	return oldSize === 0 ? heap.alloc(size + SLOP) : heap.realloc(pointer, size + SLOP);
}

/** The one area for results that do not fit in a register. No call re-enters, so one is enough. */
export const RESULT: usize = memory.data(384, 16);

/** Lowers a list at `RESULT + offset`: pointer, length in elements. */
export function storeList(offset: usize, pointer: usize, length: usize): void {
	store<usize>(RESULT + offset, length === 0 ? 8 : pointer);
	store<usize>(RESULT + offset, length, 4);
}

/** Releases the list at `RESULT + offset` after the host copied it. */
export function releaseList(offset: usize): void {
	release(load<usize>(RESULT + offset), load<usize>(RESULT + offset, 4));
}
