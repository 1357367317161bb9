import type { Clock } from '../clock.ts';
import type { Logger } from '../logging/logger.ts';
import { comparePositions, hex, type SpoolRecord } from './record.ts';
import type { Spool } from './spool.ts';

export interface PostResult {
	status: number;
	/** Seconds or an HTTP date, as the receiver sent it. */
	retryAfter?: string;
	/** The receiver's own words, for the log; cut by the adapter. */
	text: string;
}

/** Port: one HTTP POST of a record's payload. Rejects when there was no answer; must give up when `signal` aborts. */
export type Post = (
	record: SpoolRecord,
	headers: Record<string, string>,
	signal: AbortSignal,
) => Promise<PostResult>;

export interface SenderOptions {
	spool: Spool;
	post: Post;
	/** Headers of one record, beside the batch id. */
	headers(record: SpoolRecord): Record<string, string>;
	clock: Clock;
	/** 0 <= random < 1, for jitter. */
	random(): number;
	log: Logger;
	/** Answers beside the usual ones after which a record waits, because the configuration is wrong, not the record. */
	waitsAfter?: readonly number[];
	/** First and longest pause between tries of one record, ms; default 500 and 30 000. */
	minBackoffMs?: number;
	maxBackoffMs?: number;
	/** How long one POST may take, ms; default 30 000. */
	timeoutMs?: number;
}

export interface SenderStats {
	received: number;
	sent: number;
	sentBytes: number;
	/** Records that the receiver called bad, by status. */
	dropped: Record<string, number>;
	/** Tries that failed and are repeated. */
	errors: number;
	/** How full the spool behind it is, 0 to 1. */
	fill: number;
	lastSentAt: number | null;
	lastError: string | null;
}

export const BATCH_ID_HEADER = 'X-Codexray-Batch-Id';

/** Longest pause that a Retry-After may ask for. */
const MAX_RETRY_AFTER_MS = 10 * 60_000;

/**
 * Delivers a spool: oldest record first, one at a time. 2xx releases the record; no answer, 408, 425, 429 and 5xx are
 * tried again for as long as it takes, with exponential backoff and jitter; any other status drops and counts.
 * Source of the rules: Prometheus remote write 1.0, "Retries & Backoff".
 */
export class Sender {
	readonly #o: SenderOptions;
	readonly #stopping = new AbortController();
	/** Ends the pause of now. */
	#waking = new AbortController();
	#loop: Promise<void> | null = null;
	#received = 0;
	#sent = 0;
	#sentBytes = 0;
	#errors = 0;
	#dropped: Record<string, number> = {};
	#lastSentAt: number | null = null;
	#lastError: string | null = null;

	constructor(o: SenderOptions) {
		this.#o = o;
	}

	start(): void {
		if (this.#loop) throw new Error('BUG: the sender was started twice');
		this.#loop = this.#run();
	}

	/** Ends a pause between two tries: the next try is now. */
	wake(): void {
		this.#waking.abort();
	}

	/** Gives up the try in flight; its record stays in the spool. */
	async stop(): Promise<void> {
		this.#stopping.abort();
		this.wake();
		await this.#loop;
	}

	stats(): SenderStats {
		return {
			received: this.#received,
			sent: this.#sent,
			sentBytes: this.#sentBytes,
			dropped: { ...this.#dropped },
			errors: this.#errors,
			fill: this.#o.spool.stats().fill,
			lastSentAt: this.#lastSentAt,
			lastError: this.#lastError,
		};
	}

	async #run(): Promise<void> {
		const { spool, log } = this.#o;
		const signal = this.#stopping.signal;
		while (!signal.aborted) {
			try {
				const head = spool.head();
				await spool.wait(head, signal);
				if (signal.aborted) return;
				const tail = spool.tail();
				const [record] = await spool.read(head, 1);
				if (!record) {
					// Nothing but damage up to the tail: the spool has counted it.
					if (comparePositions(tail, head) <= 0) return;
					await spool.release(tail);
					continue;
				}
				this.#received++;
				if (await this.#deliver(record)) await spool.release(record.end);
			} catch (e) {
				// The spool's disk fails: what is on it stays, and is tried again.
				if (signal.aborted) return;
				this.#errors++;
				this.#lastError = e instanceof Error ? e.message : String(e);
				log.error('cannot read or release the spool, trying again', {
					spool: spool.name,
					error: this.#lastError,
				});
				await this.#rest(this.#o.maxBackoffMs ?? 30_000);
			}
		}
	}

	/** True when the record is done with, false when the sender stops before. */
	async #deliver(record: SpoolRecord): Promise<boolean> {
		const { clock, log, post, spool } = this.#o;
		const stopping = this.#stopping.signal;
		const headers = { ...this.#o.headers(record), [BATCH_ID_HEADER]: hex(record.batchId, 0, 16) };
		for (let attempt = 0; !stopping.aborted; attempt++) {
			let retryAfter: string | undefined;
			try {
				const result = await this.#post(post, record, headers);
				if (result.status >= 200 && result.status < 300) {
					this.#sent++;
					this.#sentBytes += record.payload.length;
					this.#lastSentAt = clock.now();
					this.#lastError = null;
					return true;
				}
				this.#lastError = `HTTP ${result.status}: ${result.text}`;
				if (!isRetryable(result.status) && !this.#o.waitsAfter?.includes(result.status)) {
					this.#dropped[result.status] = (this.#dropped[result.status] ?? 0) + 1;
					log.error('the receiver refused a batch, it is dropped', {
						spool: spool.name,
						status: result.status,
						answer: result.text,
						bytes: record.payload.length,
					});
					return true;
				}
				retryAfter = result.retryAfter;
			} catch (e) {
				if (stopping.aborted) return false;
				this.#lastError = e instanceof Error ? e.message : String(e);
			}
			this.#errors++;
			const pause = this.#pause(attempt, retryAfter);
			log.warn('delivery failed, trying again', {
				spool: spool.name,
				error: this.#lastError,
				attempt: attempt + 1,
				pauseMs: Math.round(pause),
			});
			await this.#rest(pause);
		}
		return false;
	}

	async #rest(ms: number): Promise<void> {
		this.#waking = new AbortController();
		if (this.#stopping.signal.aborted) return;
		await this.#o.clock.sleep(ms, this.#waking.signal);
	}

	async #post(post: Post, record: SpoolRecord, headers: Record<string, string>): Promise<PostResult> {
		const giveUp = new AbortController();
		const answered = new AbortController();
		const stopping = this.#stopping.signal;
		const onStop = () => giveUp.abort(new Error('stopping'));
		stopping.addEventListener('abort', onStop);
		const timeoutMs = this.#o.timeoutMs ?? 30_000;
		void this.#o.clock.sleep(timeoutMs, answered.signal).then(() => {
			if (!answered.signal.aborted) giveUp.abort(new Error(`no answer within ${timeoutMs} ms`));
		});
		try {
			return await post(record, headers, giveUp.signal);
		} finally {
			answered.abort();
			stopping.removeEventListener('abort', onStop);
		}
	}

	/** Full jitter over the upper half, so that many agents do not come back together. */
	#pause(attempt: number, retryAfter: string | undefined): number {
		const { minBackoffMs = 500, maxBackoffMs = 30_000, random, clock } = this.#o;
		const ceiling = Math.min(maxBackoffMs, minBackoffMs * 2 ** Math.min(attempt, 30));
		const backoff = ceiling / 2 + (random() * ceiling) / 2;
		const asked = retryAfter === undefined ? 0 : retryAfterMs(retryAfter, clock.now());
		return Math.max(backoff, asked);
	}
}

function isRetryable(status: number): boolean {
	// 3xx and 1xx mean a wrong address: the data is good, so it waits for the configuration to be mended.
	return status >= 500 || status < 400 || status === 408 || status === 425 || status === 429;
}

/** Milliseconds to wait; 0 when the header makes no sense. Source: RFC 9110, section 10.2.3. */
function retryAfterMs(value: string, now: number): number {
	const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - now;
	return Number.isNaN(ms) ? 0 : Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS);
}
