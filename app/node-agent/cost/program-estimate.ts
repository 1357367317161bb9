/** Runs of BPF programs from the part of the time in which the kernel times them. */

import type { ProgramUsage } from './usage.ts';

export class ProgramEstimate {
	/** As the kernel told last, and what it stands for so far. Bounded by the programs of the agent. */
	readonly #told = new Map<string, ProgramUsage>();
	readonly #estimates = new Map<string, ProgramUsage>();

	/**
	 * Programs with all their runs and seconds, of which `share` of the time saw a part. Of what came since the last
	 * call each run stands for `1 / share`, so that a counter never goes back; the time of a run is as told.
	 */
	add(programs: ProgramUsage[], share: number): ProgramUsage[] {
		return programs.map((now) => {
			const { program } = now;
			const last = this.#told.get(program) ?? { program, runs: 0, seconds: 0 };
			const before = this.#estimates.get(program) ?? { program, runs: 0, seconds: 0 };
			const estimate = {
				program,
				runs: before.runs + Math.round(Math.max(0, now.runs - last.runs) / share),
				seconds: before.seconds + Math.max(0, now.seconds - last.seconds) / share,
			};
			this.#told.set(program, now);
			this.#estimates.set(program, estimate);
			return estimate;
		});
	}
}
