/**
 * The metric block: accepted samples as columns, the payload of spool records of kind 1.
 * Layout: docs/formats.md, "Metric block". Everything is little-endian.
 *
 * | 'CXRMETRB' 8 | version u16 | sections u16 | uncompressed length u32 | snappy block of: |
 * | series u32 | labels u32 | samples u32 | label bytes u32 | hashes u64[] | timestamps f64[] | values f64[] |
 * | sample ends u32[] | label ends u32[] | label lengths u32[2 per label] | label bytes | sections |
 */
import { type Lending, type NativeHistograms, Scratch } from '../../../core-as/facade/index.ts';
import type { MetricMetadata } from '../../telemetry/metadata.ts';
import { ServerError } from '../errors.ts';
import { BlockReader } from './block-reader.ts';
import { readHistograms, readMetadata, writeHistograms, writeMetadata } from './block-sections.ts';
import { BlockWriter } from './block-writer.ts';

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
	/** Native histograms of the same series, by `histograms.ends`; left out when there are none. */
	histograms?: NativeHistograms;
	/** What families of metrics mean, those that changed; left out when there are none. */
	metadata?: MetricMetadata[];
	/**
	 * Per series: 1 = its values are sums of the deltas that its sender gave, else 0; left out when there are none. Of no concern to who
	 * stores them: the sums go on from here after a restart.
	 */
	summed?: Uint8Array;
}

/** The part of the core's Codec that blocks need. */
export interface BlockCodec {
	snappyCompress(input: Uint8Array, lending?: Lending): Uint8Array;
	snappyUncompress(input: Uint8Array, maxBytes: number, scratch?: Scratch): Uint8Array;
}

/** Of bodies that are written: each is done with before anybody else may write one. */
const bodies = new Scratch();

const MAGIC = new TextEncoder().encode('CXRMETRB');
const VERSION = 2;
const HEADER = 16;
const COUNTS = 16;
/** What follows the label bytes, in this order. Version 1 has no sections. */
const SECTION = { summed: 1, histograms: 2, metadata: 4 } as const;
const ALL_SECTIONS = SECTION.summed | SECTION.histograms | SECTION.metadata;
/** A block holds one request's samples, and requests are bounded by 64 MiB of protobuf. */
const MAX_BYTES = 512 * 1024 * 1024;

/** A block without sections has version 1, which older programs read too. Throws CXR_INGEST_TOO_LARGE beyond 512 MiB. */
export function encodeMetricBlock(block: MetricBlock, codec: BlockCodec): Uint8Array {
	const { summed, histograms, metadata } = block;
	const series = block.sampleEnds.length;
	const samples = block.timestamps.length;
	const labels = block.labelLengths.length / 2;
	const writer = new BlockWriter();
	writer.put(Uint32Array.of(series, labels, samples, block.labelBytes.length));
	writer.put(block.hashes);
	writer.put(block.timestamps);
	writer.put(block.values);
	writer.put(block.sampleEnds);
	writer.put(block.labelEnds);
	writer.put(block.labelLengths);
	writer.put(block.labelBytes);
	let sections = 0;
	if (summed) {
		sections |= SECTION.summed;
		writer.align();
		writer.put(summed);
	}
	if (histograms) {
		sections |= SECTION.histograms;
		writeHistograms(writer, histograms);
	}
	if (metadata) {
		sections |= SECTION.metadata;
		writeMetadata(writer, metadata);
	}
	if (writer.length > MAX_BYTES)
		throw new ServerError('CXR_INGEST_TOO_LARGE', `Its samples take ${writer.length} bytes as columns.`);
	const packed = codec.snappyCompress(writer.finish(bodies), { lend: true });
	const out = new Uint8Array(HEADER + packed.length);
	out.set(MAGIC);
	const view = new DataView(out.buffer);
	view.setUint16(8, sections === 0 ? 1 : VERSION, true);
	view.setUint16(10, sections, true);
	view.setUint32(12, writer.length, true);
	out.set(packed, HEADER);
	return out;
}

/** Whether the block says so of itself that some of its values are sums of deltas; does not read further. */
export function hasSummed(payload: Uint8Array): boolean {
	return payload.length >= HEADER && (payload[10]! & SECTION.summed) !== 0;
}

/** Throws CXR_BLOCK_CORRUPT or CXR_BLOCK_VERSION. Columns are views on one buffer: `scratch` if it is given. */
export function decodeMetricBlock(payload: Uint8Array, codec: BlockCodec, scratch?: Scratch): MetricBlock {
	if (payload.length < HEADER) throw corrupt(`${payload.length} bytes`);
	for (let i = 0; i < 8; i++) if (payload[i] !== MAGIC[i]) throw corrupt('bad magic');
	const header = new DataView(payload.buffer, payload.byteOffset, HEADER);
	const version = header.getUint16(8, true);
	if (version > VERSION) {
		throw new ServerError('CXR_BLOCK_VERSION', `Version ${version}, this program reads up to ${VERSION}.`);
	}
	const sections = header.getUint16(10, true);
	if ((sections & ~(version < 2 ? 0 : ALL_SECTIONS)) !== 0)
		throw corrupt(`sections ${sections} in version ${version}`);
	const size = header.getUint32(12, true);
	if (size < COUNTS || size > MAX_BYTES) throw corrupt(`length ${size}`);
	const reader = new BlockReader(uncompressed(payload.subarray(HEADER), size, codec, scratch));
	const [series, labels, samples, labelBytes] = reader.u32(4) as unknown as [number, number, number, number];
	const block: MetricBlock = {
		hashes: reader.u32(2 * series),
		timestamps: reader.f64(samples),
		values: reader.f64(samples),
		sampleEnds: reader.ends(series, samples, 'sample'),
		labelEnds: reader.ends(series, labels, 'label'),
		labelLengths: reader.u32(2 * labels),
		labelBytes: reader.bytes(labelBytes),
	};
	let sum = 0;
	for (const length of block.labelLengths) sum += length;
	if (sum !== labelBytes) throw corrupt(`label lengths of ${sum} in ${labelBytes} bytes`);
	if (sections & SECTION.summed) {
		reader.align();
		block.summed = reader.bytes(series);
	}
	if (sections & SECTION.histograms) block.histograms = readHistograms(reader, series);
	if (sections & SECTION.metadata) block.metadata = readMetadata(reader);
	reader.end();
	return block;
}

function uncompressed(packed: Uint8Array, size: number, codec: BlockCodec, scratch?: Scratch): Uint8Array {
	try {
		const body = codec.snappyUncompress(packed, size, scratch);
		if (body.length !== size) throw corrupt(`${body.length} bytes, the header says ${size}`);
		return body.byteOffset % 8 === 0 ? body : body.slice();
	} catch (e) {
		if (e instanceof ServerError) throw e;
		throw new ServerError('CXR_BLOCK_CORRUPT', e instanceof Error ? e.message : String(e), { cause: e });
	}
}

function corrupt(detail: string): ServerError {
	return new ServerError('CXR_BLOCK_CORRUPT', detail);
}
