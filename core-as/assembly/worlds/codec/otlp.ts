import { RESULT, release, storeList } from '../../abi/memory';
import * as request from '../../codecs/otlp-request';
import { cursor, FINE } from '../../codecs/protobuf-reader';
import { lendOutput, output, releaseOutput, written } from '../../codecs/row-writer';

export function otlp_decode_logs(body: usize, size: usize, now: u64, oldest: u64, newest: u64): usize {
	return decode(request.LOGS, body, size, now, oldest, newest);
}

export function otlp_decode_logs_post(result: usize): void {
	if (load<u8>(result) === 0) lendOutput();
}

export function otlp_decode_spans(body: usize, size: usize, now: u64, oldest: u64, newest: u64): usize {
	return decode(request.SPANS, body, size, now, oldest, newest);
}

export function otlp_decode_spans_post(result: usize): void {
	if (load<u8>(result) === 0) lendOutput();
}

/** result<rows, decode-error>: discriminant at 0; a list from 4, then four counts; or offset at 4, reason at 8. */
function decode(signal: u32, body: usize, size: usize, now: u64, oldest: u64, newest: u64): usize {
	const fault = request.decode(signal, body, size, now, oldest, newest);
	release(body, size);
	store<u8>(RESULT, fault === FINE ? 0 : 1);
	if (fault !== FINE) {
		releaseOutput();
		store<u32>(RESULT, <u32>(cursor - body), 4);
		store<u8>(RESULT, <u8>fault, 8);
		return RESULT;
	}
	storeList(4, output, written());
	store<u32>(RESULT, request.rows, 12);
	store<u32>(RESULT, request.badTimes, 16);
	store<u32>(RESULT, request.badIds, 20);
	store<u32>(RESULT, request.tooDeep, 24);
	return RESULT;
}
