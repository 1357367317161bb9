/**
 * Processes of one container that the kernel's out-of-memory killer ended. The cgroup's own counter is exact and knows
 * what happened before the agent, but goes with the cgroup, which mostly is at once: then the kernel's records of ended
 * processes tell what was not read any more.
 */
export class OomKills {
	/** Of cgroups that are gone. */
	#before = 0;
	/** Inode of the cgroup that the other numbers are of; a container that is started again has another. */
	#cgroup: number | undefined;
	/** The counter as it was read last. */
	#read = 0;
	/** What the counter was when it was first read, and the victims that ended since. */
	#ended = 0;

	get total(): number {
		return this.#before + Math.max(this.#read, this.#ended);
	}

	/** A process of the container ended as a victim. */
	onVictim(): void {
		this.#ended++;
	}

	/** @param kills of the cgroup's counter; it counts a kill before the victim has ended */
	onCounter(cgroup: number, kills: number): void {
		if (this.#cgroup !== cgroup) {
			// Victims that the new counter knows may have ended already.
			this.#before += Math.max(this.#read, this.#ended - kills);
			this.#ended = kills;
		}
		this.#cgroup = cgroup;
		this.#read = kills;
		// Also what was ending anyway is called a victim; the counter knows better.
		this.#ended = Math.min(this.#ended, kills);
	}
}
