import type { Clock } from '../../clock.ts';

/** Time that passes when the test says so. */
export class ManualClock implements Clock {
	time: number;
	readonly #sleepers = new Set<{ until: number; wake: () => void }>();

	constructor(time = 1_700_000_000_000) {
		this.time = time;
	}

	now(): number {
		return this.time;
	}

	sleep(ms: number, signal?: AbortSignal): Promise<void> {
		return new Promise((resolve) => {
			const sleeper = { until: this.time + ms, wake: () => resolve() };
			this.#sleepers.add(sleeper);
			signal?.addEventListener('abort', () => {
				this.#sleepers.delete(sleeper);
				resolve();
			});
		});
	}

	advance(ms: number): void {
		this.time += ms;
		for (const sleeper of this.#sleepers) {
			if (sleeper.until > this.time) continue;
			this.#sleepers.delete(sleeper);
			sleeper.wake();
		}
	}
}
