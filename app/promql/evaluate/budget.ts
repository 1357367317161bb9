import type { Clock } from '../../clock.ts';
import { failed, QueryError } from '../errors.ts';

export interface Limits {
	/** Samples read plus cells of all vectors made: 17 bytes each at most. Histograms count as many as Prometheus counts. */
	maxSamples: number;
	/** Series of all selectors together. */
	maxSeries: number;
	/** ms */
	timeout: number;
}

/** How long evaluation may hold the thread before it lets others run, ms. */
const SLICE = 20;
/** Rows between two looks at the clock. */
const ROWS = 64;

/** What one query may use. Cells count before they are allocated, and stay counted when they are free again. */
export class Budget {
	readonly #limits: Limits;
	readonly #clock: Clock;
	readonly #signal: AbortSignal | undefined;
	readonly #deadline: number;
	#samples = 0;
	#series = 0;
	#rows = 0;
	#sliceEnd: number;

	constructor(limits: Limits, clock: Clock, signal?: AbortSignal) {
		this.#limits = limits;
		this.#clock = clock;
		this.#signal = signal;
		const now = clock.now();
		this.#deadline = now + limits.timeout;
		this.#sliceEnd = now + SLICE;
	}

	takeSamples(n: number): void {
		this.#samples += n;
		if (this.#samples > this.#limits.maxSamples) {
			throw failed('query processing would load too many samples into memory in query execution');
		}
	}

	takeSeries(n: number): void {
		this.#series += n;
		if (this.#series > this.#limits.maxSeries) {
			throw failed('query touches too many series in query execution');
		}
	}

	/** Between rows: true when `rest` is due. */
	get due(): boolean {
		if (++this.#rows % ROWS !== 0) return false;
		return this.isLate;
	}

	/** The same where a row takes long. */
	get isLate(): boolean {
		return this.#clock.now() >= this.#sliceEnd;
	}

	/** Lets others run, and throws when the query was given up or took too long. */
	async rest(): Promise<void> {
		await this.#clock.sleep(0);
		this.check();
		this.#sliceEnd = this.#clock.now() + SLICE;
	}

	check(): void {
		if (this.#signal?.aborted)
			throw new QueryError('canceled', 'query was canceled in expression evaluation');
		if (this.#clock.now() >= this.#deadline) {
			throw new QueryError('timeout', 'query timed out in expression evaluation');
		}
	}
}
