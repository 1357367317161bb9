import { writeBytes, writeU8, writeVarUint } from './row-writer';

// Columns of texts and string attributes, checked, measured and written as protobuf:
//   KeyValue { string key 1; AnyValue value 2 }   AnyValue { string string_value 1 }

/** Numbers of an attribute in bytes: key offset, key length, value offset, value length. */
const REF_SIZE: usize = 16;

/** Bytes of a length or a number as a varint. */
export function varUintSize(value: u32): u32 {
	return (38 - clz(value | 1)) / 7;
}

/** Bytes of a length-delimited field with a tag of one byte. */
export function fieldSize(size: u64): u64 {
	return size + 1 + <u64>varUintSize(<u32>min<u64>(size, u32.MAX_VALUE));
}

/** True when the text of `ref`, an offset and a length, lies in a text of `size` bytes. */
export function isInside(ref: usize, size: usize): bool {
	return <u64>load<u32>(ref) + <u64>load<u32>(ref, 4) <= <u64>size;
}

/** True when `ends` rise, or stay, from 0 to `last`. */
export function arePrefixEnds(ends: usize, count: usize, last: usize): bool {
	let before: u32 = 0;
	for (let i: usize = 0; i < count; i++) {
		const end = load<u32>(ends + (i << 2));
		if (end < before) return false;
		before = end;
	}
	return <usize>before === last;
}

/** True when all `count` texts of `refs` lie in a text of `size` bytes. */
export function areInside(refs: usize, count: usize, size: usize): bool {
	for (let i: usize = 0; i < count; i++) {
		if (!isInside(refs + (i << 3), size)) return false;
	}
	return true;
}

function valueSize(ref: usize): u64 {
	return fieldSize(<u64>load<u32>(ref, 12));
}

function attributeSize(ref: usize): u64 {
	return fieldSize(<u64>load<u32>(ref, 4)) + fieldSize(valueSize(ref));
}

/** Bytes of the attributes [first, behind) as fields with a tag of one byte. */
export function attributesSize(refs: usize, first: u32, behind: u32): u64 {
	let sum: u64 = 0;
	for (let i = first; i < behind; i++) sum += fieldSize(attributeSize(refs + <usize>i * REF_SIZE));
	return sum;
}

/** Writes the attributes [first, behind) as fields with that tag. Their size was checked. */
export function writeKeyValues(tag: u32, text: usize, refs: usize, first: u32, behind: u32): void {
	for (let i = first; i < behind; i++) {
		const ref = refs + <usize>i * REF_SIZE;
		writeU8(tag);
		writeVarUint(<u32>attributeSize(ref));
		writeTextField(0x0a, text, ref);
		writeU8(0x12);
		writeVarUint(<u32>valueSize(ref));
		writeTextField(0x0a, text, ref + 8);
	}
}

/** A field of the text at `ref`, an offset and a length. */
export function writeTextField(tag: u32, text: usize, ref: usize): void {
	writeBytesField(tag, text + <usize>load<u32>(ref), <usize>load<u32>(ref, 4));
}

export function writeBytesField(tag: u32, pointer: usize, size: usize): void {
	writeU8(tag);
	writeVarUint(<u32>size);
	writeBytes(pointer, size);
}
