import protobuf from 'protobufjs/minimal.js';

/**
 * What becomes of one field of a message. `keep`: as it is, whatever its wire type. `message`: its own fields by another
 * shape, named late because messages nest in themselves. `bytes`: new bytes for a text or bytes. `fixed64` and `varint`: a
 * new number for a 64-bit one.
 */
export type FieldEdit =
	| { kind: 'keep' }
	| { kind: 'message'; shape: () => MessageShape }
	| { kind: 'bytes'; edit: (value: Uint8Array) => Uint8Array }
	| { kind: 'fixed64' | 'varint'; edit: (value: bigint) => bigint };

export interface MessageShape {
	fields: ReadonlyMap<number, FieldEdit>;
	/** What becomes of fields that are not named. */
	others: 'keep' | 'drop';
}

const WIRE = { varint: 0, fixed64: 1, bytes: 2 } as const;
/** More levels than any decoder of ours takes. */
const MAX_DEPTH = 200;

/** A message of the wire format with its fields edited, in their order. Throws where it is none, or nested too deep. */
export function rewriteMessage(bytes: Uint8Array, shape: MessageShape, depth = 0): Uint8Array {
	if (depth > MAX_DEPTH) throw new RangeError(`nested over ${MAX_DEPTH} levels`);
	const reader = protobuf.Reader.create(bytes);
	const writer = protobuf.Writer.create();
	while (reader.pos < reader.len) {
		const start = reader.pos;
		const tag = reader.uint32();
		const wire = tag & 7;
		const edit = shape.fields.get(tag >>> 3);
		const value = reader.pos;
		reader.skipType(wire);
		const end = reader.pos;
		const inner = () => {
			reader.pos = value;
			const content = reader.bytes();
			reader.pos = end;
			return content;
		};
		if (edit?.kind === 'message' && wire === WIRE.bytes)
			writer.uint32(tag).bytes(rewriteMessage(inner(), edit.shape(), depth + 1));
		else if (edit?.kind === 'bytes' && wire === WIRE.bytes) writer.uint32(tag).bytes(edit.edit(inner()));
		else if (edit?.kind === 'fixed64' && wire === WIRE.fixed64)
			writer.uint32(tag).raw(fixed64(edit.edit(fromFixed64(bytes.subarray(value, end)))));
		else if (edit?.kind === 'varint' && wire === WIRE.varint)
			writer.uint32(tag).raw(varint(edit.edit(fromVarint(bytes.subarray(value, end)))));
		else if (edit?.kind === 'keep' || (edit === undefined && shape.others === 'keep'))
			// Tag and value are one run of bytes.
			writer.raw(bytes.subarray(start, end));
	}
	return writer.finish();
}

function fromFixed64(bytes: Uint8Array): bigint {
	return new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
}

function fixed64(value: bigint): Uint8Array {
	const bytes = new Uint8Array(8);
	new DataView(bytes.buffer).setBigUint64(0, value, true);
	return bytes;
}

/** Signed, as `int64` fields are. */
function fromVarint(bytes: Uint8Array): bigint {
	return BigInt.asIntN(
		64,
		bytes.reduceRight((sum, byte) => (sum << 7n) | BigInt(byte & 0x7f), 0n),
	);
}

function varint(value: bigint): Uint8Array {
	const bytes: number[] = [];
	let rest = BigInt.asUintN(64, value);
	for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
	bytes.push(Number(rest));
	return Uint8Array.from(bytes);
}
