import { ServerError } from '../errors.ts';

/** Formats of RFC 1952, 1950 and 1951. */
export type CompressedFormat = 'gzip' | 'zlib' | 'raw deflate';

/** Why a body cannot be inflated. */
export type InflateFault =
	| 'too large'
	| 'cut'
	| 'other format'
	| 'damaged'
	| 'wrong checksum'
	| 'trailing bytes';

/**
 * Port: the whole body uncompressed, or why not. A gzip body may have several members; zero bytes may follow it. Stops
 * as soon as the output is longer than `maxBytes`. Adapter: hosts/node/inflate.
 */
export type Inflate = (
	body: Uint8Array,
	format: CompressedFormat,
	maxBytes: number,
) => Promise<Uint8Array | InflateFault>;

/** Content-Encodings that bodies may have; x-gzip is gzip (RFC 9110, 8.4.1.3). */
export const ENCODINGS = ['', 'identity', 'gzip', 'x-gzip', 'deflate'] as const;
export type Encoding = (typeof ENCODINGS)[number];

const WORDS: Record<Exclude<InflateFault, 'too large'>, string> = {
	cut: 'it is cut off',
	'other format': 'it does not begin as such',
	damaged: 'it is damaged',
	'wrong checksum': 'its checksum is wrong',
	'trailing bytes': 'other bytes follow it',
};

/**
 * The body without its Content-Encoding. Throws CXR_INGEST_TOO_LARGE beyond `maxBytes`, CXR_INGEST_MALFORMED when it is
 * something else.
 */
export async function inflateBody(
	inflate: Inflate,
	body: Uint8Array,
	encoding: Encoding,
	maxBytes: number,
): Promise<Uint8Array> {
	if (encoding === '' || encoding === 'identity') return body;
	const format = encoding === 'deflate' ? deflateFormat(body) : 'gzip';
	if (body.length === 0) throw malformed(format, 'it is empty');
	// FDICT. Not every zlib says so itself.
	if (format === 'zlib' && body[1]! & 0x20) throw malformed(format, 'it needs a dictionary');
	const plain = await inflate(body, format, maxBytes);
	if (plain instanceof Uint8Array) return plain;
	if (plain === 'too large')
		throw new ServerError('CXR_INGEST_TOO_LARGE', `More than ${maxBytes} bytes when it is uncompressed.`);
	throw malformed(format, WORDS[plain]);
}

function malformed(format: CompressedFormat, why: string): ServerError {
	return new ServerError('CXR_INGEST_MALFORMED', `The body cannot be read as ${format}: ${why}.`);
}

/**
 * `deflate` means zlib (RFC 9110, 8.4.1.2), yet some send raw deflate. What looks like a zlib header would be, in raw
 * deflate, a stored block whose padding is not zero, and nobody writes such.
 */
function deflateFormat(body: Uint8Array): CompressedFormat {
	const [first = 0x78, second = 0x9c] = body;
	return (first & 0x0f) === 8 && (first * 256 + second) % 31 === 0 ? 'zlib' : 'raw deflate';
}
