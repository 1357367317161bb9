import { ApiError } from './api-error.ts';

/** Queries that run at a time: they share one thread, and each may hold its samples. */
const RUNNING = 8;
/** Queries that wait for one to end; more are refused. */
const WAITING = 200;

/** Lets a few queries run at a time, in the order in which they came. */
export class QueryGate {
	#running = 0;
	readonly #waiting: (() => void)[] = [];
	refused = 0;

	/** Of its bound. */
	get fill(): number {
		return (this.#running + this.#waiting.length) / (RUNNING + WAITING);
	}

	/** Runs it in its turn. Throws `unavailable` when too many wait, `canceled` when the signal aborts first. */
	async run<T>(query: () => Promise<T>, signal: AbortSignal): Promise<T> {
		if (this.#running < RUNNING) this.#running++;
		else await this.#turn(signal);
		try {
			return await query();
		} finally {
			// The next one takes this one's place, or the place is free.
			const next = this.#waiting.shift();
			if (next) next();
			else this.#running--;
		}
	}

	#turn(signal: AbortSignal): Promise<void> {
		if (this.#waiting.length >= WAITING) {
			this.refused++;
			throw new ApiError('unavailable', `${WAITING} queries wait already; try again later`);
		}
		return new Promise((resolve, reject) => {
			const enter = () => {
				signal.removeEventListener('abort', leave);
				resolve();
			};
			const leave = () => {
				this.#waiting.splice(this.#waiting.indexOf(enter), 1);
				reject(new ApiError('canceled', 'query was canceled in query queue'));
			};
			signal.addEventListener('abort', leave, { once: true });
			this.#waiting.push(enter);
		});
	}
}
