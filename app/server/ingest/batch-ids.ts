/**
 * Ids of batches that are stored, so that one sent again is acknowledged and not stored twice.
 * Bounded: at the bound the oldest half is forgotten, which only costs the storing of a repeat (samples are
 * deduplicated anyway).
 */
export class BatchIds {
	readonly #bound: number;
	#young = new Map<string, Promise<unknown>>();
	#old = new Map<string, Promise<unknown>>();

	constructor(bound = 65_536) {
		this.#bound = bound;
	}

	/** What became of the batch when it came first, or undefined. */
	get(id: string): Promise<unknown> | undefined {
		return this.#young.get(id) ?? this.#old.get(id);
	}

	/** `stored` is forgotten when it fails. */
	add(id: string, stored: Promise<unknown>): void {
		if (this.#young.size >= this.#bound / 2) {
			this.#old = this.#young;
			this.#young = new Map();
		}
		this.#young.set(id, stored);
		stored.catch(() => {
			this.#young.delete(id);
			this.#old.delete(id);
		});
	}

	get size(): number {
		return this.#young.size + this.#old.size;
	}
}
