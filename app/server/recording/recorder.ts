import type { Clock } from '../../clock.ts';
import type { Logger } from '../../logging/logger.ts';
import { ServerError } from '../errors.ts';
import { addTo, type StageStats } from '../stage.ts';
import type { RecordedBody } from './recorded-body.ts';
import { BLOCK_KIND, encodeBlock, encodeBody, encodeFileHeader } from './recording-file.ts';
import { bodyRedactor } from './redact-body.ts';
import type { RedactSql } from './redact-statement.ts';

/** Recordings at a time; each redacts on its own. */
const MAX_RECORDINGS = 2;
/** What may wait for the reader of one recording, bytes and bodies; beyond, bodies are lost to the recording and counted. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024;
const MAX_WAITING = 10_000;
/** A block is written when its bodies have this many bytes, or after so long. */
const BLOCK_BYTES = 256 * 1024;
const BLOCK_MS = 1000;

/** An accepted body as it came. */
export interface OfferedBody extends RecordedBody {
	/** Makes of it what is recorded; runs only while somebody records. */
	unpack?: (body: Uint8Array) => Uint8Array;
}

/** Hands what was accepted to whoever records, if anybody does. */
export class Recorder {
	readonly #clock: Clock;
	readonly #log: Logger;
	readonly #redact: ReturnType<typeof bodyRedactor>;
	readonly #recordings = new Set<Recording>();
	#received = 0;
	#sent = 0;
	#errors = 0;
	readonly #dropped: Record<string, number> = {};

	constructor(o: { clock: Clock; log: Logger; redactSql: RedactSql }) {
		this.#clock = o.clock;
		this.#log = o.log;
		this.#redact = bodyRedactor(o.redactSql);
	}

	/** The body is kept until it is written: nobody may change it any more. */
	offer(body: Omit<OfferedBody, 'acceptedAt'>): void {
		// Fast path: nobody records.
		if (this.#recordings.size === 0) return;
		const offered = { ...body, acceptedAt: this.#clock.now() };
		for (const recording of this.#recordings) {
			this.#received++;
			if (!recording.take(offered)) addTo(this.#dropped, 'the reader is slow', 1);
		}
	}

	/**
	 * The bytes of a recording of the next `ms` milliseconds; it ends earlier when its reader goes or the server closes.
	 * Throws CXR_RECORDING_BUSY.
	 */
	record(ms: number): ReadableStream<Uint8Array<ArrayBuffer>> {
		if (this.#recordings.size >= MAX_RECORDINGS) throw new ServerError('CXR_RECORDING_BUSY');
		const recording = new Recording(this.#clock);
		// From now on, not from the first read on: what is accepted between belongs to it.
		this.#recordings.add(recording);
		const blocks = this.#write(recording, this.#clock.now() + ms);
		return new ReadableStream({
			pull: async (controller) => {
				const { done, value } = await blocks.next();
				if (done) controller.close();
				else controller.enqueue(value);
			},
			cancel: async () => {
				recording.end();
				// Nobody may have read yet, and then nothing of `blocks` ever runs.
				this.#recordings.delete(recording);
				await blocks.return(undefined);
			},
		});
	}

	/** Ends every recording: the server closes. */
	close(): void {
		for (const recording of this.#recordings) recording.end();
	}

	stats(): StageStats {
		return {
			received: this.#received,
			sent: this.#sent,
			dropped: { ...this.#dropped },
			errors: this.#errors,
			fill: Math.max(0, ...[...this.#recordings].map((recording) => recording.fill)),
		};
	}

	async *#write(recording: Recording, end: number): AsyncGenerator<Uint8Array<ArrayBuffer>> {
		try {
			yield encodeFileHeader(this.#clock.now());
			while (!recording.ended && this.#clock.now() < end) {
				await recording.filled(Math.min(BLOCK_MS, end - this.#clock.now()));
				yield* this.#writeWaiting(recording);
			}
			yield* this.#writeWaiting(recording);
			yield await encodeBlock(BLOCK_KIND.end, [], recording.lost);
		} finally {
			this.#recordings.delete(recording);
		}
	}

	async *#writeWaiting(recording: Recording): AsyncGenerator<Uint8Array<ArrayBuffer>> {
		let bodies: Uint8Array[] = [];
		let size = 0;
		for (let body = recording.next(); body !== undefined; body = recording.next()) {
			const encoded = this.#redacted(body, recording);
			if (encoded === null) continue;
			bodies.push(encoded);
			size += encoded.length;
			if (size < BLOCK_BYTES) continue;
			yield await encodeBlock(BLOCK_KIND.bodies, bodies, recording.lost);
			bodies = [];
			size = 0;
		}
		if (size > 0) yield await encodeBlock(BLOCK_KIND.bodies, bodies, recording.lost);
	}

	/** Null where it cannot be redacted: then nobody may see it. */
	#redacted({ unpack, ...body }: OfferedBody, recording: Recording): Uint8Array | null {
		try {
			const plain = unpack ? { ...body, body: unpack(body.body) } : body;
			const encoded = encodeBody(this.#redact(plain));
			this.#sent++;
			return encoded;
		} catch (error) {
			this.#errors++;
			recording.lost++;
			addTo(this.#dropped, 'cannot be redacted', 1);
			this.#log.warn('a body is not recorded', { signal: body.signal, error: String(error) });
			return null;
		}
	}
}

/** What waits to be written for one reader. */
class Recording {
	readonly #clock: Clock;
	/** Bounded by MAX_WAITING and MAX_WAITING_BYTES. */
	readonly #waiting: OfferedBody[] = [];
	#bytes = 0;
	#wake = new AbortController();
	lost = 0;
	ended = false;

	constructor(clock: Clock) {
		this.#clock = clock;
	}

	get fill(): number {
		return Math.max(this.#bytes / MAX_WAITING_BYTES, this.#waiting.length / MAX_WAITING);
	}

	take(body: OfferedBody): boolean {
		if (this.#waiting.length >= MAX_WAITING || this.#bytes + body.body.length > MAX_WAITING_BYTES) {
			this.lost++;
			return false;
		}
		this.#waiting.push(body);
		this.#bytes += body.body.length;
		if (this.#bytes >= BLOCK_BYTES) this.#wake.abort();
		return true;
	}

	next(): OfferedBody | undefined {
		const body = this.#waiting.shift();
		this.#bytes -= body?.body.length ?? 0;
		return body;
	}

	/** Resolves when a block can be filled, after `ms`, or at the end. */
	async filled(ms: number): Promise<void> {
		this.#wake = new AbortController();
		if (this.#bytes >= BLOCK_BYTES || this.ended) return;
		await this.#clock.sleep(ms, this.#wake.signal);
	}

	end(): void {
		this.ended = true;
		this.#wake.abort();
	}
}
