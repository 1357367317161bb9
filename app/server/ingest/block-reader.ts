import { ServerError } from '../errors.ts';

/** Reads columns of a metric block as views on its body, which lies at a multiple of 8. Throws CXR_BLOCK_CORRUPT where it ends too early. */
export class BlockReader {
	readonly #body: Uint8Array;
	#at = 0;

	constructor(body: Uint8Array) {
		this.#body = body;
	}

	u32(count: number): Uint32Array {
		return new Uint32Array(this.#body.buffer, this.#take(4 * count), count);
	}

	i32(count: number): Int32Array {
		return new Int32Array(this.#body.buffer, this.#take(4 * count), count);
	}

	f64(count: number): Float64Array {
		return new Float64Array(this.#body.buffer, this.#take(8 * count), count);
	}

	bytes(count: number): Uint8Array {
		return new Uint8Array(this.#body.buffer, this.#take(count), count);
	}

	i8(count: number): Int8Array {
		return new Int8Array(this.#body.buffer, this.#take(count), count);
	}

	/** Prefix ends: they rise, and the last one is `total`. */
	ends(count: number, total: number, what: string): Uint32Array {
		const ends = this.u32(count);
		let last = 0;
		for (const end of ends) {
			if (end < last) throw this.corrupt(`${what} ends fall from ${last} to ${end}`);
			last = end;
		}
		if (last !== total) throw this.corrupt(`${what} ends stop at ${last} of ${total}`);
		return ends;
	}

	/** Passes over zeros up to a multiple of 8. */
	align(): void {
		const left = (8 - (this.#at % 8)) % 8;
		for (const byte of this.bytes(left)) if (byte !== 0) throw this.corrupt(`${byte} where zeros belong`);
	}

	/** Throws where something is left. */
	end(): void {
		const left = this.#body.length - this.#at;
		if (left > 0) throw this.corrupt(`${left} bytes too many`);
	}

	corrupt(detail: string): ServerError {
		return new ServerError('CXR_BLOCK_CORRUPT', `${detail}, at byte ${this.#at} of ${this.#body.length}`);
	}

	#take(bytes: number): number {
		const left = this.#body.length - this.#at;
		if (bytes > left) throw this.corrupt(`${bytes} bytes belong here and ${left} are left`);
		const at = this.#body.byteOffset + this.#at;
		this.#at += bytes;
		return at;
	}
}
