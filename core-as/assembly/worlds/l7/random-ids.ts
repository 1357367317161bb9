// Random numbers for ids and sampling: xoroshiro128++ (Blackman, Vigna), seeded by the host. Not for secrets.

@unmanaged
export class RandomIds {
	a: u64;
	b: u64;

	next(): u64 {
		const a = this.a;
		let b = this.b;
		const result = rotl<u64>(a + b, 17) + a;
		b ^= a;
		this.a = rotl<u64>(a, 49) ^ b ^ (b << 21);
		this.b = rotl<u64>(b, 28);
		return result;
	}

	/** Never 0, which would be no id. */
	id(): u64 {
		let id = this.next();
		while (id === 0) id = this.next();
		return id;
	}

	/** In [0, 1). */
	share(): f64 {
		return <f64>(this.next() >> 11) * (1.0 / 9007199254740992.0);
	}

	seed(a: u64, b: u64): void {
		this.a = a;
		// All zero is the one state that the generator cannot leave.
		this.b = (a | b) === 0 ? 1 : b;
	}
}
