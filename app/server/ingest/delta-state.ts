import { crc32c } from '../../delivery/crc32c.ts';
import { ServerError } from '../errors.ts';
import type { DeltaStreams } from './delta-streams.ts';
import { type BlockCodec, decodeMetricBlock, encodeMetricBlock } from './metric-block.ts';

/** Port: one small file that is replaced as a whole. Adapter: hosts/node/segments. */
export interface StateFile {
	/** Null when there is none. */
	read(): Promise<Uint8Array | null>;
	/** Durable when it resolves; a crash leaves the old content or the new one. */
	replace(bytes: Uint8Array): Promise<void>;
}

/**
 * Sums of deltas in a file: docs/formats.md, "Delta state". Little-endian:
 * | 'CXRDELTA' 8 | version u16 | 0 u16 | crc32c of bytes 0-11 and of the rest u32 | metric block |
 */
const MAGIC = new TextEncoder().encode('CXRDELTA');
const VERSION = 1;
const HEADER = 16;

export function encodeDeltaState(streams: DeltaStreams, codec: BlockCodec): Uint8Array {
	const block = encodeMetricBlock(streams.snapshot(), codec);
	const bytes = new Uint8Array(HEADER + block.length);
	bytes.set(MAGIC);
	bytes.set(block, HEADER);
	const view = new DataView(bytes.buffer);
	view.setUint16(8, VERSION, true);
	view.setUint32(12, checksum(bytes), true);
	return bytes;
}

/** Throws CXR_DELTA_STATE when it is damaged, CXR_BLOCK_VERSION when a newer program wrote it. */
export function restoreDeltaState(streams: DeltaStreams, bytes: Uint8Array, codec: BlockCodec): void {
	if (bytes.length < HEADER || MAGIC.some((byte, i) => bytes[i] !== byte))
		throw damaged('It is no such file.');
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	if (view.getUint32(12, true) !== checksum(bytes)) throw damaged('Its checksum is wrong.');
	const version = view.getUint16(8, true);
	if (version > VERSION)
		throw new ServerError(
			'CXR_BLOCK_VERSION',
			`The delta state has version ${version}, this program reads up to ${VERSION}.`,
		);
	streams.restore(decodeMetricBlock(bytes.subarray(HEADER), codec));
}

function checksum(bytes: Uint8Array): number {
	return crc32c(bytes, HEADER, bytes.length, crc32c(bytes, 0, 12));
}

function damaged(why: string): ServerError {
	return new ServerError('CXR_DELTA_STATE', why);
}
