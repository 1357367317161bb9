import type { Clock } from '../../clock.ts';

const SLOT_MS = 5000;
const SLOTS = 12;

/** How many things came per second, over the last minute. */
export class RateWindow {
	readonly #clock: Clock;
	readonly #startedAt: number;
	readonly #counts = new Float64Array(SLOTS);
	readonly #slots = new Float64Array(SLOTS).fill(-1);

	constructor(clock: Clock) {
		this.#clock = clock;
		this.#startedAt = clock.now();
	}

	add(n: number): void {
		const slot = Math.floor(this.#clock.now() / SLOT_MS);
		const i = slot % SLOTS;
		if (this.#slots[i] !== slot) {
			this.#slots[i] = slot;
			this.#counts[i] = 0;
		}
		this.#counts[i]! += n;
	}

	perSecond(): number {
		const now = this.#clock.now();
		const oldest = Math.floor(now / SLOT_MS) - SLOTS;
		let n = 0;
		for (let i = 0; i < SLOTS; i++) if (this.#slots[i]! > oldest) n += this.#counts[i]!;
		return n / Math.min(60, Math.max(1, (now - this.#startedAt) / 1000));
	}
}
