import assert from 'node:assert/strict';
import { builtModules } from '../testing/modules.ts';
import { type ChunkCodec, createChunkCodec } from './chunk-codec.ts';
import { ABSENT_BITS, type ChunkSamples } from './chunks.ts';
import { CoreError } from './errors.ts';

let made: Promise<ChunkCodec> | undefined;

function codec(): Promise<ChunkCodec> {
	made ??= builtModules().then(createChunkCodec);
	return made;
}

function samplesOf(...chunks: { times: number[]; values: number[] }[]): ChunkSamples {
	const ends = new Uint32Array(chunks.length);
	chunks.forEach((chunk, i) => {
		ends[i] = (ends[i - 1] ?? 0) + chunk.times.length;
	});
	return {
		timestamps: Float64Array.from(chunks.flatMap((chunk) => chunk.times)),
		values: Float64Array.from(chunks.flatMap((chunk) => chunk.values)),
		sampleEnds: ends,
	};
}

function grid(count: number, step = 15_000): number[] {
	return Array.from({ length: count }, (_, i) => i * step);
}

function bits(values: Float64Array): BigUint64Array {
	return new BigUint64Array(values.buffer, values.byteOffset, values.length);
}

function hex(bytes: Uint8Array): string {
	return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}

/** Encodes one chunk of values on the grid, checks that it comes back, and gives the bytes behind the times. */
async function valueSection(values: number[]): Promise<string> {
	const { encode, decode } = await codec();
	const samples = samplesOf({ times: [0, ...grid(values.length).slice(1)], values });
	const packed = encode(samples);
	const { samples: back, refused } = decode(packed);
	assert.equal(refused.length, 0);
	assert.deepEqual(bits(back.values), bits(samples.values));
	assert.deepEqual(back.timestamps, samples.timestamps);
	const withoutValues = encode(samplesOf({ times: grid(values.length), values: values.map(() => 0) }));
	return hex(packed.data.subarray(withoutValues.data.length - 1));
}

function chunkOf(...bytes: string[]): Uint8Array {
	return Uint8Array.from(bytes.join(' ').match(/[0-9a-f]{2}/g) ?? [], (byte) => Number.parseInt(byte, 16));
}

/** CRC-32C, bit by bit. */
function crc32c(bytes: Uint8Array): number {
	let crc = ~0;
	for (const byte of bytes) {
		crc ^= byte;
		for (let i = 0; i < 8; i++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
	}
	return ~crc >>> 0;
}

/** A chunk with a true checksum around any sections. */
function sealed(count: number, sections: string): Uint8Array {
	const body = chunkOf(sections);
	const out = new Uint8Array(6 + body.length);
	out[0] = 0xc1;
	out[1] = count - 1;
	out.set(body, 6);
	const covered = new Uint8Array(2 + body.length);
	covered.set(out.subarray(0, 2));
	covered.set(body, 2);
	new DataView(out.buffer).setUint32(2, crc32c(covered), true);
	return out;
}

/** Floats whose bits differ by `step`. */
function steps(count: number, step: bigint): number[] {
	const patterns = BigUint64Array.from({ length: count }, (_, i) => 0x400921fb54442d18n + BigInt(i) * step);
	return Array.from(new Float64Array(patterns.buffer));
}

const ZERO_VALUES = '00 00 00 00 00 00 00 00 00 00 00 00';
/** Times 0, 1, 2 ... as delta with width 0. */
const ONE_BY_ONE = '02 00 10 00 01';

export const cases: Record<string, () => void | Promise<void>> = {
	async 'golden bytes of a whole chunk'() {
		const { encode } = await codec();
		const packed = encode(samplesOf({ times: [1000, 16_000, 31_000], values: [1, 3, 6] }));
		// Times: line, base 1000, step 15 000; values: short delta, width 1, base 1, step 2.
		const body = 'd5 e8 03 0f 06 21 01 02 04';
		assert.equal(hex(packed.data), hex(sealed(3, body)));
		assert.deepEqual(packed.ends, new Uint32Array([packed.data.length]));
	},
	async 'golden bytes of each mode'() {
		assert.equal(await valueSection([1.5, 1.5, 1.5]), '07 00 00 00 00 00 00 f8 3f', 'constant');
		assert.equal(await valueSection([5, 5, 5]), '0d 05', 'constant integer');
		assert.equal(await valueSection([300, 200, 100, 0]), '55 2c 01 9c', 'line');
		assert.equal(await valueSection([7, 0, 7, 0, 7, 0]), '01 03 00 00 c7 71 00', 'frame of reference');
		assert.equal(await valueSection([100, 200, 301, 401]), '06 21 64 64 04', 'short delta');
		assert.equal(await valueSection([1, 1001, 2002, 3002]), '02 01 21 00 01 e8 03 04', 'delta');
		assert.equal(await valueSection([0.5, 0.25, 0.75]), '11 06 01 10 19 19 20 03 00 00 00', 'decimals');
		assert.equal(await valueSection([4096, 0, 12_288]), 'c1 02 00 00 31 00', 'powers of two');
		const pi = '18 2d 44 54 fb 21 09 40';
		assert.equal(await valueSection([1, 2, Math.PI, 4, 6]), `02 01 11 01 01 01 10 01 02 ${pi}`, 'patch');
		assert.equal(await valueSection(steps(2, 1n)), `03 01 08 00 ${pi} 02`, 'raw');
		assert.equal(
			await valueSection([Math.PI, -Math.PI]),
			'03 01 18 00 30 5a 88 a8 f6 43 12 80 40 02',
			'raw, rotated',
		);
		assert.equal(
			await valueSection(steps(64, 3n)),
			`04 00 08 00 ${pi} 03 00 00 00 00 00 00 00 00`,
			'raw delta',
		);
		const wide = steps(8, 0n).map((it, i) => it + (i % 3) * 1e-6);
		assert.equal((await valueSection(wide)).slice(0, 2), '0f', 'short bits');
		const reset = Array.from({ length: 32 }, (_, i) => (i < 16 ? 1000 + 3 * i + (i % 2) : 3 * i + (i % 2)));
		assert.equal(await valueSection(reset), '6a 01 12 02 f4 01 01 aa aa aa aa 01 02 10 0c fe', 'jump');
	},
	async 'absent samples are listed or marked'() {
		const { encode, decode } = await codec();
		const section = (absent: (i: number) => boolean, values: number[]) => {
			const samples = samplesOf({ times: grid(values.length), values });
			for (let i = 0; i < values.length; i++) if (absent(i)) bits(samples.values)[i] = ABSENT_BITS;
			const packed = encode(samples);
			assert.deepEqual(bits(decode(packed).samples.values), bits(samples.values));
			return hex(packed.data.subarray(6 + 2));
		};
		const even = grid(24, 9);
		assert.equal(
			section((i) => i === 7, even),
			'02 00 10 04 09 01 07',
			'list',
		);
		assert.equal(
			section((i) => i % 2 === 0, even),
			'02 00 10 08 09 55 55 55',
			'bitmap',
		);
		assert.equal(
			section((i) => i === 0 || i === 23, even),
			'02 00 10 04 09 02 00 17',
			'at the ends',
		);
		const floats = steps(24, 0x1234567n);
		assert.equal(section((i) => i === 3, floats).slice(0, 11), '04 1a 08 04', 'raw with a list');
		for (const values of [even, floats, even.map((it) => it / 100), even.map((it) => it * 4096)]) {
			for (let k = 0; k < 24; k++) {
				section((i) => i <= k && i !== 5, values);
				section((i) => i >= k && i !== 9, values);
				section((i) => i % (k + 1) === 0, values);
			}
		}
	},
	async 'bytes that earlier encoders wrote are read'() {
		const { decode } = await codec();
		const read = (count: number, body: string) => {
			const data = sealed(count, body);
			const { samples, refused } = decode({ data, ends: new Uint32Array([data.length]) });
			assert.equal(refused.length, 0, body);
			return samples;
		};
		const whole = read(3, '7a 00 21 00 7d 53 07 02 01 11 00 01 02 04');
		assert.deepEqual([...whole.timestamps], [1000, 16_000, 31_000]);
		assert.deepEqual([...whole.values], [1, 3, 6]);
		const values = (section: string, ...expected: number[]) =>
			assert.deepEqual([...read(expected.length, `02 00 10 00 01 ${section}`).values], expected, section);
		const pi = '18 2d 44 54 fb 21 09 40';
		values('00 00 00 00 00 00 00 00 00 00 f8 3f', 1.5, 1.5, 1.5);
		values('01 03 00 00 c7 71 00', 7, 0, 7, 0, 7, 0);
		values('02 01 11 00 64 64 04', 100, 200, 301, 401);
		values('11 06 01 10 19 19 20 03 00 00 00', 0.5, 0.25, 0.75);
		values('c1 02 00 00 31 00', 4096, 0, 12_288);
		values(`02 00 11 01 01 01 01 02 ${pi}`, 1, 2, Math.PI, 4, 5);
		values(`03 01 08 00 ${pi} 02`, ...steps(2, 1n));
		values('03 01 18 00 30 5a 88 a8 f6 43 12 80 40 02', Math.PI, -Math.PI);
		values(`04 00 08 00 ${pi} 03 00 00 00 00 00 00 00 00`, ...steps(64, 3n));
	},
	async 'a matrix has a row a chunk and a column a step'() {
		const { encode, decodeMatrix } = await codec();
		const nan = Number.NaN;
		const packed = encode(
			samplesOf(
				{ times: grid(4), values: [1, 2, 3, 4] },
				{ times: [15_001, 30_001], values: [5, 6.5] },
				{ times: [0, 1, 44_999, 45_000, 60_000], values: [1, 2, 3, 4, 5] },
				{ times: [45_000], values: [7] },
				{ times: [60_000], values: [8] },
			),
		);
		const { values, refused } = decodeMatrix(packed, { step: 15_000, columns: 4 });
		const rows = [
			[1, 2, 3, 4],
			[nan, 5, 6.5, nan],
			[2, nan, 3, 4],
			[nan, nan, nan, 7],
			[nan, nan, nan, nan],
		];
		assert.deepEqual(Array.from(values), rows.flat());
		assert.equal(refused.length, 0);
		packed.data[packed.ends[0]! + 9]! ^= 1;
		const damaged = decodeMatrix(packed, { step: 15_000, columns: 4 });
		assert.deepEqual([...damaged.refused], [1]);
		rows[1] = [nan, nan, nan, nan];
		assert.deepEqual(Array.from(damaged.values), rows.flat());
		assert.equal(decodeMatrix(packed, { step: 15_000, columns: 0 }).values.length, 0);
		for (const bad of [
			{ step: 0, columns: 1 },
			{ step: 1, columns: 1 << 24 },
			{ step: 0.5, columns: 1 },
		]) {
			assert.throws(() => decodeMatrix(packed, bad), /BUG/);
		}
	},
	async 'values of every kind come back bit by bit'() {
		const nan = new Float64Array(new BigUint64Array([0x7ff0000000000002n, 0xfff8dead0000beefn]).buffer);
		const kinds: number[][] = [
			[0],
			[-0],
			[Number.NaN],
			[1, -0, 2],
			[nan[0]!, nan[1]!, 0],
			[1, 2, nan[0]!, 4, 5],
			[Infinity, -Infinity, 1],
			[5e-324, Number.MAX_VALUE, -Number.MAX_VALUE],
			[0.1, 0.2, 0.3, 0.1 + 0.2],
			[1e15, -1e15, 2 ** 51, -(2 ** 51), 2 ** 52, 2 ** 53],
			[4096, 8192, 0, 1 << 30],
			[-1, -2, -3, -100],
			[1e-12, 2e-12, 5e-13],
			[123456.789, 123456.79, 123456.8],
			Array.from({ length: 256 }, (_, i) => i * i),
			Array.from({ length: 256 }, (_, i) => Math.sin(i)),
			Array.from({ length: 256 }, (_, i) => Math.exp(i / 40)),
			Array.from({ length: 255 }, (_, i) => (i % 17 === 0 ? Number.NaN : i)),
			Array.from({ length: 240 }, (_, i) => (i < 100 ? i * 1000 : i)),
		];
		for (let width = 0; width <= 64; width++) {
			kinds.push(Array.from({ length: 20 }, (_, i) => (i % 3 === 0 ? 2 ** width : i % 3)));
		}
		for (const values of kinds) await valueSection(values);
	},
	async 'every width of every mode comes back'() {
		const { encode, decode } = await codec();
		for (let width = 0; width <= 64; width++) {
			const pattern = new BigUint64Array(64);
			let state = 88172645463325252n;
			for (let i = 0; i < pattern.length; i++) {
				state = BigInt.asUintN(64, state ^ (state << 13n));
				state ^= state >> 7n;
				state = BigInt.asUintN(64, state ^ (state << 17n));
				pattern[i] = 0x3ff0000000000000n + (width === 0 ? 0n : state >> BigInt(64 - width));
			}
			const random = new Float64Array(pattern.buffer);
			const integers = Float64Array.from(pattern, (it) =>
				Number((it - 0x3ff0000000000000n) & 0x3ffffffffffffn),
			);
			for (const values of [random, integers, integers.map((it) => it / 100)]) {
				const samples = samplesOf({ times: grid(64), values: Array.from(values) });
				samples.values.set(values);
				const { samples: back, refused } = decode(encode(samples));
				assert.equal(refused.length, 0);
				assert.deepEqual(bits(back.values), bits(samples.values), `width ${width}`);
			}
		}
	},
	async 'times on a grid cost a header, others what they differ'() {
		const { encode } = await codec();
		const values = Array(240).fill(1);
		assert.equal(encode(samplesOf({ times: grid(240), values })).data.length, 6 + 2 + 2);
		const jitter = grid(240).map((it, i) => it + ((i * 7) % 16));
		assert.ok(encode(samplesOf({ times: jitter, values })).data.length < 6 + 4 + 5 + 240 * 0.75 + 2);
	},
	async 'many chunks lie back to back'() {
		const { encode, decode } = await codec();
		const chunks = Array.from({ length: 300 }, (_, i) => ({
			times: grid(1 + (i % 256)),
			values: Array.from({ length: 1 + (i % 256) }, (_, k) => i * k),
		}));
		const samples = samplesOf(...chunks);
		const packed = encode(samples);
		assert.equal(packed.ends.at(-1), packed.data.length);
		assert.deepEqual(decode(packed).samples, samples);
		const none = encode(samplesOf());
		assert.deepEqual([none.data.length, none.ends.length], [0, 0]);
		assert.equal(decode(none).samples.values.length, 0);
	},
	async 'a chunk that was damaged is refused, its neighbours are not'() {
		const { encode, decode } = await codec();
		const one = { times: grid(9), values: [1, 2, 3, 5, 8, 13, 21, 34, 55.5] };
		const packed = encode(samplesOf(one, one, one));
		const size = packed.data.length / 3;
		for (let at = size; at < 2 * size; at++) {
			const data = packed.data.slice();
			data[at]! ^= 0x10;
			const { samples, refused } = decode({ data, ends: packed.ends });
			assert.deepEqual(refused, new Uint32Array([1]), `byte ${at - size}`);
			assert.deepEqual(samples.sampleEnds, new Uint32Array([9, 9, 18]));
			assert.deepEqual(samples.values, Float64Array.from([...one.values, ...one.values]));
		}
	},
	async 'fields out of range are refused although the checksum is true'() {
		const { decode } = await codec();
		const refusedCount = (count: number, sections: string) => {
			const data = sealed(count, sections);
			return decode({ data, ends: new Uint32Array([data.length]) }).refused.length;
		};
		const values = (section: string) => refusedCount(3, `${ONE_BY_ONE} ${section}`);
		assert.equal(values(ZERO_VALUES), 0, 'the frame of these cases is sound');
		assert.equal(values('01 02 01 00 05 09 00'), 0);
		const bad: Record<string, string> = {
			'line cut': '95 e8 03 98',
			'line of seconds with bytes behind': 'cd 05 0f 00',
			'line beyond 2^52': 'fd ff ff ff ff ff ff 7f ff',
			'line without a step': 'c5',
			'line with bytes behind': '05 00',
			'short delta cut': '06 21 01',
			'short delta with an unknown width': `06 1b 00${'00'.repeat(27)}`,
			'short bits cut': `0f 00 00 00 00${'00'.repeat(32)}`,
			'short bits with an unknown width': `df 00 00 00 00${'00'.repeat(32 + 27)}`,
			'short constant cut': '07 00 00 00 00 00 00 00',
			'no jumps': '02 00 11 02 01 01 00 01',
			'jump of no bytes': '02 00 11 02 01 01 01 00 01',
			'jump of 8 bytes': '02 00 11 02 01 01 01 08 01 00 00 00 00 00 00 00 00',
			'jump cut': '02 00 11 02 01 01 01 02 01 00',
			'jump outside': '02 00 11 02 01 01 01 01 03 00',
			'jumps out of order': '02 00 11 02 01 01 02 01 02 01 01 01',
			'jump beyond 2^52': '02 00 11 02 01 01 01 07 01 ff ff ff ff ff ff 1f',
			'no gaps': '02 00 11 04 01 01 00',
			'gap outside': '02 00 11 04 01 01 01 03',
			'gaps out of order': '02 00 11 04 01 01 02 01 01',
			'gap bitmap cut': '02 00 11 08 01 01',
			'gap bitmap outside': '02 00 11 08 01 01 08',
			'two kinds of gaps': '02 00 11 0c 01 01 01 01 01',
			'constant with flags': '00 00 00 01 00 00 00 00 00 00 00 00',
			'constant cut': '00 00 00 00 00 00 00 00 00 00 00',
			'unknown width': `01 1b 00 00${'00'.repeat(27)}`,
			'width beyond 32': `01 21 00 00${'00'.repeat(33)}`,
			'plane cut': '01 02 01 00 05 09',
			'bytes behind the section': '01 02 01 00 05 09 00 00',
			'base of 8 bytes': '01 00 08 00 00 00 00 00 00 00 00 00',
			'step without delta': '01 00 10 00 01',
			'sums beyond 2^52': '02 00 77 00 ff ff ff ff ff ff 0f ff ff ff ff ff ff 0f',
			'unknown flag': '01 02 01 20 05 09 00',
			'no patches': '01 02 01 01 05 09 00 00',
			'patch cut': '01 02 01 01 05 09 00 01 00 00 00 00 00 00 00 00',
			'patch outside': '01 02 01 01 05 09 00 01 03 00 00 00 00 00 00 00 00',
			'patches out of order': '01 00 00 01 02 01 0000000000000000 01 0000000000000000',
			'raw with flags': '03 00 08 01 00 00 00 00 00 00 00 00',
			'raw with a scale': '0b 00 08 00 00 00 00 00 00 00 00 00',
			'raw base too short': '03 00 07 00 00 00 00 00 00 00 00 00',
			'raw width': `03 41 08 00${'00'.repeat(200)}`,
			'raw marks': '03 00 18 00 00 00 00 00 00 00 00 00 80',
			'raw delta rotated': `04 00 08 00${'00'.repeat(16)}40`,
			nothing: '',
		};
		for (const [name, section] of Object.entries(bad)) assert.equal(values(section), 1, name);
		assert.equal(refusedCount(3, `02 00 00 00 ${ZERO_VALUES}`), 1, 'times that stand still');
		assert.equal(refusedCount(3, `02 00 11 00 ff 01 ${ZERO_VALUES}`), 1, 'times below 0');
		assert.equal(refusedCount(3, `02 00 05 00 ff ff ff ff 00 ${ZERO_VALUES}`), 1, 'times beyond 2^32');
		assert.equal(refusedCount(3, `0a 00 10 00 01 ${ZERO_VALUES}`), 1, 'times with fractions');
	},
	async 'ends that make no sense refuse the chunk'() {
		const { encode, decode } = await codec();
		const { data } = encode(samplesOf({ times: [1], values: [1] }));
		const refusedBy = (...ends: number[]) => [...decode({ data, ends: new Uint32Array(ends) }).refused];
		assert.deepEqual(refusedBy(data.length), []);
		assert.deepEqual(refusedBy(data.length + 1), [0]);
		assert.deepEqual(refusedBy(0xffffffff, data.length), [0]);
		assert.deepEqual(refusedBy(0, 0, data.length), [0, 1]);
		assert.deepEqual(refusedBy(5, 4), [0, 1]);
	},
	async 'a newer version is refused'() {
		const { encode, decode } = await codec();
		const packed = encode(samplesOf({ times: [1], values: [1] }));
		packed.data[0] = 0xc2;
		assert.deepEqual([...decode(packed).refused], [0]);
	},
	async 'input that no chunk can hold is an error'() {
		const { encode } = await codec();
		const refusal = (code: string) => (error: unknown) => error instanceof CoreError && error.code === code;
		const shape = refusal('CXR_CORE_CHUNK_BAD_SHAPE');
		const time = refusal('CXR_CORE_CHUNK_BAD_TIMESTAMP');
		const attempt = (times: number[], values: number[], ends: number[]) => () =>
			encode({
				timestamps: Float64Array.from(times),
				values: Float64Array.from(values),
				sampleEnds: Uint32Array.from(ends),
			});
		assert.throws(attempt([1], [], [1]), shape);
		assert.throws(attempt([1], [1], []), shape);
		assert.throws(attempt([1], [1], [2]), shape);
		assert.throws(attempt([1, 2], [1, 1], [1, 1, 2]), shape);
		assert.throws(attempt([1, 2], [1, 1], [0xffffffff]), shape);
		assert.throws(attempt(grid(257), grid(257), [257]), shape);
		for (const times of [
			[2, 1],
			[1, 1],
			[-1, 1],
			[0.5, 1],
			[Number.NaN, 1],
			[1, Number.NaN],
			[1, 2 ** 32],
			[0, Infinity],
		]) {
			assert.throws(attempt(times, [1, 1], [2]), time, String(times));
		}
	},
};
