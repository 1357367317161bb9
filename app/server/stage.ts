/** The five numbers that every stage exports; `fill` is 0 to 1 of its bound. */
export interface StageStats {
	received: number;
	sent: number;
	dropped: Record<string, number>;
	errors: number;
	fill: number;
}

/** Adds to a count that may not exist yet. */
export function addTo(counts: Record<string, number>, key: string, n: number): void {
	if (n > 0) counts[key] = (counts[key] ?? 0) + n;
}
