import { RESULT, release } from '../../abi/memory';
import { releaseColumns } from '../../codecs/metric-columns';
import { cursor, FINE } from '../../codecs/protobuf-reader';
import { decodeV1 } from '../../codecs/remote-write-v1';
import { decodeV2 } from '../../codecs/remote-write-v2';

/** result<columns, decode-error>: discriminant at 0; the record of columns from 4; or offset at 4, reason at 8. */
export function remote_write_decode_v1(body: usize, size: usize): usize {
	return decoded(decodeV1(body, size), body, size);
}

export function remote_write_decode_v2(body: usize, size: usize): usize {
	return decoded(decodeV2(body, size), body, size);
}

function decoded(fault: i32, body: usize, size: usize): usize {
	release(body, size);
	store<u8>(RESULT, fault === FINE ? 0 : 1);
	if (fault !== FINE) {
		store<u32>(RESULT, <u32>(cursor - body), 4);
		store<u8>(RESULT, <u8>fault, 8);
	}
	return RESULT;
}

export function remote_write_decode_v1_post(result: usize): void {
	if (load<u8>(result) === 0) releaseColumns();
}

export function remote_write_decode_v2_post(result: usize): void {
	if (load<u8>(result) === 0) releaseColumns();
}
