import { gunzip, type InputType, inflate, inflateRaw, type ZlibOptions } from 'node:zlib';
import type { CompressedFormat, Inflate, InflateFault } from '../../../app/server/ingest/inflate.ts';

type Done = (error: Error | null, result: { buffer: Uint8Array; engine: { bytesWritten: number } }) => void;
type Start = (body: InputType, options: ZlibOptions & { info: true }, done: Done) => void;

const START = { gzip: gunzip, zlib: inflate, 'raw deflate': inflateRaw } as unknown as Record<
	CompressedFormat,
	Start
>;

/** Inflate by zlib, off the main thread. */
export const zlibInflate: Inflate = (body, format, maxBytes) =>
	new Promise((resolve, reject) => {
		START[format](body, { maxOutputLength: maxBytes, info: true }, (error, result) => {
			if (error) {
				const fault = faultOf(error as NodeJS.ErrnoException, hasMagic(body));
				if (fault) resolve(fault);
				else reject(error);
			} else if (format !== 'gzip' && result.engine.bytesWritten < body.length) resolve('trailing bytes');
			else resolve(result.buffer);
		});
	});

const hasMagic = (body: Uint8Array) => body[0] === 0x1f && body[1] === 0x8b;

/** Undefined for what is no fault of the body's. */
function faultOf({ code, message }: NodeJS.ErrnoException, isGzip: boolean): InflateFault | undefined {
	if (code === 'ERR_BUFFER_TOO_LARGE') return 'too large';
	if (code === 'Z_BUF_ERROR') return 'cut';
	if (code !== 'Z_DATA_ERROR') return undefined;
	// It began well: what is no header stands where another member could.
	if (message.includes('header check') && isGzip) return 'trailing bytes';
	if (/header|method/.test(message)) return 'other format';
	return /(data|length) check/.test(message) ? 'wrong checksum' : 'damaged';
}
