import { RESULT, release, storeList } from '../../abi/memory';
import * as pprof from '../../codecs/pprof';
import { cursor, FINE } from '../../codecs/protobuf-reader';
import { output, releaseOutput, written } from '../../codecs/row-writer';

/** result<rows, decode-error>, aligned to 8: a list at 8, the count at 16, times at 24 and 32; or offset at 8, reason at 12. */
export function pprof_decode(body: usize, size: usize, prefix: usize, prefixSize: usize, now: u64): usize {
	const fault = pprof.decode(body, size, prefix, prefixSize, now);
	release(body, size);
	release(prefix, prefixSize);
	store<u8>(RESULT, fault === FINE ? 0 : 1);
	if (fault !== FINE) {
		releaseOutput();
		store<u32>(RESULT, <u32>(cursor - body), 8);
		store<u8>(RESULT, <u8>fault, 12);
		return RESULT;
	}
	storeList(8, output, written());
	store<u32>(RESULT, pprof.rows, 16);
	store<u64>(RESULT, pprof.start, 24);
	store<u64>(RESULT, pprof.end, 32);
	return RESULT;
}

export function pprof_decode_post(result: usize): void {
	if (load<u8>(result) === 0) releaseOutput();
}
