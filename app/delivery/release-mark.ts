/**
 * The release mark: everything before its position has been delivered. Layout, little-endian, 32 bytes:
 * 'CXRSPREL' 8 | version u16 | size u16 | crc32c u32 | segment u64 | offset u64
 */
import { crc32c } from './crc32c.ts';
import { DeliveryError } from './errors.ts';
import type { Position } from './record.ts';

const MAGIC = new TextEncoder().encode('CXRSPREL');
const VERSION = 1;
const SIZE = 32;

export function encodeReleaseMark(p: Position): Uint8Array {
	const bytes = new Uint8Array(SIZE);
	const view = new DataView(bytes.buffer);
	bytes.set(MAGIC);
	view.setUint16(8, VERSION, true);
	view.setUint16(10, SIZE, true);
	view.setBigUint64(16, BigInt(p.segment), true);
	view.setBigUint64(24, BigInt(p.offset), true);
	view.setUint32(12, crc32c(bytes, 16, 32, crc32c(bytes, 0, 12)), true);
	return bytes;
}

/** The position, or null when the mark is damaged: the spool then delivers again rather than lose. */
export function readReleaseMark(bytes: Uint8Array): Position | null {
	if (bytes.length < SIZE) return null;
	for (let i = 0; i < 8; i++) if (bytes[i] !== MAGIC[i]) return null;
	const view = new DataView(bytes.buffer, bytes.byteOffset, SIZE);
	if (crc32c(bytes, 16, 32, crc32c(bytes, 0, 12)) !== view.getUint32(12, true)) return null;
	const version = view.getUint16(8, true);
	if (version > VERSION) {
		throw new DeliveryError(
			'CXR_SPOOL_VERSION',
			`The release mark has format version ${version}, this program reads up to ${VERSION}.`,
		);
	}
	const segment = Number(view.getBigUint64(16, true));
	const offset = Number(view.getBigUint64(24, true));
	if (!Number.isSafeInteger(segment) || !Number.isSafeInteger(offset)) return null;
	return { segment, offset };
}
