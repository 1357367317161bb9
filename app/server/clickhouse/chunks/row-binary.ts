/** Writes rows as ClickHouse's RowBinary: numbers little-endian, strings after their length (LEB128). Grows with what is written. */
export class RowBinary {
	#bytes: Uint8Array;
	#view: DataView;
	#length = 0;

	constructor(capacity = 4096) {
		this.#bytes = new Uint8Array(capacity);
		this.#view = new DataView(this.#bytes.buffer);
	}

	get length(): number {
		return this.#length;
	}

	u8(value: number): this {
		this.#room(1);
		this.#bytes[this.#length] = value;
		this.#length += 1;
		return this;
	}

	u32(value: number): this {
		this.#room(4);
		this.#view.setUint32(this.#length, value, true);
		this.#length += 4;
		return this;
	}

	/** A whole number below 2^53. */
	u64(value: number): this {
		return this.u32(value % 2 ** 32).u32(Math.floor(value / 2 ** 32));
	}

	bytes(value: Uint8Array): this {
		let length = value.length;
		while (length > 0x7f) {
			this.u8((length & 0x7f) | 0x80);
			length >>>= 7;
		}
		this.u8(length);
		this.#room(value.length);
		this.#bytes.set(value, this.#length);
		this.#length += value.length;
		return this;
	}

	text(value: string): this {
		return this.bytes(TEXT.encode(value));
	}

	/** All of it, a view. */
	written(): Uint8Array {
		return this.#bytes.subarray(0, this.#length);
	}

	#room(more: number): void {
		const needed = this.#length + more;
		if (needed <= this.#bytes.length) return;
		const bytes = new Uint8Array(Math.max(2 * this.#bytes.length, needed));
		bytes.set(this.written());
		this.#bytes = bytes;
		this.#view = new DataView(bytes.buffer);
	}
}

const TEXT = new TextEncoder();
