/** What an engine that goes back and tries again may have to try, for a text of n characters: about n^loops * 2^choices ways. */
export interface Effort {
	loops: number;
	choices: number;
}

export const ONE_WAY: Effort = { loops: 0, choices: 0 };

/** `.*text.*` goes over a text of 2 000 characters 2 million times at most. */
const MAX_LOOPS = 2;
const MAX_CHOICES = 12;

/** One after the other: each way of the one with each of the other. */
export function inSequence(a: Effort, b: Effort): Effort {
	return { loops: a.loops + b.loops, choices: a.choices + b.choices };
}

export function asAlternatives(branches: readonly Effort[]): Effort {
	return {
		loops: Math.max(...branches.map((it) => it.loops)),
		choices: Math.max(...branches.map((it) => it.choices)) + Math.log2(branches.length),
	};
}

/** A part `least` to `most` times. What has more than one way itself multiplies: as in `(a+)+`. */
export function repeated({ loops, choices }: Effort, least: number, most: number): Effort {
	if (most <= 1) return least === most ? { loops, choices } : { loops, choices: choices + 1 };
	if (loops > 0 || choices > 0) return { loops: Number.POSITIVE_INFINITY, choices };
	return least === most ? ONE_WAY : { loops: 1, choices };
}

/** Whether trying all ways takes no time worth speaking of. */
export function isQuick({ loops, choices }: Effort): boolean {
	return loops <= MAX_LOOPS && choices <= MAX_CHOICES;
}
