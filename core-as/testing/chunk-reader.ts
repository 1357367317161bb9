/**
 * Reads chunks straight from the text of docs/formats.md, slowly and in another way than the component does:
 * the oracle of its tests. Trusts its input.
 */
export function readChunk(bytes: Uint8Array): { times: number[]; values: bigint[] } {
	if (bytes[0] !== 0xc1) throw new Error('not a chunk of version 1');
	const count = bytes[1]! + 1;
	const reader = { bytes, at: 6 };
	const times = readSection(reader, count).map(toNumber);
	const values = readSection(reader, count);
	if (reader.at !== bytes.length) throw new Error(`${bytes.length - reader.at} bytes behind the chunk`);
	return { times, values };
}

/** A place in bytes. */
export interface Reader {
	bytes: Uint8Array;
	at: number;
}

/** `size` bytes, little-endian. */
export function take(reader: Reader, size: number): bigint {
	let value = 0n;
	for (let i = 0; i < size; i++) value |= BigInt(reader.bytes[reader.at++]!) << BigInt(8 * i);
	return value;
}

function takeSigned(reader: Reader, size: number): bigint {
	return BigInt.asIntN(8 * size, take(reader, size));
}

/** A plane of `count` numbers of `width` bits, in groups of 8. */
function takePlane(reader: Reader, count: number, width: number): bigint[] {
	const all = take(reader, Math.ceil(count / 8) * width);
	return Array.from({ length: count }, (_, i) => BigInt.asUintN(width, all >> BigInt(i * width)));
}

function toBits(value: number): bigint {
	return new BigUint64Array(new Float64Array([value]).buffer)[0]!;
}

export function toNumber(bits: bigint): number {
	return new Float64Array(new BigUint64Array([bits]).buffer)[0]!;
}

const ABSENT = 0x7ff8616273656e74n;

/** The bits of the samples of one section. */
export function readSection(reader: Reader, count: number): bigint[] {
	const first = Number(take(reader, 1));
	const mode = first & 7;
	const scale = first >> 3;
	if (mode === 5) {
		const base = takeSigned(reader, scale & 7);
		const step = scale >> 3 === 3 ? 1000n * take(reader, 1) : takeSigned(reader, scale >> 3);
		return Array.from({ length: count }, (_, i) => toBits(Number(base + step * BigInt(i))));
	}
	if (mode === 6) {
		const second = Number(take(reader, 1));
		const base = takeSigned(reader, second >> 5);
		const step = takeSigned(reader, 1);
		return deltas(base, step, takePlane(reader, count, second & 31)).map((it) => unscaled(it, scale));
	}
	if (mode === 7) {
		if (scale === 0) return Array<bigint>(count).fill(take(reader, 8));
		const base = take(reader, 4) << 32n;
		const lows = takePlane(reader, count, 32);
		return takePlane(reader, count, scale).map((it, i) => BigInt.asUintN(64, base + (it << 32n) + lows[i]!));
	}
	const width = Number(take(reader, 1));
	const sizes = Number(take(reader, 1));
	const flags = Number(take(reader, 1));
	if (mode === 0) return Array<bigint>(count).fill(take(reader, 8));
	if (mode >= 3) {
		const samples = readRaw(reader, count, mode === 4, width, sizes);
		readExceptions(reader, flags, samples);
		return samples;
	}
	const base = takeSigned(reader, sizes & 15);
	const step = takeSigned(reader, sizes >> 4);
	const plane = takePlane(reader, count, width);
	const integers = mode === 2 ? deltas(base, step, plane) : plane.map((it) => Number(base + it));
	if (flags & 2) {
		const jumps = Number(take(reader, 1));
		const size = Number(take(reader, 1));
		for (let k = 0; k < jumps; k++) {
			const position = Number(take(reader, 1));
			const jump = Number(takeSigned(reader, size));
			for (let i = position; i < count; i++) integers[i]! += jump;
		}
	}
	const samples = integers.map((it) => unscaled(it, scale));
	readExceptions(reader, flags, samples);
	return samples;
}

function deltas(base: bigint, step: bigint, plane: bigint[]): number[] {
	let sum = 0n;
	return plane.map((residual, i) => {
		sum += residual;
		return Number(base + step * BigInt(i) + sum);
	});
}

function unscaled(integer: number, scale: number): bigint {
	if (scale === 0) return toBits(integer);
	return toBits(scale <= 12 ? integer / 10 ** scale : integer * 2 ** (scale - 12));
}

/** Gaps, then patches. */
function readExceptions(reader: Reader, flags: number, samples: bigint[]): void {
	if (flags & 4) {
		for (let left = Number(take(reader, 1)); left > 0; left--) samples[Number(take(reader, 1))] = ABSENT;
	}
	if (flags & 8) {
		const bitmap = take(reader, Math.ceil(samples.length / 8));
		samples.forEach((_, i) => {
			if ((bitmap >> BigInt(i)) & 1n) samples[i] = ABSENT;
		});
	}
	if (flags & 1) {
		for (let left = Number(take(reader, 1)); left > 0; left--) {
			const position = Number(take(reader, 1));
			samples[position] = take(reader, 8);
		}
	}
}

function readRaw(reader: Reader, count: number, delta: boolean, width: number, sizes: number): bigint[] {
	const base = take(reader, 8);
	const step = delta ? take(reader, 8) : 0n;
	const marks = delta || sizes >> 4 ? Number(take(reader, 1)) : 0;
	const low = takePlane(reader, count, Math.min(width, 32));
	const high = takePlane(reader, count, Math.max(width - 32, 0));
	let sum = 0n;
	return low.map((bits, i) => {
		const residual = bits | (high[i]! << 32n);
		sum += residual;
		const whole = delta ? base + step * BigInt(i) + sum : base + residual;
		const shifted = BigInt.asUintN(64, whole << BigInt(marks & 63));
		return marks & 64 ? (shifted >> 1n) | ((shifted & 1n) << 63n) : shifted;
	});
}
