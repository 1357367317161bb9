/**
 * Byte layout of spool segments and their records; the specification is docs/formats.md, "Spool".
 * Everything is little-endian.
 *
 * segment: | 'CXRSPOOL' 8 | version u16 | header size u16 | crc32c u32 | sequence u64 | created ms u64 | records ...
 * record:  | length u32 | crc32c u32 | kind u8 | flags u8 | state length u16 | accepted ms u64 | batch id 16 | state | payload
 */
import { crc32c } from './crc32c.ts';
import { DeliveryError } from './errors.ts';

export const SEGMENT_VERSION = 1;
export const SEGMENT_HEADER = 32;
export const RECORD_HEADER = 36;
/** Longest state + payload that a record may hold; a longer length field is damage. */
export const MAX_RECORD_BYTES = 256 * 1024 * 1024;
const MAGIC = new TextEncoder().encode('CXRSPOOL');

/** What a record's payload is. A reader skips kinds that it does not know and counts them. */
export const RECORD_KIND = { metrics: 1, logs: 2, traces: 3, profiles: 4, forwarded: 5 } as const;

/** A place in a spool: positions only ever rise. */
export interface Position {
	segment: number;
	/** Byte offset in the segment's file. */
	offset: number;
}

export function comparePositions(a: Position, b: Position): number {
	return a.segment - b.segment || a.offset - b.offset;
}

export interface SpoolRecord {
	/** Where the record starts. */
	position: Position;
	/** Where the next one starts: releasing up to here releases this record. */
	end: Position;
	kind: number;
	flags: number;
	/** When the spool took the record, ms since the epoch. */
	acceptedAt: number;
	/** 16 bytes. */
	batchId: Uint8Array;
	sourceState: Uint8Array;
	payload: Uint8Array;
}

/** Bytes that are no record, with their place. */
export interface SpoolFault {
	segment: number;
	offset: number;
	bytes: number;
	reason: string;
}

export interface RecordInput {
	kind: number;
	/** 16 bytes. */
	batchId: Uint8Array;
	payload: Uint8Array;
	/** Opaque to the spool, at most 65535 bytes, for example the offsets of the log lines in the payload. */
	sourceState?: Uint8Array;
}

function setU64(view: DataView, at: number, value: number): void {
	view.setUint32(at, value >>> 0, true);
	view.setUint32(at + 4, Math.floor(value / 2 ** 32), true);
}

function getU64(view: DataView, at: number): number {
	return view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
}

function viewOf(bytes: Uint8Array): DataView {
	return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function encodeSegmentHeader(sequence: number, createdAt: number): Uint8Array {
	const bytes = new Uint8Array(SEGMENT_HEADER);
	const view = viewOf(bytes);
	bytes.set(MAGIC);
	view.setUint16(8, SEGMENT_VERSION, true);
	view.setUint16(10, SEGMENT_HEADER, true);
	setU64(view, 16, sequence);
	setU64(view, 24, createdAt);
	view.setUint32(12, crc32c(bytes, 16, 32, crc32c(bytes, 0, 12)), true);
	return bytes;
}

/**
 * Where the records of a segment start, or why its header cannot be trusted.
 * Throws CXR_SPOOL_VERSION for a segment of a newer version: guessing at it could lose what it holds.
 */
export function readSegmentHeader(
	bytes: Uint8Array,
	sequence: number,
): { start: number; fault?: undefined } | { fault: string } {
	if (bytes.length < SEGMENT_HEADER) return { fault: `header cut at ${bytes.length} bytes` };
	for (let i = 0; i < 8; i++) if (bytes[i] !== MAGIC[i]) return { fault: `bad magic ${hex(bytes, 0, 8)}` };
	const view = viewOf(bytes);
	const version = view.getUint16(8, true);
	if (crc32c(bytes, 16, 32, crc32c(bytes, 0, 12)) !== view.getUint32(12, true)) {
		return { fault: `header checksum does not match ${hex(bytes, 8, 24)}` };
	}
	if (version > SEGMENT_VERSION) {
		throw new DeliveryError(
			'CXR_SPOOL_VERSION',
			`Segment ${sequence} has format version ${version}, this program reads up to ${SEGMENT_VERSION}. ` +
				'Start the newer program again, or move the spool folder away to begin an empty one.',
		);
	}
	const stored = getU64(view, 16);
	if (stored !== sequence) return { fault: `holds sequence ${stored}` };
	return { start: view.getUint16(10, true) };
}

/** The record's header; state and payload follow it as they are. */
export function encodeRecordHeader(r: RecordInput, acceptedAt: number): Uint8Array {
	const state = r.sourceState;
	const stateLength = state?.length ?? 0;
	if (r.batchId.length !== 16) throw new Error(`BUG: batch id of ${r.batchId.length} bytes`);
	if (stateLength > 0xffff) throw new Error(`BUG: source state of ${stateLength} bytes`);
	if (r.kind < 1 || r.kind > 255) throw new Error(`BUG: record kind ${r.kind}`);
	const header = new Uint8Array(RECORD_HEADER);
	const view = viewOf(header);
	view.setUint32(0, stateLength + r.payload.length, true);
	header[8] = r.kind;
	view.setUint16(10, stateLength, true);
	setU64(view, 12, acceptedAt);
	header.set(r.batchId, 20);
	let sum = crc32c(header, 8, RECORD_HEADER, crc32c(header, 0, 4));
	if (state) sum = crc32c(state, 0, stateLength, sum);
	sum = crc32c(r.payload, 0, r.payload.length, sum);
	view.setUint32(4, sum, true);
	return header;
}

/** How many bytes the record at `at` claims, its header included; 0 when the header is cut. */
export function recordSize(bytes: Uint8Array, at: number): number {
	if (bytes.length - at < RECORD_HEADER) return 0;
	return RECORD_HEADER + viewOf(bytes).getUint32(at, true);
}

/** The record at `at`, or null when those bytes are no whole valid record. Payload and state are views. */
export function readRecord(bytes: Uint8Array, at: number, segment: number, base: number): SpoolRecord | null {
	const size = recordSize(bytes, at);
	if (size === 0 || size > MAX_RECORD_BYTES || size > bytes.length - at) return null;
	const view = viewOf(bytes);
	const stateLength = view.getUint16(at + 10, true);
	const kind = bytes[at + 8]!;
	if (kind === 0 || stateLength > size - RECORD_HEADER) return null;
	const sum = crc32c(bytes, at + 8, at + size, crc32c(bytes, at, at + 4));
	if (sum !== view.getUint32(at + 4, true)) return null;
	const body = at + RECORD_HEADER;
	return {
		position: { segment, offset: base + at },
		end: { segment, offset: base + at + size },
		kind,
		flags: bytes[at + 9]!,
		acceptedAt: getU64(view, at + 12),
		batchId: bytes.slice(at + 20, at + 36),
		sourceState: bytes.subarray(body, body + stateLength),
		payload: bytes.subarray(body + stateLength, at + size),
	};
}

/**
 * The next valid record after the bad bytes at `at`, or -1. Searches byte by byte: the length field of a damaged
 * record cannot be trusted, it could jump over good ones.
 */
export function findRecord(bytes: Uint8Array, at: number): number {
	const view = viewOf(bytes);
	for (let i = at + 1; i + RECORD_HEADER <= bytes.length; i++) {
		// Cheap tests first: known kinds, no flags, a time between 2004 and 2527.
		const kind = bytes[i + 8]!;
		if (kind === 0 || kind > 31 || bytes[i + 9] !== 0) continue;
		const timeHigh = view.getUint32(i + 16, true);
		if (timeHigh < 0x100 || timeHigh > 0xfff) continue;
		if (readRecord(bytes, i, 0, 0)) return i;
	}
	return -1;
}

export function hex(bytes: Uint8Array, from: number, to: number): string {
	let out = '';
	for (let i = from; i < Math.min(to, bytes.length); i++) out += bytes[i]!.toString(16).padStart(2, '0');
	return out;
}
