/** Reproducible random numbers for fuzzing (splitmix32); good enough to find bugs, not for secrets. */
export class Random {
	#state: number;

	constructor(seed: number) {
		this.#state = seed | 0;
	}

	/** 32 random bits. */
	u32(): number {
		this.#state = (this.#state + 0x9e3779b9) | 0;
		let x = this.#state ^ (this.#state >>> 16);
		x = Math.imul(x, 0x21f0aaad);
		x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
		return (x ^ (x >>> 15)) >>> 0;
	}

	/** An integer in [0, below). */
	below(below: number): number {
		return Math.floor((this.u32() / 2 ** 32) * below);
	}

	/** A number in [0, 1). */
	unit(): number {
		return this.u32() / 2 ** 32;
	}

	bytes(count: number): Uint8Array {
		const out = new Uint8Array(count);
		for (let i = 0; i < count; i++) out[i] = this.u32() >>> 11;
		return out;
	}
}

const NASTY = [0x00, 0x01, 0x7f, 0x80, 0xfe, 0xff, 0xf0, 0x0f];

/** A copy of `input` with one to four small damages: flipped, replaced, removed, repeated or cut bytes. */
export function mutate(input: Uint8Array, random: Random): Uint8Array {
	let bytes: Uint8Array = input.slice();
	for (let n = 1 + random.below(4); n > 0; n--) {
		const at = random.below(bytes.length + 1);
		switch (random.below(6)) {
			case 0:
				if (at < bytes.length) bytes[at]! ^= 1 << random.below(8);
				break;
			case 1:
				if (at < bytes.length) bytes[at] = NASTY[random.below(NASTY.length)]!;
				break;
			case 2:
				for (let i = at; i < Math.min(bytes.length, at + 5); i++)
					bytes[i] = NASTY[random.below(NASTY.length)]!;
				break;
			case 3:
				bytes = joined(
					bytes.subarray(0, at),
					bytes.subarray(Math.min(bytes.length, at + 1 + random.below(8))),
				);
				break;
			case 4:
				bytes = joined(bytes.subarray(0, at), random.bytes(1 + random.below(4)), bytes.subarray(at));
				break;
			default:
				bytes = bytes.slice(0, at);
		}
	}
	return bytes;
}

/** A copy of `input` with one to three bytes replaced: most of its frame stays. */
export function overwrite(input: Uint8Array, random: Random): Uint8Array {
	const bytes = input.slice();
	for (let n = 1 + random.below(3); n > 0; n--) bytes[random.below(bytes.length)] = random.u32() >>> 11;
	return bytes;
}

export function joined(...parts: Uint8Array[]): Uint8Array {
	const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
	let at = 0;
	for (const part of parts) {
		out.set(part, at);
		at += part.length;
	}
	return out;
}
