// Lists of results that the host may go on reading after it has said that it is done (`post-return`): our JavaScript hands
// out views on them instead of copies. They are freed when the next call brings its first list.

/** The record of metric columns has most. */
const MAX_LENT: usize = 64;
const pointers: usize = memory.data(64 * 4, 16);
export let lentLists: usize = 0;

/** Takes over a list that `allocate` gave; `size` 0 means a dangling pointer. */
export function lend(pointer: usize, size: usize): void {
	if (size === 0) return;
	if (lentLists === MAX_LENT) {
		heap.free(pointer);
		return;
	}
	store<usize>(pointers + (lentLists << 2), pointer);
	lentLists++;
}

export function takeBackLists(): void {
	for (let i: usize = 0; i < lentLists; i++) heap.free(load<usize>(pointers + (i << 2)));
	lentLists = 0;
}
