/**
 * The row block: what of one OTLP request is stored, the payload of spool records of kinds 2 and 3.
 * Layout: docs/formats.md. Little-endian.
 *
 * | 'CXRROWSB' 8 | version u16 | schema version u16 | rows u32 | RowBinary of the table's columns, to the end |
 */
import { ServerError } from '../errors.ts';

export interface RowBlock {
	/** Version of the schema whose columns the rows have. */
	schema: number;
	count: number;
	rows: Uint8Array;
}

const MAGIC = new TextEncoder().encode('CXRROWSB');
const VERSION = 1;
export const ROW_BLOCK_HEADER = 16;

export function encodeRowBlock(block: RowBlock): Uint8Array {
	const bytes = new Uint8Array(ROW_BLOCK_HEADER + block.rows.length);
	const view = new DataView(bytes.buffer);
	bytes.set(MAGIC);
	view.setUint16(8, VERSION, true);
	view.setUint16(10, block.schema, true);
	view.setUint32(12, block.count, true);
	bytes.set(block.rows, ROW_BLOCK_HEADER);
	return bytes;
}

/** `rows` is a view on the payload. Throws CXR_BLOCK_CORRUPT or CXR_BLOCK_VERSION. */
export function decodeRowBlock(payload: Uint8Array): RowBlock {
	if (payload.length < ROW_BLOCK_HEADER || MAGIC.some((byte, i) => payload[i] !== byte)) {
		throw new ServerError('CXR_BLOCK_CORRUPT', `A row block of ${payload.length} bytes has no header.`);
	}
	const view = new DataView(payload.buffer, payload.byteOffset, ROW_BLOCK_HEADER);
	const version = view.getUint16(8, true);
	if (version !== VERSION) throw new ServerError('CXR_BLOCK_VERSION', `Row block of version ${version}.`);
	return {
		schema: view.getUint16(10, true),
		count: view.getUint32(12, true),
		rows: payload.subarray(ROW_BLOCK_HEADER),
	};
}
