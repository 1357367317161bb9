/**
 * The metric block: accepted samples as columns, the payload of spool records of kind 1.
 * Layout: docs/formats.md, "Metric block". Everything is little-endian.
 *
 * | 'CXRMETRB' 8 | version u16 | flags u16 = 0 | uncompressed length u32 | snappy block of: |
 * | series u32 | labels u32 | samples u32 | label bytes u32 | hashes u64[] | timestamps f64[] | values f64[] |
 * | sample ends u32[] | label ends u32[] | label lengths u32[2 per label] | label bytes |
 */
import { ServerError } from '../errors.ts';

export interface MetricBlock {
	/** FNV-1a 64 of each series' labels: low half, high half. */
	hashes: Uint32Array;
	/** Prefix ends of each series' samples. */
	sampleEnds: Uint32Array;
	/** Milliseconds since the epoch. */
	timestamps: Float64Array;
	values: Float64Array;
	/** Prefix ends of each series' labels. */
	labelEnds: Uint32Array;
	/** Bytes of name and of value of each label; labels are sorted by name, values are not empty. */
	labelLengths: Uint32Array;
	/** UTF-8 of name, value, name, value, ... back to back. */
	labelBytes: Uint8Array;
}

/** The part of the core's Codec that blocks need. */
export interface BlockCodec {
	snappyCompress(input: Uint8Array): Uint8Array;
	snappyUncompress(input: Uint8Array, maxBytes: number): Uint8Array;
}

const MAGIC = new TextEncoder().encode('CXRMETRB');
const VERSION = 1;
const HEADER = 16;
const COUNTS = 16;
/** A block holds one request's samples, and requests are bounded by 64 MiB of protobuf. */
const MAX_BYTES = 512 * 1024 * 1024;

export function encodeMetricBlock(block: MetricBlock, codec: BlockCodec): Uint8Array {
	const series = block.sampleEnds.length;
	const samples = block.timestamps.length;
	const labels = block.labelLengths.length / 2;
	const size = COUNTS + 8 * series + 16 * samples + 8 * series + 8 * labels + block.labelBytes.length;
	const body = new Uint8Array(size);
	new Uint32Array(body.buffer, 0, 4).set([series, labels, samples, block.labelBytes.length]);
	let at = COUNTS;
	const put = (column: Uint32Array | Float64Array | Uint8Array) => {
		body.set(new Uint8Array(column.buffer, column.byteOffset, column.byteLength), at);
		at += column.byteLength;
	};
	put(block.hashes);
	put(block.timestamps);
	put(block.values);
	put(block.sampleEnds);
	put(block.labelEnds);
	put(block.labelLengths);
	put(block.labelBytes);
	const packed = codec.snappyCompress(body);
	const out = new Uint8Array(HEADER + packed.length);
	out.set(MAGIC);
	const view = new DataView(out.buffer);
	view.setUint16(8, VERSION, true);
	view.setUint32(12, size, true);
	out.set(packed, HEADER);
	return out;
}

/** Throws CXR_BLOCK_CORRUPT or CXR_BLOCK_VERSION. Columns are views on one buffer. */
export function decodeMetricBlock(payload: Uint8Array, codec: BlockCodec): MetricBlock {
	if (payload.length < HEADER) throw corrupt(`${payload.length} bytes`);
	for (let i = 0; i < 8; i++) if (payload[i] !== MAGIC[i]) throw corrupt('bad magic');
	const header = new DataView(payload.buffer, payload.byteOffset, HEADER);
	const version = header.getUint16(8, true);
	if (version > VERSION) {
		throw new ServerError('CXR_BLOCK_VERSION', `Version ${version}, this program reads up to ${VERSION}.`);
	}
	const size = header.getUint32(12, true);
	if (size < COUNTS || size > MAX_BYTES) throw corrupt(`length ${size}`);
	let body: Uint8Array;
	try {
		body = codec.snappyUncompress(payload.subarray(HEADER), size);
	} catch (e) {
		throw new ServerError('CXR_BLOCK_CORRUPT', e instanceof Error ? e.message : String(e), { cause: e });
	}
	if (body.byteOffset % 8 !== 0) body = body.slice();
	const [series, labels, samples, labelBytes] = new Uint32Array(
		body.buffer,
		body.byteOffset,
		4,
	) as unknown as [number, number, number, number];
	if (body.length !== COUNTS + 16 * series + 16 * samples + 8 * labels + labelBytes) {
		throw corrupt(`${series} series, ${labels} labels, ${samples} samples in ${body.length} bytes`);
	}
	let at = body.byteOffset + COUNTS;
	const u32 = (n: number) => {
		const column = new Uint32Array(body.buffer, at, n);
		at += 4 * n;
		return column;
	};
	const f64 = (n: number) => {
		const column = new Float64Array(body.buffer, at, n);
		at += 8 * n;
		return column;
	};
	const block: MetricBlock = {
		hashes: u32(2 * series),
		timestamps: f64(samples),
		values: f64(samples),
		sampleEnds: u32(series),
		labelEnds: u32(series),
		labelLengths: u32(2 * labels),
		labelBytes: new Uint8Array(body.buffer, at, labelBytes),
	};
	checkEnds(block.sampleEnds, samples, 'sample');
	checkEnds(block.labelEnds, labels, 'label');
	let sum = 0;
	for (const length of block.labelLengths) sum += length;
	if (sum !== labelBytes) throw corrupt(`label lengths of ${sum} in ${labelBytes} bytes`);
	return block;
}

function checkEnds(ends: Uint32Array, total: number, what: string): void {
	let last = 0;
	for (const end of ends) {
		if (end < last) throw corrupt(`${what} ends fall from ${last} to ${end}`);
		last = end;
	}
	if (last !== total) throw corrupt(`${what} ends stop at ${last} of ${total}`);
}

function corrupt(detail: string): ServerError {
	return new ServerError('CXR_BLOCK_CORRUPT', detail);
}
