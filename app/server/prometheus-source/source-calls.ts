import type { Clock } from '../../clock.ts';
import { ServerError } from '../errors.ts';
import { credentialsAdvice, noAnswer } from './source-failures.ts';
import type { SourceHttp, SourceReply, SourceRequest } from './source-http.ts';

export interface SourceCallsOptions {
	http: SourceHttp;
	/** Where the API begins, without a password: `/api/v1/...` is added to its path. */
	address: string;
	/** Sent with each request: `Authorization`, `X-Scope-OrgID`. */
	headers: Readonly<Record<string, string>>;
	/** Added to each question: Thanos's `dedup`, `partial_response`, `max_source_resolution`. */
	parameters: Readonly<Record<string, string>>;
	clock: Clock;
	/** How long the source may take until its answer begins, ms; default 30 000. */
	firstByteMs?: number;
	/** How long it may pause within an answer, ms; default 15 000. */
	idleMs?: number;
	/** How long a whole answer may take, ms; default 60 000. */
	deadlineMs?: number;
}

export interface SourceQuestion {
	path: string;
	/** Sent as a form; left out when there is a body. */
	parameters?: readonly (readonly [name: string, value: string])[];
	body?: Uint8Array;
	headers?: Readonly<Record<string, string>>;
}

/** Bytes of an error's text that are read, and characters of its beginning and end that are kept. */
const MAX_REFUSAL = 64 * 1024;
const FIRST_WORDS = 200;
const LAST_WORDS = 400;

/** How sources say that a question reads too much. Prometheus, VictoriaMetrics, Thanos and Mimir have no code for it. */
const TOO_MUCH =
	/too many samples|sample limit|too many (?:time ?series|series|chunks|points|bytes)|maxSamplesPerQuery|maxUniqueTimeseries|max(?:imum)? (?:number of )?(?:samples|series|chunks|bytes)|timed? ?out|deadline exceeded|-search\.max/i;

/** Calls of one source, each with bounds in time and bytes; faults become ServerErrors CXR_SOURCE_*. */
export class SourceCalls {
	readonly #o: SourceCallsOptions;
	/** The source's clock minus ours, ms, by the Date of its last answer; its grain is a second. */
	skewMs = 0;

	constructor(o: SourceCallsOptions) {
		this.#o = o;
	}

	/** What clock the source shows now, ms since the epoch. */
	now(): number {
		return this.#o.clock.now() + this.skewMs;
	}

	/** The whole body of a good answer. Throws CXR_SOURCE_TOO_MUCH when it is longer than `maxBytes`. */
	async bytes(question: SourceQuestion, maxBytes: number, signal: AbortSignal): Promise<Uint8Array> {
		const parts: Uint8Array[] = [];
		let size = 0;
		await this.stream(
			question,
			(chunk) => {
				size += chunk.length;
				if (size > maxBytes)
					throw new ServerError('CXR_SOURCE_TOO_MUCH', `${question.path}: over ${maxBytes} bytes.`);
				parts.push(chunk);
			},
			signal,
		);
		const out = new Uint8Array(size);
		let at = 0;
		for (const part of parts) {
			out.set(part, at);
			at += part.length;
		}
		return out;
	}

	/** The `data` of a JSON answer of the Prometheus API. */
	async json(question: SourceQuestion, maxBytes: number, signal: AbortSignal): Promise<unknown> {
		const text = new TextDecoder().decode(await this.bytes(question, maxBytes, signal));
		let answer: unknown;
		try {
			answer = JSON.parse(text);
		} catch (e) {
			throw malformed(question.path, `no JSON: ${JSON.stringify(text.slice(0, 80))}`, e);
		}
		const { status, data } = (answer ?? {}) as { status?: unknown; data?: unknown };
		if (status !== 'success') throw malformed(question.path, `status is ${JSON.stringify(status)}`);
		return data;
	}

	/** Hands over the body of a good answer piece by piece; what `take` throws ends the call. */
	async stream(
		question: SourceQuestion,
		take: (chunk: Uint8Array) => void,
		signal: AbortSignal,
	): Promise<void> {
		const { firstByteMs = 30_000, idleMs = 15_000, deadlineMs = 60_000 } = this.#o;
		const request = this.#request(question);
		const guard = new CallGuard(this.#o.clock, signal, question.path);
		try {
			guard.deadline(deadlineMs);
			const reply = await guard.within(firstByteMs, 'did not begin to answer', () =>
				this.#o.http(request, guard.signal),
			);
			this.#learnTime(reply);
			const chunks = reply.chunks[Symbol.asyncIterator]();
			const next = () => guard.within(idleMs, 'paused in its answer', () => chunks.next());
			if (reply.status < 200 || reply.status > 299) throw await refusal(question.path, reply, next);
			for (let one = await next(); !one.done; one = await next()) take(one.value);
		} catch (e) {
			if (e instanceof ServerError) throw e;
			throw noAnswer(question.path, e);
		} finally {
			guard.end();
		}
	}

	#request(question: SourceQuestion): SourceRequest {
		const added = Object.entries(this.#o.parameters);
		const headers = { ...this.#o.headers, ...question.headers };
		if (question.body) {
			const query = new URLSearchParams(added).toString();
			const url = `${this.#o.address}${question.path}${query && `?${query}`}`;
			return { method: 'POST', url, headers, body: question.body };
		}
		if (!question.parameters) {
			const more = new URLSearchParams(added).toString();
			const mark = question.path.includes('?') ? '&' : '?';
			return { method: 'GET', url: `${this.#o.address}${question.path}${more && mark + more}`, headers };
		}
		const form = new URLSearchParams([...question.parameters, ...added].map(([n, v]) => [n, v]));
		return {
			method: 'POST',
			url: `${this.#o.address}${question.path}`,
			headers: { ...headers, 'Content-Type': 'application/x-www-form-urlencoded' },
			body: new TextEncoder().encode(form.toString()),
		};
	}

	/** GET of a path that takes no form. */
	async get(
		path: string,
		parameters: readonly (readonly [string, string])[],
		maxBytes: number,
		signal: AbortSignal,
	): Promise<unknown> {
		const query = new URLSearchParams([...parameters].map(([n, v]) => [n, v])).toString();
		return this.json({ path: `${path}${query && `?${query}`}` }, maxBytes, signal);
	}

	#learnTime(reply: SourceReply): void {
		const date = Date.parse(reply.headers.date ?? '');
		if (!Number.isNaN(date)) {
			const skew = date - this.#o.clock.now();
			// Within the grain of the header, our own clock is the better one.
			this.skewMs = Math.abs(skew) <= 2_000 ? 0 : skew;
		}
	}
}

/** Ends one call: when it is too slow, when the updater stops, and when it is over. */
class CallGuard {
	readonly #clock: Clock;
	readonly #path: string;
	readonly #abort = new AbortController();
	readonly #over = new AbortController();
	readonly #stopping: AbortSignal;
	readonly #onStop: () => void;
	readonly #failed: Promise<never>;
	#fail!: (e: unknown) => void;

	constructor(clock: Clock, stopping: AbortSignal, path: string) {
		this.#clock = clock;
		this.#path = path;
		this.#stopping = stopping;
		this.#failed = new Promise((_resolve, reject) => {
			this.#fail = reject;
		});
		this.#failed.catch(() => {});
		this.#onStop = () => this.#give(new Error('stopped'));
		if (stopping.aborted) this.#onStop();
		else stopping.addEventListener('abort', this.#onStop);
	}

	get signal(): AbortSignal {
		return this.#abort.signal;
	}

	deadline(ms: number): void {
		void this.#clock.sleep(ms, this.#over.signal).then(() => {
			if (!this.#over.signal.aborted) this.#give(slow(this.#path, `did not end within ${ms} ms`));
		});
	}

	/** An adapter that ignores its signal must not hold the call up, so the race decides. */
	async within<T>(ms: number, what: string, work: () => Promise<T>): Promise<T> {
		const done = new AbortController();
		void this.#clock.sleep(ms, done.signal).then(() => {
			if (!done.signal.aborted) this.#give(slow(this.#path, `${what} for ${ms} ms`));
		});
		try {
			return await Promise.race([work(), this.#failed]);
		} finally {
			done.abort();
		}
	}

	#give(e: unknown): void {
		this.#fail(e);
		this.#abort.abort(e);
	}

	end(): void {
		this.#over.abort();
		this.#stopping.removeEventListener('abort', this.#onStop);
		this.#abort.abort();
	}
}

async function refusal(
	path: string,
	reply: SourceReply,
	next: () => Promise<IteratorResult<Uint8Array>>,
): Promise<ServerError> {
	let text = '';
	const decoder = new TextDecoder();
	for (let one = await next(); !one.done && text.length < MAX_REFUSAL; one = await next())
		text += decoder.decode(one.value, { stream: true });
	const all = text.slice(0, MAX_REFUSAL).replace(/\s+/g, ' ').trim();
	// VictoriaMetrics repeats the whole question, more than once, before it says what is wrong.
	const words =
		all.length <= FIRST_WORDS + LAST_WORDS ? all : `${all.slice(0, FIRST_WORDS)} … ${all.slice(-LAST_WORDS)}`;
	const detail = `${path}: HTTP ${reply.status}${words && `: ${words}`}`;
	const { status } = reply;
	const advice = credentialsAdvice(status);
	if (advice) return new ServerError('CXR_SOURCE_REFUSED', `${detail}; ${advice}.`);
	if (status === 422 || status === 413 || TOO_MUCH.test(words))
		return new ServerError('CXR_SOURCE_TOO_MUCH', detail);
	const retried = (status >= 500 && status !== 501) || status === 408 || status === 425 || status === 429;
	return new ServerError(retried ? 'CXR_SOURCE_AWAY' : 'CXR_SOURCE_REFUSED', detail);
}

export function malformed(path: string, what: string, cause?: unknown): ServerError {
	return new ServerError('CXR_SOURCE_MALFORMED', `${path}: ${what}.`, { cause });
}

function slow(path: string, what: string): ServerError {
	return new ServerError('CXR_SOURCE_SLOW', `${path} ${what}.`);
}
