import { untrack } from 'svelte';
import { ApiFailure } from '../api/failure.ts';
import { session } from './session.svelte.ts';

/**
 * A question asked again and again. A refresh swaps `data` in place; a failed refresh keeps what is there, says so and is
 * tried again. Another question begins with nothing. Nothing is asked while the page is hidden.
 */
export class Feed<T> {
	data: T | null = $state.raw(null);
	failure: ApiFailure | null = $state.raw(null);
	/** When the present failure began, ms. */
	failedSince: number | null = $state(null);
	/** When data last arrived, ms. */
	receivedAt: number | null = $state(null);
	#load: (signal: AbortSignal) => Promise<T>;
	#every: () => number;
	#timer: ReturnType<typeof setTimeout> | null = null;
	#inFlight: AbortController | null = null;
	#running = false;
	/** When it is time to ask again, ms. */
	#due = 0;
	#question = '';

	constructor(load: (signal: AbortSignal) => Promise<T>, every: () => number) {
		this.#load = load;
		this.#every = every;
	}

	/**
	 * Asks now and from then on. Returns the stop. A question is known by what is asked for and not by times that move with
	 * each refresh: what answered another one is dropped.
	 */
	start(question = ''): () => void {
		if (question !== this.#question) this.#forget();
		this.#question = question;
		this.#running = true;
		const shown = () => {
			if (!document.hidden && !this.#inFlight && Date.now() >= this.#due) void this.again();
		};
		document.addEventListener('visibilitychange', shown);
		void this.again();
		return () => {
			this.#running = false;
			document.removeEventListener('visibilitychange', shown);
			this.#cancel();
		};
	}

	/** Asks at once; a question under way is given up. */
	async again(): Promise<void> {
		this.#cancel();
		const flight = new AbortController();
		this.#inFlight = flight;
		try {
			const data = await this.#load(flight.signal);
			if (flight.signal.aborted) return;
			this.data = data;
			this.receivedAt = Date.now();
			this.failure = null;
			this.failedSince = null;
		} catch (error) {
			if (flight.signal.aborted) return;
			this.failure = failureOf(error);
			this.failedSince ??= Date.now();
		}
		this.#inFlight = null;
		if (!this.#running) return;
		const wait = this.failure ? Math.min(AFTER_FAILURE_MS, this.#every()) : this.#every();
		this.#due = Date.now() + wait;
		this.#timer = setTimeout(() => {
			this.#timer = null;
			if (!document.hidden) void this.again();
		}, wait);
	}

	#forget(): void {
		this.data = null;
		this.receivedAt = null;
		this.failure = null;
		this.failedSince = null;
	}

	#cancel(): void {
		this.#inFlight?.abort();
		this.#inFlight = null;
		if (this.#timer !== null) clearTimeout(this.#timer);
		this.#timer = null;
	}
}

/** Asks a feed once more when `missed` turns true. To be called while a component is set up. */
export function onceMore<T>(feed: Feed<T>, missed: () => boolean): void {
	const isMissed = $derived(missed());
	$effect(() => {
		if (isMissed) untrack(() => void feed.again());
	});
}

/** What a request threw, as a failure. A session that is over leads to the sign-in page. */
export function failureOf(error: unknown): ApiFailure {
	const failure = error instanceof ApiFailure ? error : new ApiFailure(0, null, String(error));
	if (failure.kind === 'signed-out') session.expire();
	return failure;
}

/** How often pages ask again, ms: once data flows, and during the first minute. */
export const REFRESH_MS = 5000;
export const FIRST_MINUTE_MS = 2000;
const AFTER_FAILURE_MS = 5000;
/** How soon a page with nothing on it asks again. */
export const EMPTY_MS = 3000;
/** For what is asked only when the question changes. The longest that a timer can wait. */
export const NEVER_MS = 2 ** 31 - 1;
