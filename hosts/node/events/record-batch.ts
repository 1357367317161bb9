/** Record kinds of the data ring; bpf/include/records.h. */
export const RECORD = { connection: 1, connectFailed: 2, data: 3, bytes: 4, close: 5 } as const;

const RECORD_HEADER = 8;
const DATA_HEAD = 24;

/** Bytes that a record of `length` takes in a batch, header included. */
export function paddedSize(length: number): number {
	return RECORD_HEADER + Math.ceil(length / 8) * 8;
}

/** Where the records of a batch start, and how long they are. Not for the hot path. */
export function* recordsOf(batch: Uint8Array): Generator<{ at: number; length: number; kind: number }> {
	const view = new DataView(batch.buffer, batch.byteOffset, batch.byteLength);
	for (let at = 0; at < batch.length; ) {
		const length = view.getUint32(at, true);
		yield { at: at + RECORD_HEADER, length, kind: batch[at + RECORD_HEADER]! };
		at += paddedSize(length);
	}
}

/** Socket cookie of any record of the data ring. */
export function cookieOf(batch: Uint8Array, at: number): bigint {
	return new DataView(batch.buffer, batch.byteOffset, batch.byteLength).getBigUint64(at + 16, true);
}

/** Payload of a data record that starts at `at`. */
export function payloadOf(batch: Uint8Array, at: number, length: number): Uint8Array {
	return batch.subarray(at + DATA_HEAD, at + length);
}
