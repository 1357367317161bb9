import { RESULT, release, storeList } from '../../abi/memory';
import { cursor, FINE } from '../../codecs/protobuf-reader';
import * as request from '../../codecs/remote-write';

/** result<columns, decode-error>: discriminant at 0; seven lists from 4, then three counts; or offset at 4, reason at 8. */
export function remote_write_decode(body: usize, size: usize): usize {
	const fault = request.decode(body, size);
	release(body, size);
	store<u8>(RESULT, fault === FINE ? 0 : 1);
	if (fault !== FINE) {
		store<u32>(RESULT, <u32>(cursor - body), 4);
		store<u8>(RESULT, <u8>fault, 8);
		return RESULT;
	}
	storeList(4, request.hashes, request.series);
	storeList(12, request.faults, request.series);
	storeList(20, request.labelEnds, request.series);
	storeList(28, request.labelRefs, request.labels * 4);
	storeList(36, request.sampleEnds, request.series);
	storeList(44, request.timestamps, request.samples);
	storeList(52, request.values, request.samples);
	store<u32>(RESULT, request.histograms, 60);
	store<u32>(RESULT, request.exemplars, 64);
	store<u32>(RESULT, request.metadata, 68);
	return RESULT;
}

export function remote_write_decode_post(result: usize): void {
	if (load<u8>(result) === 0) request.releaseColumns();
}
