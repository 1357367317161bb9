// The chunk codec's reader in plain JavaScript, the way a careful person writes it: typed arrays, a word at a time,
// values straight into one matrix. It reads the sections that the data of the bench has, checksums included.

const SCALES = Float64Array.from({ length: 32 }, (_, i) => (i <= 12 ? 10 ** i : 2 ** (12 - i)));

const TABLES = Array.from({ length: 8 }, () => new Int32Array(256));
for (let i = 0; i < 256; i++) {
	let crc = i;
	for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
	TABLES[0]![i] = crc;
}
for (let t = 1; t < 8; t++) {
	for (let i = 0; i < 256; i++) {
		const before = TABLES[t - 1]![i]!;
		TABLES[t]![i] = (before >>> 8) ^ TABLES[0]![before & 255]!;
	}
}
const [T0, T1, T2, T3, T4, T5, T6, T7] = TABLES as [
	Int32Array,
	Int32Array,
	Int32Array,
	Int32Array,
	Int32Array,
	Int32Array,
	Int32Array,
	Int32Array,
];

function crc32c(data: Uint8Array, from: number, to: number, before: number): number {
	let crc = ~before;
	let p = from;
	for (; p + 8 <= to; p += 8) {
		crc =
			T7[(crc ^ data[p]!) & 255]! ^
			T6[((crc >>> 8) ^ data[p + 1]!) & 255]! ^
			T5[((crc >>> 16) ^ data[p + 2]!) & 255]! ^
			T4[(crc >>> 24) ^ data[p + 3]!]! ^
			T3[data[p + 4]!]! ^
			T2[data[p + 5]!]! ^
			T1[data[p + 6]!]! ^
			T0[data[p + 7]!]!;
	}
	for (; p < to; p++) crc = (crc >>> 8) ^ T0[(crc ^ data[p]!) & 255]!;
	return ~crc;
}

const bytes = new Uint8Array(8);
const double = new Float64Array(bytes.buffer);

function signed(data: Uint8Array, at: number, size: number): number {
	if (size === 0) return 0;
	let value = (data[at + size - 1]! << 24) >> 24;
	for (let i = size - 2; i >= 0; i--) value = value * 256 + data[at + i]!;
	return value;
}

/** Decodes chunks on a grid into `matrix`, `columns` values a row; returns how many it refused. */
export function decodePlainChunks(
	data: Uint8Array,
	ends: Uint32Array,
	step: number,
	columns: number,
	matrix: Float64Array,
): number {
	const words = new Uint32Array(matrix.buffer, matrix.byteOffset, matrix.length * 2);
	const view = new DataView(data.buffer, data.byteOffset, data.length);
	let refused = 0;
	let start = 0;
	for (let i = 0; i < ends.length; i++) {
		const end = ends[i]!;
		if (!decodeChunk(data, view, start, end, step, columns, matrix, words, i * columns)) {
			matrix.fill(Number.NaN, i * columns, (i + 1) * columns);
			refused++;
		}
		start = end;
	}
	return refused;
}

function decodeChunk(
	data: Uint8Array,
	view: DataView,
	from: number,
	end: number,
	step: number,
	columns: number,
	matrix: Float64Array,
	words: Uint32Array,
	row: number,
): boolean {
	if (end - from < 8 || data[from] !== 0xc1) return false;
	const count = data[from + 1]! + 1;
	if (view.getInt32(from + 2, true) !== crc32c(data, from + 6, end, crc32c(data, from, from + 2, 0)))
		return false;
	let p = from + 6;
	const line = data[p++]!;
	if ((line & 7) !== 5) return false;
	const first = signed(data, p, (line >> 3) & 7);
	p += (line >> 3) & 7;
	if (line >> 6 !== 3 || data[p++]! * 1000 !== step || first < 0) return false;
	const column = Math.floor(first / step);
	if (column + count > columns) return false;
	const to = row + column;
	matrix.fill(Number.NaN, row, to);
	matrix.fill(Number.NaN, to + count, row + columns);
	const mode = data[p]! & 7;
	const scale = data[p++]! >> 3;
	if (mode === 5) {
		let value = signed(data, p, scale & 7);
		if (scale >> 3 === 3) return false;
		const slope = signed(data, p + (scale & 7), scale >> 3);
		for (let i = to; i < to + count; i++) {
			matrix[i] = value;
			value += slope;
		}
		return p + (scale & 7) + (scale >> 3) === end;
	}
	if (mode === 6) {
		const width = data[p]! & 31;
		const baseSize = data[p++]! >> 5;
		const base = signed(data, p, baseSize);
		const least = (data[p + baseSize]! << 24) >> 24;
		p += baseSize + 1;
		if (p + Math.ceil(count / 8) * width !== end) return false;
		deltas(data, view, p, end, width, base, least, scale, count, matrix, to);
		return true;
	}
	if (mode === 2 && data[p + 2] === (scale > 0 && scale <= 12 ? 16 : 0)) {
		const width = data[p]!;
		const sizes = data[p + 1]!;
		p += 3;
		const base = signed(data, p, sizes & 15);
		p += sizes & 15;
		const least = signed(data, p, sizes >> 4);
		p += sizes >> 4;
		if (p + Math.ceil(count / 8) * width !== end) return false;
		deltas(data, view, p, end, width, base, least, scale, count, matrix, to);
		return true;
	}
	if (mode !== 7) return false;
	if (scale === 0) {
		for (let i = 0; i < 8; i++) bytes[i] = data[p + i]!;
		matrix.fill(double[0]!, to, to + count);
		return p + 8 === end;
	}
	const groups = Math.ceil(count / 8);
	if (p + 4 + groups * (32 + scale) !== end) return false;
	floats(view, p, scale, count, words, 2 * to, data, end);
	return true;
}

/** Sums of residuals, a window of 32 bits at a time. */
function deltas(
	data: Uint8Array,
	view: DataView,
	from: number,
	end: number,
	width: number,
	base: number,
	least: number,
	scale: number,
	count: number,
	matrix: Float64Array,
	to: number,
): void {
	const mask = width === 32 ? -1 : (1 << width) - 1;
	const factor = SCALES[scale]!;
	let value = base - least;
	let bit = 0;
	for (let i = 0; i < count; i++) {
		value += least + bitsAt(data, view, from, end, bit, width, mask);
		matrix[to + i] = scale === 0 ? value : value / factor;
		bit += width;
	}
}

function bitsAt(
	data: Uint8Array,
	view: DataView,
	from: number,
	end: number,
	bit: number,
	width: number,
	mask: number,
): number {
	const at = from + (bit >>> 3);
	const shift = bit & 7;
	if (at + 5 <= end) {
		const word = view.getUint32(at, true) >>> shift;
		if (shift + width <= 32) return (word & mask) >>> 0;
		return ((word | (data[at + 4]! << (32 - shift))) & mask) >>> 0;
	}
	let value = 0;
	for (let k = Math.min(end - at, 5) - 1; k >= 0; k--) value = value * 256 + data[at + k]!;
	return (Math.floor(value / 2 ** shift) & mask) >>> 0;
}

function floats(
	view: DataView,
	p: number,
	width: number,
	count: number,
	words: Uint32Array,
	to: number,
	data: Uint8Array,
	end: number,
): void {
	const base = view.getUint32(p, true);
	const lows = p + 4;
	const highs = lows + Math.ceil(count / 8) * 32;
	const mask = width === 32 ? -1 : (1 << width) - 1;
	for (let i = 0; i < count; i++) {
		words[to + 2 * i] = view.getUint32(lows + 4 * i, true);
		words[to + 2 * i + 1] = base + bitsAt(data, view, highs, end, i * width, width, mask);
	}
}
