/**
 * A container's sums of what the kernel counts for each process, over processes that come and go. What a process did
 * before the first look at it counts only where it started since the look before, or since the agent did: all else was
 * long ago. What it did after the last look is not seen any more.
 */
export class ProcessSums {
	/** One for each counter. */
	readonly totals: number[];
	#last = new Map<number, { startedAt: number; values: ArrayLike<number> }>();
	#lookedAt: number;

	/** @param agentStartedAt ms since the epoch */
	constructor(counters: number, agentStartedAt: number) {
		this.totals = new Array<number>(counters).fill(0);
		this.#lookedAt = agentStartedAt;
	}

	/**
	 * One look at all living processes.
	 * @param read values of one process, one for each counter; undefined where it is gone
	 * @param now ms since the epoch, as is the start of a process
	 */
	look(
		processes: Iterable<readonly [pid: number, process: { startedAt: number }]>,
		now: number,
		read: (pid: number) => ArrayLike<number> | undefined,
	): void {
		const last = new Map<number, { startedAt: number; values: ArrayLike<number> }>();
		for (const [pid, { startedAt }] of processes) {
			const values = read(pid);
			if (values === undefined) continue;
			const before = this.#last.get(pid);
			const known = before?.startedAt === startedAt;
			last.set(pid, { startedAt, values });
			if (!known && startedAt <= this.#lookedAt) continue;
			for (let i = 0; i < this.totals.length; i++) {
				// What the kernel tells of threads that end is no promise.
				this.totals[i]! += Math.max(0, values[i]! - (known ? before.values[i]! : 0));
			}
		}
		this.#last = last;
		this.#lookedAt = now;
	}
}
