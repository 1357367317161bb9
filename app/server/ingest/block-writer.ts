import type { Scratch } from '../../../core-as/facade/index.ts';

/** Puts columns back to back into one body of a metric block. The columns must not change until `finish`. */
export class BlockWriter {
	readonly #parts: { at: number; bytes: Uint8Array }[] = [];
	#length = 0;

	get length(): number {
		return this.#length;
	}

	put(column: Uint8Array | Int8Array | Uint32Array | Int32Array | Float64Array): void {
		const bytes = new Uint8Array(column.buffer, column.byteOffset, column.byteLength);
		this.#parts.push({ at: this.#length, bytes });
		this.#length += bytes.length;
	}

	/** Zeros up to a multiple of 8. */
	align(): void {
		this.#length = Math.ceil(this.#length / 8) * 8;
	}

	/** The body, in `scratch`. */
	finish(scratch: Scratch): Uint8Array {
		const body = scratch.take(this.#length);
		let end = 0;
		for (const { at, bytes } of this.#parts) {
			body.fill(0, end, at);
			body.set(bytes, at);
			end = at + bytes.length;
		}
		return body.fill(0, end);
	}
}
