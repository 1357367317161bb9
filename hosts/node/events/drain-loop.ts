/** The longest pause between two drains of a ring on which nothing happens. */
const IDLE_PAUSE_MS = 100;
const SHORTEST_PAUSE_MS = 1;
/** Drains in one turn before other work of the thread gets one. */
const ROUNDS_PER_TURN = 64;

export interface DrainLoopOptions {
	/** Drains up to one buffer and returns its bytes. */
	drain(): number;
	/** Size of that buffer. */
	bufferBytes: number;
	/** Longest pause while something comes. */
	intervalMs: number;
}

/**
 * Drains a ring at the pace at which it fills: so often that about half a buffer comes each time, every
 * `intervalMs` where that is less, and less and less often while nothing comes. Waking up costs more than
 * draining a hundred records, so a tick shorter than needed is waste.
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
		const { drain, bufferBytes } = this.#options;
		let total = 0;
		for (let round = 0; round < ROUNDS_PER_TURN; round++) {
			const bytes = drain();
			total += bytes;
			if (bytes > bufferBytes / 2) continue;
			this.#setPause(total);
			return true;
		}
		this.#setPause(total);
		return false;
	}

	#setPause(bytes: number): void {
		const { bufferBytes, intervalMs } = this.#options;
		if (bytes === 0) this.#pauseMs = Math.min(this.#pauseMs * 1.5, Math.max(IDLE_PAUSE_MS, intervalMs));
		else {
			const fitting = (Math.max(this.#pauseMs, SHORTEST_PAUSE_MS) * bufferBytes) / 2 / bytes;
			this.#pauseMs = Math.max(SHORTEST_PAUSE_MS, Math.min(fitting, intervalMs));
		}
	}

	#tick(): void {
		const caughtUp = this.drainAll();
		if (this.#running) this.#timer = setTimeout(() => this.#tick(), caughtUp ? this.#pauseMs : 0);
	}
}
