import { ServerError } from '../errors.ts';

/** Content-Encodings that OTLP bodies may have. */
export const ENCODINGS = ['', 'identity', 'gzip', 'deflate'] as const;

/** The body without its Content-Encoding. Throws CXR_INGEST_TOO_LARGE beyond `maxBytes`, CXR_INGEST_MALFORMED for other bytes. */
export async function inflate(body: Uint8Array, encoding: string, maxBytes: number): Promise<Uint8Array> {
	if (encoding === '' || encoding === 'identity') return body;
	if (encoding !== 'gzip' && encoding !== 'deflate') throw new Error(`BUG: inflate of ${encoding}`);
	const stream = new Blob([body as Uint8Array<ArrayBuffer>])
		.stream()
		.pipeThrough(new DecompressionStream(encoding));
	const reader = stream.getReader();
	const chunks: Uint8Array[] = [];
	let size = 0;
	try {
		for (;;) {
			const { done, value } = await reader.read();
			if (done) break;
			size += value.length;
			if (size > maxBytes) {
				// A bomb goes no further than here.
				reader.cancel().catch(() => {});
				throw new ServerError('CXR_INGEST_TOO_LARGE', `More than ${maxBytes} bytes when it is uncompressed.`);
			}
			chunks.push(value);
		}
	} catch (error) {
		if (error instanceof ServerError) throw error;
		const why = error instanceof Error ? error.message : String(error);
		throw new ServerError('CXR_INGEST_MALFORMED', `The body is not ${encoding}: ${why}`, { cause: error });
	}
	const out = new Uint8Array(size);
	let at = 0;
	for (const chunk of chunks) {
		out.set(chunk, at);
		at += chunk.length;
	}
	return out;
}
