import {
	BYTES,
	cursor,
	expectType,
	field,
	readLength,
	readTag,
	skipBytes,
	skipField,
	skipTo,
	varint,
} from './protobuf-reader';

// InstrumentationScope { string name 1; string version 2; KeyValue attributes 3 }

/** Of the scope that was read last. */
export let scopeName: usize = 0;
export let scopeNameSize: usize = 0;
export let scopeVersion: usize = 0;
export let scopeVersionSize: usize = 0;
export let scopeAttributes: u32 = 0;

export function readScope(start: usize, end: usize): bool {
	scopeNameSize = scopeVersionSize = 0;
	scopeAttributes = 0;
	skipTo(start);
	while (cursor < end) {
		const tagStart = cursor;
		if (!readTag(end)) return false;
		const number = field;
		if (number > 3) {
			if (!skipField(end)) return false;
			continue;
		}
		if (!expectType(BYTES, tagStart) || !readLength(end)) return false;
		if (number === 1) {
			scopeName = cursor;
			scopeNameSize = <usize>varint;
		} else if (number === 2) {
			scopeVersion = cursor;
			scopeVersionSize = <usize>varint;
		} else scopeAttributes++;
		skipBytes(<usize>varint);
	}
	return true;
}
