import { ApiFailure } from '../api/failure.ts';
import { session } from './session.svelte.ts';

/**
 * One question asked again and again. A refresh swaps `data` in place; a failed refresh keeps what is there and says so.
 * Nothing is asked while the page is hidden.
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

	constructor(load: (signal: AbortSignal) => Promise<T>, every: () => number) {
		this.#load = load;
		this.#every = every;
	}

	/** Asks now and from then on. Returns the stop. */
	start(): () => void {
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

	/** Drops what is known, for a question that is another one: neither data nor a failure of the old one answers it. */
	forget(): void {
		this.#cancel();
		this.data = null;
		this.receivedAt = null;
		this.failure = null;
		this.failedSince = null;
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
			const failure = error instanceof ApiFailure ? error : new ApiFailure(0, null, String(error));
			if (failure.kind === 'signed-out') session.expire();
			this.failure = failure;
			this.failedSince ??= Date.now();
		}
		this.#inFlight = null;
		if (!this.#running) return;
		const wait = this.#every();
		this.#due = Date.now() + wait;
		this.#timer = setTimeout(() => {
			this.#timer = null;
			if (!document.hidden) void this.again();
		}, wait);
	}

	#cancel(): void {
		this.#inFlight?.abort();
		this.#inFlight = null;
		if (this.#timer !== null) clearTimeout(this.#timer);
		this.#timer = null;
	}
}

/** How often pages ask again, ms: once data flows, and during the first minute. */
export const REFRESH_MS = 5000;
export const FIRST_MINUTE_MS = 2000;
/** For what is asked only when the question changes. The longest that a timer can wait. */
export const NEVER_MS = 2 ** 31 - 1;
