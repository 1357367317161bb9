/** Milliseconds of nanoseconds since the epoch: an integer below 2^53. */
export function millisOf(nanos: u64): f64 {
	return <f64>(nanos / 1_000_000);
}
