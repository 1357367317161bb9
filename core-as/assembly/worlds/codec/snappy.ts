import { lend } from '../../abi/lent';
import { RESULT, release, storeList } from '../../abi/memory';
import { compress, compressedSize } from '../../codecs/snappy-compress';
import { FINE, uncompress, uncompressed, uncompressedSize } from '../../codecs/snappy-uncompress';

export function snappy_compress(input: usize, size: usize): usize {
	const output = compress(input, size);
	release(input, size);
	storeList(0, output, compressedSize);
	return RESULT;
}

export function snappy_compress_post(result: usize): void {
	lend(load<usize>(result), <usize>load<u32>(result, 4));
}

/** result<list<u8>, snappy-error>: discriminant at 0, payload at 4. */
export function snappy_uncompress(input: usize, size: usize, maxSize: u32): usize {
	const fault = uncompress(input, size, maxSize);
	release(input, size);
	store<u8>(RESULT, fault === FINE ? 0 : 1);
	if (fault === FINE) storeList(4, uncompressed, uncompressedSize);
	else store<u8>(RESULT, <u8>fault, 4);
	return RESULT;
}

export function snappy_uncompress_post(result: usize): void {
	if (load<u8>(result) === 0) lend(load<usize>(result, 4), <usize>load<u32>(result, 8));
}
