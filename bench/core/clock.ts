import { median } from '../report.ts';

/** One way to do the work of a cell. */
export interface Candidate {
	name: string;
	run(): unknown;
}

/** How long to measure; for candidates that take seconds, less. */
export interface Patience {
	rounds: number;
	warmMillis: number;
	warmRuns: number;
}

const PATIENCE: Patience = { rounds: 15, warmMillis: 150, warmRuns: 10 };
/** CPU time of one candidate in one round. */
const ROUND_MICROS = 20_000;

/** CPU microseconds of one run of each candidate: candidates take turns, each figure is the median of its rounds. */
export function compare(
	candidates: Candidate[],
	{ rounds, warmMillis, warmRuns }: Patience = PATIENCE,
): Record<string, number> {
	const repeats = candidates.map(({ run }) => {
		// Warm until the compiled code is the final one.
		let runs = 0;
		const start = performance.now();
		while (performance.now() - start < warmMillis || runs < warmRuns) {
			keep(run());
			runs++;
		}
		const micros = time(run, Math.max(1, Math.ceil(runs / 4))) || 1;
		return Math.max(1, Math.round(ROUND_MICROS / micros));
	});
	const found = candidates.map((): number[] => []);
	for (let round = 0; round < rounds; round++) {
		candidates.forEach(({ run }, i) => {
			// The garbage of one must not be billed to the next, nor its heap be laid out by the one before. A full
			// collection instead would shrink the heap's nursery, which punishes whoever makes many objects.
			time(run, repeats[i]!);
			found[i]!.push(time(run, repeats[i]!));
		});
	}
	return Object.fromEntries(candidates.map(({ name }, i) => [name, median(found[i]!)]));
}

/** User and system time of the process, garbage collection included, a run. */
function time(run: () => unknown, repeats: number): number {
	const before = process.cpuUsage();
	for (let i = 0; i < repeats; i++) keep(run());
	const { user, system } = process.cpuUsage(before);
	return (user + system) / repeats;
}

let kept: unknown;

/** Results must be used, or the compiler may leave the work out. */
function keep(result: unknown): void {
	kept = result;
}

export function lastResult(): unknown {
	return kept;
}
