import { RESULT, release, releaseList, storeList } from '../../abi/memory';
import { areInside } from '../../codecs/otlp-attributes';
import * as columns from '../../codecs/otlp-columns';
import { BAD_SHAPE, ENCODED, encodeRequest, setScope } from '../../codecs/otlp-export';
import { output, releaseOutput, written } from '../../codecs/row-writer';

/** result<list<u8>, encode-error>: discriminant at 0; the list, or the error, at 4. */
export function otlp_encode_request(
	name: usize,
	nameSize: usize,
	version: usize,
	versionSize: usize,
	text: usize,
	textSize: usize,
	refs: usize,
	refCount: usize,
	attributeEnds: usize,
	resources: usize,
	records: usize,
	recordsSize: usize,
	recordEnds: usize,
	recordEndCount: usize,
): usize {
	setScope(name, nameSize, version, versionSize);
	const fault = encodeRequest(
		text,
		textSize,
		refs,
		refCount,
		attributeEnds,
		resources,
		records,
		recordsSize,
		recordEnds,
		recordEndCount,
	);
	release(name, nameSize);
	release(version, versionSize);
	release(text, textSize);
	release(refs, refCount);
	release(attributeEnds, resources);
	release(records, recordsSize);
	release(recordEnds, recordEndCount);
	storeFault(fault);
	if (fault === ENCODED) storeList(4, output, written());
	return RESULT;
}

export function otlp_encode_request_post(result: usize): void {
	if (load<u8>(result) === 0) releaseOutput();
}

/** result<encoded, encode-error>: discriminant at 0; two lists from 4, or the error at 4. */
export function otlp_encode_log_records(
	times: usize,
	timeCount: usize,
	severities: usize,
	count: usize,
	text: usize,
	textSize: usize,
	texts: usize,
	textNumbers: usize,
	ids: usize,
	idBytes: usize,
	refs: usize,
	refCount: usize,
	attributeEnds: usize,
	endCount: usize,
): usize {
	let fault: i32 = BAD_SHAPE;
	if (
		timeCount === count * 2 &&
		textNumbers === count * 4 &&
		idBytes === count * columns.LOG_IDS &&
		endCount === count &&
		areInside(texts, count << 1, textSize) &&
		columns.setAttributes(text, textSize, refs, refCount, attributeEnds, endCount)
	)
		fault = columns.encodeLogs(count, times, severities, texts, ids);
	release(times, timeCount);
	release(severities, count);
	release(text, textSize);
	release(texts, textNumbers);
	release(ids, idBytes);
	release(refs, refCount);
	release(attributeEnds, endCount);
	return storeEncoded(fault, count);
}

export function otlp_encode_log_records_post(result: usize): void {
	releaseEncoded(result);
}

/** As for log records. */
export function otlp_encode_spans(
	times: usize,
	timeCount: usize,
	kinds: usize,
	count: usize,
	statuses: usize,
	statusCount: usize,
	text: usize,
	textSize: usize,
	names: usize,
	nameNumbers: usize,
	ids: usize,
	idBytes: usize,
	refs: usize,
	refCount: usize,
	attributeEnds: usize,
	endCount: usize,
): usize {
	let fault: i32 = BAD_SHAPE;
	if (
		timeCount === count * 2 &&
		statusCount === count &&
		nameNumbers === count * 2 &&
		idBytes === count * columns.SPAN_IDS &&
		endCount === count &&
		areInside(names, count, textSize) &&
		columns.setAttributes(text, textSize, refs, refCount, attributeEnds, endCount)
	)
		fault = columns.encodeSpans(count, times, kinds, statuses, names, ids);
	release(times, timeCount);
	release(kinds, count);
	release(statuses, statusCount);
	release(text, textSize);
	release(names, nameNumbers);
	release(ids, idBytes);
	release(refs, refCount);
	release(attributeEnds, endCount);
	return storeEncoded(fault, count);
}

export function otlp_encode_spans_post(result: usize): void {
	releaseEncoded(result);
}

function storeFault(fault: i32): void {
	store<u8>(RESULT, fault === ENCODED ? 0 : 1);
	store<u8>(RESULT, <u8>fault, 4);
}

function storeEncoded(fault: i32, count: usize): usize {
	storeFault(fault);
	if (fault !== ENCODED) return RESULT;
	storeList(4, output, written());
	storeList(12, columns.ends, count);
	return RESULT;
}

function releaseEncoded(result: usize): void {
	if (load<u8>(result) !== 0) return;
	releaseOutput();
	releaseList(12);
}
