/** Whose memory a result is. */
export interface Lending {
	/**
	 * True: arrays are views on the component's memory, for who is done with them before the next call of the same codec, which overwrites
	 * or detaches them. Otherwise they are copies that the caller owns.
	 */
	lend?: boolean;
}

/** More than this is not kept for the next time, bytes. */
const MAX_KEPT = 8 * 1024 * 1024;

/** Memory for one result at a time, used again and again: fresh memory costs more than what is written into it. */
export class Scratch {
	#bytes = new Uint8Array(0);

	/** So many bytes with anything in them, aligned to 8; they are overwritten by what is taken next. */
	take(size: number): Uint8Array<ArrayBuffer> {
		if (size > MAX_KEPT) return new Uint8Array(size);
		if (size > this.#bytes.length) this.#bytes = new Uint8Array(Math.min(MAX_KEPT, 2 * size));
		return this.#bytes.subarray(0, size);
	}
}

/** A copy of a list. */
export function ownedList<T extends ArrayBufferView>(list: T): T {
	const { buffer, byteOffset, byteLength } = list;
	const Same = list.constructor as new (buffer: ArrayBufferLike) => T;
	// A slice of the buffer is not filled with zeros first, as that of an array is.
	return new Same(buffer.slice(byteOffset, byteOffset + byteLength));
}

/** A copy of a record of numbers, columns and such records. */
export function owned<T extends object>(record: T): T {
	return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, ownedValue(value)])) as T;
}

function ownedValue(value: unknown): unknown {
	if (ArrayBuffer.isView(value)) return ownedList(value);
	return typeof value === 'object' && value !== null ? owned(value) : value;
}
