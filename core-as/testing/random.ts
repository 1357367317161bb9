/** Reproducible random numbers for fuzzing: xorshift128+, good enough to find bugs, not for secrets. */
export class Random {
	#a: number;
	#b: number;

	constructor(seed: number) {
		this.#a = (seed ^ 0x9e3779b9) >>> 0 || 1;
		this.#b = (Math.imul(seed, 0x85ebca6b) ^ 0xc2b2ae35) >>> 0 || 2;
	}

	/** 32 random bits. */
	u32(): number {
		let x = this.#a;
		const y = this.#b;
		this.#a = y;
		x ^= x << 23;
		x ^= x >>> 17;
		x ^= y ^ (y >>> 16);
		this.#b = x >>> 0;
		return (this.#b + y) >>> 0;
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
	let bytes = input.slice();
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

export function joined(...parts: Uint8Array[]): Uint8Array {
	const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
	let at = 0;
	for (const part of parts) {
		out.set(part, at);
		at += part.length;
	}
	return out;
}
