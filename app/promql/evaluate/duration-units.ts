/** Whole milliseconds of nanoseconds. */
export function milliseconds(ns: number): number {
	return Math.trunc(ns / 1e6);
}

/** Seconds of nanoseconds, rounded as Go's Duration.Seconds. */
export function seconds(ns: number): number {
	return Math.trunc(ns / 1e9) + (ns % 1e9) / 1e9;
}
