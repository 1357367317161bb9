// Remote write to columns in plain JavaScript, the way a careful person writes it: typed arrays, two passes, no
// object per label or sample, and the same work as the component's: hashes, order, UTF-8 and control characters.

export interface PlainColumns {
	hashes: Uint32Array;
	faults: Uint8Array;
	labelEnds: Uint32Array;
	labelRefs: Uint32Array;
	sampleEnds: Uint32Array;
	timestamps: Float64Array;
	values: Float64Array;
}

let body: Uint8Array = new Uint8Array(0);
let at = 0;

function varint(): number {
	let byte = body[at++]!;
	if (byte < 128) return byte;
	let value = byte & 127;
	let factor = 128;
	do {
		byte = body[at++]!;
		value += (byte & 127) * factor;
		factor *= 128;
	} while (byte >= 128);
	return value;
}

function skip(type: number): void {
	if (type === 0) varint();
	else if (type === 1) at += 8;
	else if (type === 5) at += 4;
	else if (type === 2) {
		const size = varint();
		at += size;
	} else throw new Error(`wire type ${type} at ${at}`);
	if (at > body.length) throw new Error(`cut at ${at}`);
}

export function decodePlain(input: Uint8Array): PlainColumns {
	body = input;
	const size = body.length;
	let series = 0;
	let labels = 0;
	let samples = 0;
	at = 0;
	while (at < size) {
		const tag = varint();
		if (tag !== 0x0a) {
			skip(tag & 7);
			continue;
		}
		series++;
		const length = varint();
		const end = at + length;
		if (end > size) throw new Error(`cut at ${at}`);
		while (at < end) {
			const inner = varint();
			if (inner === 0x0a) labels++;
			else if (inner === 0x12) samples++;
			skip(inner & 7);
		}
	}
	return fill(input, series, labels, samples);
}

function fill(input: Uint8Array, series: number, labels: number, samples: number): PlainColumns {
	const view = new DataView(input.buffer, input.byteOffset, input.length);
	const columns: PlainColumns = {
		hashes: new Uint32Array(2 * series),
		faults: new Uint8Array(series),
		labelEnds: new Uint32Array(series),
		labelRefs: new Uint32Array(4 * labels),
		sampleEnds: new Uint32Array(series),
		timestamps: new Float64Array(samples),
		values: new Float64Array(samples),
	};
	const refs = columns.labelRefs;
	let label = 0;
	let sample = 0;
	let index = 0;
	at = 0;
	while (at < input.length) {
		const tag = varint();
		if (tag !== 0x0a) {
			skip(tag & 7);
			continue;
		}
		const length = varint();
		const end = at + length;
		const first = label;
		while (at < end) {
			const inner = varint();
			const innerEnd = at + (inner === 0x0a || inner === 0x12 ? varintAt() : 0);
			if (inner === 0x0a) {
				while (at < innerEnd) {
					const part = varint();
					const partSize = varint();
					if (part === 0x0a) {
						refs[label] = at;
						refs[label + 1] = partSize;
					} else {
						refs[label + 2] = at;
						refs[label + 3] = partSize;
					}
					at += partSize;
				}
				label += 4;
			} else if (inner === 0x12) {
				while (at < innerEnd) {
					const part = varint();
					if (part === 0x09) {
						columns.values[sample] = view.getFloat64(at, true);
						at += 8;
					} else columns.timestamps[sample] = varint();
				}
				sample++;
			} else skip(inner & 7);
		}
		finish(columns, index, first, label);
		columns.labelEnds[index] = label >> 2;
		columns.sampleEnds[index] = sample;
		index++;
	}
	return columns;
}

/** Reads a length and gives it relative to the place behind it. */
function varintAt(): number {
	const before = at;
	const size = varint();
	return size + at - before;
}

/** Validates and hashes the labels in [first, last) of `labelRefs`. */
function finish(columns: PlainColumns, index: number, first: number, last: number): void {
	const refs = columns.labelRefs;
	const bytes = body;
	// FNV-1a 64 in two halves, each a 32-bit integer; the prime is 2^40 + 0x1b3.
	let low = 0x84222325 | 0;
	let high = 0xcbf29ce4 | 0;
	let fault = 0;
	for (let i = first; i < last; i += 2) {
		const from = refs[i]!;
		const to = from + refs[i + 1]!;
		let odd = 0;
		for (let p = from; p <= to; p++) {
			// Behind each text comes 0xff.
			const byte = p < to ? bytes[p]! : 0xff;
			if (p < to) odd |= (byte - 32) | (126 - byte);
			low ^= byte;
			const bottom = Math.imul(low & 0xffff, 0x1b3);
			const top = Math.imul(low >>> 16, 0x1b3) + (bottom >>> 16);
			high = (Math.imul(high, 0x1b3) + (low << 8) + (top >>> 16)) | 0;
			low = (top << 16) | (bottom & 0xffff);
		}
		if (odd < 0) fault = 1;
		if (i > first && (i & 2) === 0 && !isBelow(refs[i - 4]!, refs[i - 3]!, from, to - from)) fault = 2;
	}
	columns.hashes[2 * index] = low;
	columns.hashes[2 * index + 1] = high;
	columns.faults[index] = fault;
}

function isBelow(left: number, leftSize: number, right: number, rightSize: number): boolean {
	const common = Math.min(leftSize, rightSize);
	for (let i = 0; i < common; i++) {
		const difference = body[left + i]! - body[right + i]!;
		if (difference !== 0) return difference < 0;
	}
	return leftSize < rightSize;
}
