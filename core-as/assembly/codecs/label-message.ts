import {
	BYTES,
	cursor,
	expectType,
	field,
	readLength,
	readTag,
	skipBytes,
	skipField,
	varint,
} from './protobuf-reader';

/**
 * Reads Label { string name = 1; string value = 2; } of remote write 1.0 from the cursor to `end`: the references of
 * both, offsets into `body`, at `label`.
 */
export function readLabel(body: usize, end: usize, label: usize): bool {
	store<u64>(label, 0);
	store<u64>(label, 0, 8);
	while (cursor < end) {
		const tagStart = cursor;
		if (!readTag(end)) return false;
		if (field > 2) {
			if (!skipField(end)) return false;
			continue;
		}
		if (!expectType(BYTES, tagStart) || !readLength(end)) return false;
		const at = label + ((<usize>field - 1) << 3);
		store<u32>(at, <u32>(cursor - body));
		store<u32>(at, <u32>varint, 4);
		skipBytes(<usize>varint);
	}
	return true;
}
