/** Work that comes one after the other. Its length is bounded by its callers, who wait. */
export class Turns {
	#last: Promise<unknown> = Promise.resolve();

	/** Runs `work` when all before it is done, well or not. */
	run<T>(work: () => Promise<T>): Promise<T> {
		const next = this.#last.then(work);
		this.#last = next.catch(() => {});
		return next;
	}

	/** Resolves when nothing waits. */
	async idle(): Promise<void> {
		for (let seen: unknown; seen !== this.#last; ) {
			seen = this.#last;
			await seen;
		}
	}
}
