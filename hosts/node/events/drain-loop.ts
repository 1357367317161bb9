/** The longest pause between two drains of a ring on which nothing happens. */
const IDLE_PAUSE_MS = 100;
const SHORTEST_PAUSE_MS = 1;
/** Drained in one turn before other work of the thread gets one: some 50 ms of work. */
const TURN_BYTES = 2 << 20;

export interface DrainLoopOptions {
	/** Drains up to one buffer and returns its bytes. */
	drain(): number;
	/** Size of that buffer. */
	bufferBytes: number;
	/** Size of the ring. */
	ringBytes: number;
	/** What is best found after a pause. */
	targetBytes: number;
	/** Longest pause while something comes. */
	intervalMs: number;
	/** Waits in place of the loop while nothing comes; without it timers do. */
	openWatch?(wake: () => void): IdleWatch;
}

/** Looks whether something waits, cheaper than a drain does. */
export interface IdleWatch {
	/** Looks as often, and wakes once. */
	start(intervalMs: number): void;
	stop(): void;
}

/**
 * Drains a ring at the pace at which it fills: so often that about `targetBytes` come each time, every
 * `intervalMs` where that is less, and less and less often while nothing comes. Waking up costs more than
 * draining a hundred records, so a tick shorter than needed is waste.
 */
export class DrainLoop {
	readonly #options: DrainLoopOptions;
	readonly #watch: IdleWatch | undefined;
	#pauseMs: number;
	#timer: NodeJS.Timeout | undefined;
	#running = false;

	constructor(options: DrainLoopOptions) {
		this.#options = options;
		this.#pauseMs = options.intervalMs;
		this.#watch = options.openWatch?.(() => this.#tick());
	}

	start(): void {
		this.#running = true;
		this.#tick();
	}

	stop(): void {
		this.#running = false;
		clearTimeout(this.#timer);
		this.#watch?.stop();
	}

	/** Drains all that the ring holds, and what comes meanwhile as far as it is not more than that. */
	drainAll(): void {
		this.#drain(this.#options.ringBytes);
	}

	/** Drains until the ring is empty, or so much has come. Returns whether it got that far. */
	#drain(mostBytes: number): boolean {
		const { drain, bufferBytes } = this.#options;
		let total = 0;
		let caughtUp: boolean;
		do {
			const bytes = drain();
			total += bytes;
			caughtUp = bytes <= bufferBytes / 2;
		} while (!caughtUp && total < mostBytes);
		this.#setPause(total);
		return caughtUp;
	}

	#setPause(bytes: number): void {
		const { targetBytes, intervalMs } = this.#options;
		if (bytes === 0) this.#pauseMs = Math.min(this.#pauseMs * 1.5, Math.max(IDLE_PAUSE_MS, intervalMs));
		else {
			const fitting = (Math.max(this.#pauseMs, SHORTEST_PAUSE_MS) * targetBytes) / bytes;
			this.#pauseMs = Math.max(SHORTEST_PAUSE_MS, Math.min(fitting, intervalMs));
		}
	}

	#tick(): void {
		const caughtUp = this.#drain(TURN_BYTES);
		if (!this.#running) return;
		if (this.#watch && caughtUp && this.#pauseMs >= IDLE_PAUSE_MS) this.#watch.start(IDLE_PAUSE_MS);
		else this.#timer = setTimeout(() => this.#tick(), caughtUp ? this.#pauseMs : 0);
	}
}
