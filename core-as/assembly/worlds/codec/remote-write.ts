import { RESULT, release } from '../../abi/memory';
import { releaseWritten, start, writtenBytes } from '../../codecs/backward-writer';
import { openColumns } from '../../codecs/column-source';
import { lendColumns, releaseRecord } from '../../codecs/metric-columns';
import { cursor, FINE } from '../../codecs/protobuf-reader';
import { encodeV1 } from '../../codecs/remote-write-encode-v1';
import { encodeV2 } from '../../codecs/remote-write-encode-v2';
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
	if (load<u8>(result) === 0) lendColumns();
}

export function remote_write_decode_v2_post(result: usize): void {
	if (load<u8>(result) === 0) lendColumns();
}

/** The record of columns and the two numbers of the body do not fit the registers: they lie at `args`, in this order. */
const BODY: usize = 300;

/** result<list<u8>, encode-error>: discriminant at 0; pointer and length from 4; or the error at 4. */
export function remote_write_encode_v1(args: usize): usize {
	openColumns(args, load<usize>(args, BODY), <usize>load<u32>(args, BODY + 4));
	return encoded(encodeV1(), args);
}

export function remote_write_encode_v2(args: usize): usize {
	openColumns(args, load<usize>(args, BODY), <usize>load<u32>(args, BODY + 4));
	return encoded(encodeV2(), args);
}

function encoded(refused: i32, args: usize): usize {
	releaseRecord(args);
	release(load<usize>(args, BODY), <usize>load<u32>(args, BODY + 4));
	heap.free(args);
	store<u8>(RESULT, refused === FINE ? 0 : 1);
	if (refused === FINE) {
		store<usize>(RESULT, start, 4);
		store<usize>(RESULT, writtenBytes(), 8);
	} else store<u8>(RESULT, <u8>refused, 4);
	return RESULT;
}

export function remote_write_encode_v1_post(result: usize): void {
	if (load<u8>(result) === 0) releaseWritten();
}

export function remote_write_encode_v2_post(result: usize): void {
	if (load<u8>(result) === 0) releaseWritten();
}
