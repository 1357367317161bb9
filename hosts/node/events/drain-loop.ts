/** The longest pause between two drains of a ring on which nothing happens. */
const IDLE_INTERVAL_MS = 100;
/** Drains in one turn before other work of the thread gets one. */
const ROUNDS_PER_TURN = 64;

export interface DrainLoopOptions {
	/** Drains up to one buffer and returns its bytes. */
	drain(): number;
	/** Size of that buffer. */
	bufferBytes: number;
	/** Pause while something comes. */
	intervalMs: number;
}

/**
 * Drains a ring at the pace at which it fills: at once again while buffers come out more than half full, every
 * `intervalMs` while something comes, and less and less often while nothing does.
 */
export class DrainLoop {
	readonly #options: DrainLoopOptions;
	#pauseMs: number;
	#timer: NodeJS.Timeout | undefined;
	#running = false;

	constructor(options: DrainLoopOptions) {
		this.#options = options;
		this.#pauseMs = options.intervalMs;
	}

	start(): void {
		this.#running = true;
		this.#tick();
	}

	stop(): void {
		this.#running = false;
		clearTimeout(this.#timer);
	}

	/** Drains until the ring is empty but for what comes meanwhile. Returns whether it got that far. */
	drainAll(): boolean {
		for (let round = 0; round < ROUNDS_PER_TURN; round++) {
			const bytes = this.#options.drain();
			if (bytes > 0) this.#pauseMs = this.#options.intervalMs;
			else if (round === 0) this.#pauseMs = Math.min(this.#pauseMs * 1.5, this.#idleMs());
			if (bytes <= this.#options.bufferBytes / 2) return true;
		}
		return false;
	}

	#idleMs(): number {
		return Math.max(IDLE_INTERVAL_MS, this.#options.intervalMs);
	}

	#tick(): void {
		const caughtUp = this.drainAll();
		if (this.#running) this.#timer = setTimeout(() => this.#tick(), caughtUp ? this.#pauseMs : 0);
	}
}
