import {
	areInside,
	arePrefixEnds,
	attributesSize,
	fieldSize,
	writeBytesField,
	writeKeyValues,
} from './otlp-attributes';
import { MAX_OUTPUT, startSizedOutput, writeBytes, writeU8, writeVarUint } from './row-writer';

// Export requests around records that are encoded already. Logs and traces have the same field numbers:
//   Request { Resource… 1 }  Resource… { Resource resource 1; Scope… scopes 2 }  Scope… { InstrumentationScope scope 1; records 2 }
//   Resource { KeyValue attributes 1 }  InstrumentationScope { string name 1; string version 2 }

/** The order is that of `encode-error` in wit/. */
export const BAD_SHAPE: i32 = 0;
export const TOO_LARGE: i32 = 1;
export const ENCODED: i32 = -1;

let text: usize = 0;
let refs: usize = 0;
let attributeEnds: usize = 0;
let records: usize = 0;
let recordEnds: usize = 0;
let name: usize = 0;
let nameSize: usize = 0;
let version: usize = 0;
let versionSize: usize = 0;
let scopeSize: u64 = 0;

export function setScope(at: usize, size: usize, versionAt: usize, versionBytes: usize): void {
	name = at;
	nameSize = size;
	version = versionAt;
	versionSize = versionBytes;
	scopeSize = fieldSize(size) + fieldSize(versionBytes);
}

/**
 * Writes the request into the row writer's output; ENCODED, or why not (then nothing is allocated). The columns are those of
 * `request` in wit/; `setScope` comes first.
 */
export function encodeRequest(
	textAt: usize,
	textSize: usize,
	refsAt: usize,
	refCount: usize,
	attributeEndsAt: usize,
	resources: usize,
	recordsAt: usize,
	recordsSize: usize,
	recordEndsAt: usize,
	recordEndCount: usize,
): i32 {
	text = textAt;
	refs = refsAt;
	attributeEnds = attributeEndsAt;
	records = recordsAt;
	recordEnds = recordEndsAt;
	if ((refCount & 3) !== 0 || recordEndCount !== resources) return BAD_SHAPE;
	if (!arePrefixEnds(attributeEnds, resources, refCount >> 2)) return BAD_SHAPE;
	if (!arePrefixEnds(recordEnds, resources, recordsSize)) return BAD_SHAPE;
	if (!areInside(refs, refCount >> 1, textSize)) return BAD_SHAPE;
	let total: u64 = 0;
	for (let i: usize = 0; i < resources; i++) {
		const size = startOf(recordEnds, i + 1) - startOf(recordEnds, i);
		if (size !== 0) total += fieldSize(fieldSize(resourceSize(i)) + fieldSize(fieldSize(scopeSize) + size));
		if (total > MAX_OUTPUT) return TOO_LARGE;
	}
	startSizedOutput(<usize>total);
	for (let i: usize = 0; i < resources; i++) writeResource(i);
	return ENCODED;
}

/** Where element `i` begins, from prefix ends. */
function startOf(ends: usize, i: usize): u32 {
	return i === 0 ? 0 : load<u32>(ends + ((i - 1) << 2));
}

function resourceSize(i: usize): u64 {
	return attributesSize(refs, startOf(attributeEnds, i), startOf(attributeEnds, i + 1));
}

function writeResource(i: usize): void {
	const first = <usize>startOf(recordEnds, i);
	const size = <usize>startOf(recordEnds, i + 1) - first;
	if (size === 0) return;
	const attributes = resourceSize(i);
	const inner = fieldSize(scopeSize) + size;
	writeU8(0x0a);
	writeVarUint(<u32>(fieldSize(attributes) + fieldSize(inner)));
	writeU8(0x0a);
	writeVarUint(<u32>attributes);
	writeKeyValues(0x0a, text, refs, startOf(attributeEnds, i), startOf(attributeEnds, i + 1));
	writeU8(0x12);
	writeVarUint(<u32>inner);
	writeU8(0x0a);
	writeVarUint(<u32>scopeSize);
	writeBytesField(0x0a, name, nameSize);
	writeBytesField(0x12, version, versionSize);
	writeBytes(records + first, size);
}
