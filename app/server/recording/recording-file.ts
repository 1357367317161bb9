/**
 * Byte layout of recordings; the specification is docs/formats.md, "Recording". Everything is little-endian.
 *
 * file:  | 'CXRRECRD' 8 | version u16 | header size u16 | crc32c u32 | started ms u64 | 0 u64 | blocks ...
 * block: | length u32 | crc32c u32 | kind u8 | 0 u8 | 0 u16 | plain length u32 | lost u32 | gzip of bodies |
 * body:  | length u32 | signal u8 | 0 u8 | source length u16 | accepted ms u64 | source, JSON | body |
 */
import { crc32c } from '../../delivery/crc32c.ts';
import { ServerError } from '../errors.ts';
import { RECORDED_SIGNALS, type RecordedBody } from './recorded-body.ts';

export const RECORDING_VERSION = 1;
export const FILE_HEADER = 32;
export const BLOCK_HEADER = 20;
/** 0 is none: zeros are no block. */
export const BLOCK_KIND = { bodies: 1, end: 2 } as const;
/** Longest block; a longer length is damage. A body has at most 64 MiB, and redaction may lengthen it. */
export const MAX_BLOCK_BYTES = 256 * 1024 * 1024;
const BODY_HEADER = 16;
const MAGIC = new TextEncoder().encode('CXRRECRD');

export interface BlockHeader {
	/** Bytes behind the header. */
	length: number;
	checksum: number;
	kind: number;
	/** Bytes of its bodies when they are uncompressed. */
	plainLength: number;
	/** Accepted bodies that are not in the recording, from its start to here. */
	lost: number;
}

function viewOf(bytes: Uint8Array): DataView {
	return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** `startedAt` in ms since the epoch. */
export function encodeFileHeader(startedAt: number): Uint8Array<ArrayBuffer> {
	const bytes = new Uint8Array(FILE_HEADER);
	const view = viewOf(bytes);
	bytes.set(MAGIC);
	view.setUint16(8, RECORDING_VERSION, true);
	view.setUint16(10, FILE_HEADER, true);
	view.setBigUint64(16, BigInt(Math.floor(startedAt)), true);
	view.setUint32(12, crc32c(bytes, 16, FILE_HEADER, crc32c(bytes, 0, 12)), true);
	return bytes;
}

/** `bytes` are the first FILE_HEADER ones. Throws CXR_RECORDING_FOREIGN, CXR_RECORDING_VERSION. */
export function decodeFileHeader(bytes: Uint8Array): { startedAt: number } {
	if (bytes.length < FILE_HEADER || MAGIC.some((byte, i) => bytes[i] !== byte))
		throw new ServerError('CXR_RECORDING_FOREIGN');
	const view = viewOf(bytes);
	if (view.getUint32(12, true) !== crc32c(bytes, 16, FILE_HEADER, crc32c(bytes, 0, 12)))
		throw new ServerError('CXR_RECORDING_FOREIGN', 'Its header is damaged.');
	const version = view.getUint16(8, true);
	if (version > RECORDING_VERSION) {
		throw new ServerError(
			'CXR_RECORDING_VERSION',
			`It has version ${version}, this program reads up to ${RECORDING_VERSION}.`,
		);
	}
	return { startedAt: Number(view.getBigUint64(16, true)) };
}

/** `bodies` are encoded ones; the last block of a whole recording has the kind `end`. */
export async function encodeBlock(
	kind: number,
	bodies: readonly Uint8Array[],
	lost: number,
): Promise<Uint8Array<ArrayBuffer>> {
	const plain = new Blob(bodies as Uint8Array<ArrayBuffer>[]);
	const packed =
		plain.size === 0
			? new Uint8Array(0)
			: new Uint8Array(
					await new Response(plain.stream().pipeThrough(new CompressionStream('gzip'))).arrayBuffer(),
				);
	const bytes = new Uint8Array(BLOCK_HEADER + packed.length);
	const view = viewOf(bytes);
	view.setUint32(0, packed.length, true);
	bytes[8] = kind;
	view.setUint32(12, plain.size, true);
	view.setUint32(16, lost, true);
	bytes.set(packed, BLOCK_HEADER);
	view.setUint32(4, blockChecksum(bytes), true);
	return bytes;
}

export function decodeBlockHeader(bytes: Uint8Array): BlockHeader {
	const view = viewOf(bytes);
	return {
		length: view.getUint32(0, true),
		checksum: view.getUint32(4, true),
		kind: bytes[8]!,
		plainLength: view.getUint32(12, true),
		lost: view.getUint32(16, true),
	};
}

/** Of a block with its header: everything but the checksum itself. */
export function blockChecksum(block: Uint8Array): number {
	return crc32c(block, 8, block.length, crc32c(block, 0, 4));
}

export function encodeBody(body: RecordedBody): Uint8Array<ArrayBuffer> {
	const source = new TextEncoder().encode(body.source === null ? '' : JSON.stringify(body.source));
	const bytes = new Uint8Array(BODY_HEADER + source.length + body.body.length);
	const view = viewOf(bytes);
	view.setUint32(0, source.length + body.body.length, true);
	bytes[4] = RECORDED_SIGNALS.indexOf(body.signal) + 1;
	view.setUint16(6, source.length, true);
	view.setBigUint64(8, BigInt(Math.floor(body.acceptedAt)), true);
	bytes.set(source, BODY_HEADER);
	bytes.set(body.body, BODY_HEADER + source.length);
	return bytes;
}

/** The bodies of one block, uncompressed; null where the bytes are none. Signals of later versions are passed over. */
export function decodeBodies(plain: Uint8Array): RecordedBody[] | null {
	const view = viewOf(plain);
	const bodies: RecordedBody[] = [];
	for (let at = 0; at < plain.length; ) {
		if (plain.length - at < BODY_HEADER) return null;
		const length = view.getUint32(at, true);
		const sourceLength = view.getUint16(at + 6, true);
		const start = at + BODY_HEADER;
		if (sourceLength > length || length > plain.length - start) return null;
		const source = decodeSource(plain.subarray(start, start + sourceLength));
		if (source === undefined) return null;
		const signal = RECORDED_SIGNALS[plain[at + 4]! - 1];
		if (signal) {
			const acceptedAt = Number(view.getBigUint64(at + 8, true));
			const body = plain.subarray(start + sourceLength, start + length);
			bodies.push({ signal, acceptedAt, source, body });
		}
		at = start + length;
	}
	return bodies;
}

/** Undefined where it is none. */
function decodeSource(bytes: Uint8Array): RecordedBody['source'] | undefined {
	if (bytes.length === 0) return null;
	try {
		const { service, container, host, labels } = JSON.parse(new TextDecoder().decode(bytes));
		const texts = [service, container, host, ...Object.values(labels as object)];
		return texts.every((text) => typeof text === 'string') ? { service, container, host, labels } : undefined;
	} catch {
		return undefined;
	}
}
