import { median } from '../report.ts';

/** One way to do the work of a cell. */
export interface Candidate {
	name: string;
	/**
	 * Returns a number that comes from the result. The result itself must die with the run, as it does in a program: V8 moves what
	 * outlives a run to the old generation, where it keeps objects of later runs alive, and a decoder that makes many of them
	 * takes up to twice as long in one process as in the next.
	 */
	run(): number;
}

/** How long to measure; for candidates that take seconds, less. */
export interface Patience {
	rounds: number;
	warmMillis: number;
	warmRuns: number;
}

const PATIENCE: Patience = { rounds: 15, warmMillis: 150, warmRuns: 10 };
/**
 * CPU time of one candidate in one round: several collections, which come after some 64 MiB outside of the heap. With one
 * in every other round it hit always the same candidate.
 */
const ROUND_MICROS = 100_000;

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
function time(run: () => number, repeats: number): number {
	const before = process.cpuUsage();
	for (let i = 0; i < repeats; i++) keep(run());
	const { user, system } = process.cpuUsage(before);
	return (user + system) / repeats;
}

let kept = 0;

/** Results must be used, or the compiler may leave the work out. */
function keep(result: number): void {
	kept = result;
}

export function lastResult(): number {
	return kept;
}

/** One run over several inputs. */
export function sumOf<T>(inputs: readonly T[], run: (input: T) => number): number {
	let sum = 0;
	for (const input of inputs) sum += run(input);
	return sum;
}
