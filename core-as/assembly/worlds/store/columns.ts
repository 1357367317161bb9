import { storeList } from '../../abi/memory';

/** Like `storeList`, but an empty column's memory is freed at once: the host sees no pointer of it. */
export function storeColumn(offset: usize, pointer: usize, length: usize): void {
	if (length === 0) heap.free(pointer);
	storeList(offset, pointer, length);
}
