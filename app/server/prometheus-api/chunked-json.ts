/** A piece of an answer goes out when it is this long. */
const PIECE = 256 * 1024;

/** Text as a stream of bytes, made while it is read: an answer of millions of samples never stands in memory whole. */
export function streamOf(texts: Iterator<string>): ReadableStream<Uint8Array<ArrayBuffer>> {
	const encoder = new TextEncoder();
	return new ReadableStream<Uint8Array<ArrayBuffer>>(
		{
			pull(controller) {
				let piece = '';
				while (piece.length < PIECE) {
					const { done, value } = texts.next();
					if (done) {
						if (piece !== '') controller.enqueue(encoder.encode(piece));
						controller.close();
						return;
					}
					piece += value;
				}
				controller.enqueue(encoder.encode(piece));
			},
			cancel() {
				texts.return?.();
			},
		},
		{ highWaterMark: 1 },
	);
}
