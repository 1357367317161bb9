import { varUintSize } from '../../codecs/row-writer';

// Fields of an OTLP Span in protobuf, https://github.com/open-telemetry/opentelemetry-proto trace.proto, common.proto.

const ATTRIBUTES: u8 = 0x4a;

/** `attributes { key, value { string_value } }`; returns the end. */
export function textAttribute(to: usize, key: string, from: usize, size: usize): usize {
	let p = begin(to, key, 1 + varUintSize(size) + size);
	store<u8>(p, 0x0a);
	p = writeVarint(p + 1, size);
	memory.copy(p, from, size);
	return p + size;
}

/** The same of ASCII of the program's own. */
export function wordAttribute(to: usize, key: string, word: string): usize {
	const size = <usize>word.length;
	const p = begin(to, key, 1 + varUintSize(size) + size);
	store<u8>(p, 0x0a);
	return writeWord(writeVarint(p + 1, size), word);
}

/** `attributes { key, value { int_value } }`; returns the end. */
export function numberAttribute(to: usize, key: string, value: u32): usize {
	const p = begin(to, key, 1 + varUintSize(<usize>value));
	store<u8>(p, 0x18);
	return writeVarint(p + 1, <usize>value);
}

/** Everything up to the value, which takes `valueSize` bytes. Keys are ASCII and shorter than 128. */
function begin(to: usize, key: string, valueSize: usize): usize {
	const keySize = <usize>key.length;
	store<u8>(to, ATTRIBUTES);
	let p = writeVarint(to + 1, 2 + keySize + 1 + varUintSize(valueSize) + valueSize);
	store<u8>(p, 0x0a);
	p = writeWord(writeVarint(p + 1, keySize), key);
	store<u8>(p, 0x12);
	return writeVarint(p + 1, valueSize);
}

/** ASCII. */
export function writeWord(to: usize, word: string): usize {
	const from = changetype<usize>(word);
	const size = <usize>word.length;
	for (let i: usize = 0; i < size; i++) store<u8>(to + i, <u8>load<u16>(from + (i << 1)));
	return to + size;
}

/** Values below 2^21. */
function writeVarint(to: usize, value: usize): usize {
	let p = to;
	let rest = value;
	for (; rest >= 0x80; rest >>= 7) store<u8>(p++, <u8>(rest | 0x80));
	store<u8>(p, <u8>rest);
	return p + 1;
}
