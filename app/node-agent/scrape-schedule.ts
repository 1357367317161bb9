/** When metrics are taken for remote write. */

/** A fresh agent shows something soon, also of what starts together with it. */
const FIRST_TAKES_MS = [1_000, 3_000, 7_000];

/**
 * Time of the next take after `now`: the first ones soon after the start, then at multiples of the interval
 * since the epoch, so that a restart keeps the rhythm.
 */
export function nextTake(now: number, startedAt: number, intervalMs: number): number {
	const aligned = (Math.floor(now / intervalMs) + 1) * intervalMs;
	for (const after of FIRST_TAKES_MS) {
		const early = startedAt + after;
		if (after < intervalMs && early > now) return Math.min(early, aligned);
	}
	return aligned;
}
