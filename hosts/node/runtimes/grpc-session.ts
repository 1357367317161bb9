import { type ClientHttp2Session, connect } from 'node:http2';
import { createConnection } from 'node:net';

const MAX_ANSWER = 4 << 20;
/** A gRPC message comes behind a flag and its length. */
const PREFIX = 5;
const OK = '0';
const NOT_FOUND = '5';

/** Unary calls of gRPC over a unix socket, one connection for all of them. */
export class GrpcSession {
	readonly #socket: string;
	readonly #session: ClientHttp2Session;

	constructor(socket: string) {
		this.#socket = socket;
		this.#session = connect('http://localhost', { createConnection: () => createConnection(socket) });
		// Calls fail with what broke it.
		this.#session.on('error', () => {});
	}

	/** Undefined: what was asked for is not there. Rejects for any other refusal, and when `signal` aborts. */
	call(
		path: string,
		headers: Record<string, string>,
		body: Uint8Array,
		signal: AbortSignal,
	): Promise<Uint8Array | undefined> {
		const frame = Buffer.alloc(PREFIX + body.length);
		frame.writeUInt32BE(body.length, 1);
		frame.set(body, PREFIX);
		return new Promise((resolve, reject) => {
			const stream = this.#session.request(
				{ ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers', ...headers },
				{ signal },
			);
			const chunks: Buffer[] = [];
			let bytes = 0;
			let status: unknown;
			// A refusal comes in the headers, the end of an answer in the trailers.
			const note = (headers: Record<string, unknown>) => {
				status = headers['grpc-status'] ?? status;
			};
			stream.on('response', note);
			stream.on('trailers', note);
			// Of a stream that ended with its connection the cause says why.
			stream.on('error', (error) => reject(error.cause ?? error));
			stream.on('data', (chunk: Buffer) => {
				bytes += chunk.length;
				if (bytes > MAX_ANSWER) stream.destroy(new Error(`${this.#socket} answers too many bytes`));
				else chunks.push(chunk);
			});
			stream.on('end', () => {
				if (status === NOT_FOUND) resolve(undefined);
				else if (status === OK && bytes >= PREFIX) resolve(Buffer.concat(chunks).subarray(PREFIX));
				else reject(new Error(`${this.#socket} answers status ${status} and ${bytes} bytes`));
			});
			stream.end(frame);
		});
	}

	/** Drops what still goes on. */
	close(): void {
		this.#session.destroy();
	}
}
