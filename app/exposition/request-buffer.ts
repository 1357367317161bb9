/** Bytes of one protobuf message as it grows; reused from message to message. */

const FIRST_BYTES = 64 * 1024;

export class RequestBuffer {
	#bytes = new Uint8Array(FIRST_BYTES);
	#view = new DataView(this.#bytes.buffer);
	#length = 0;

	get length(): number {
		return this.#length;
	}

	byte(value: number): void {
		this.#reserve(1);
		this.#bytes[this.#length++] = value;
	}

	/** Any integer from 0 to 2^53. */
	varint(value: number): void {
		this.#reserve(8);
		let rest = value;
		while (rest >= 0x80) {
			this.#bytes[this.#length++] = (rest % 0x80) | 0x80;
			rest = Math.floor(rest / 0x80);
		}
		this.#bytes[this.#length++] = rest;
	}

	double(value: number): void {
		this.#reserve(8);
		this.#view.setFloat64(this.#length, value, true);
		this.#length += 8;
	}

	append(bytes: Uint8Array): void {
		this.#reserve(bytes.length);
		this.#bytes.set(bytes, this.#length);
		this.#length += bytes.length;
	}

	/** A copy of what was written; the buffer is then empty. */
	take(): Uint8Array {
		const taken = this.#bytes.slice(0, this.#length);
		this.#length = 0;
		return taken;
	}

	#reserve(more: number): void {
		if (this.#length + more <= this.#bytes.length) return;
		const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + more));
		larger.set(this.#bytes.subarray(0, this.#length));
		this.#bytes = larger;
		this.#view = new DataView(larger.buffer);
	}
}

/** Bytes that `varint` writes. */
export function varintBytes(value: number): number {
	let count = 1;
	for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) count++;
	return count;
}
