/**
 * UTF-8 of pairs of label name and value, so that what comes is compared without being decoded. Bytes of pairs that are gone are closed up once
 * they are half of all.
 */
export class PairBytes {
	/** Of each pair: where it starts, bytes of the name, bytes of both. */
	#places = new Uint32Array(192);
	#bytes = new Uint8Array(4096);
	#end = 0;
	#unused = 0;
	readonly #encoder = new TextEncoder();

	set(pair: number, name: string, value: string): void {
		if (3 * pair + 3 > this.#places.length) {
			const places = new Uint32Array(Math.ceil(this.#places.length * 1.5) + 3);
			places.set(this.#places);
			this.#places = places;
		}
		// A unit of UTF-16 is at most three bytes.
		const most = this.#end + 3 * (name.length + value.length);
		if (most > this.#bytes.length) {
			const bytes = new Uint8Array(Math.max(most, Math.ceil(this.#bytes.length * 1.5)));
			bytes.set(this.#bytes);
			this.#bytes = bytes;
		}
		const nameLength = this.#encoder.encodeInto(name, this.#bytes.subarray(this.#end)).written;
		const valueAt = this.#end + nameLength;
		const length = nameLength + this.#encoder.encodeInto(value, this.#bytes.subarray(valueAt)).written;
		this.#places.set([this.#end, nameLength, length], 3 * pair);
		this.#end += length;
	}

	/** Whether a pair stands in `bytes` from `at` on, with these lengths. */
	is(pair: number, nameLength: number, valueLength: number, bytes: Uint8Array, at: number): boolean {
		const places = this.#places;
		const length = nameLength + valueLength;
		if (places[3 * pair + 1] !== nameLength || places[3 * pair + 2] !== length) return false;
		const own = this.#bytes;
		const start = places[3 * pair]!;
		for (let i = 0; i < length; i++) if (own[start + i] !== bytes[at + i]) return false;
		return true;
	}

	/** Bytes of a pair's value. */
	valueLength(pair: number): number {
		return this.#places[3 * pair + 2]! - this.#places[3 * pair + 1]!;
	}

	/** `pairs` is how many numbers are in use. */
	drop(pair: number, pairs: number): void {
		this.#unused += this.#places[3 * pair + 2]!;
		this.#places.fill(0, 3 * pair, 3 * pair + 3);
		if (2 * this.#unused > this.#end) this.#closeUp(pairs);
	}

	#closeUp(pairs: number): void {
		const bytes = new Uint8Array(this.#end - this.#unused);
		let end = 0;
		for (let pair = 0; pair < pairs; pair++) {
			const start = this.#places[3 * pair]!;
			const length = this.#places[3 * pair + 2]!;
			bytes.set(this.#bytes.subarray(start, start + length), end);
			this.#places[3 * pair] = end;
			end += length;
		}
		this.#bytes = bytes;
		this.#end = end;
		this.#unused = 0;
	}
}
