// The block that answers are counted into: f64 columns in the order of docs/formats.md, "Activity row":
// six kinds of status, sum of seconds, then the buckets of the latency histogram.

/** Columns of the protocols of databases. */
export const OK: usize = 0;
export const FAILED: usize = 1;

const OTHER_STATUS: usize = 5;
const SECONDS: usize = 6;
const BUCKETS: usize = 7;

/** Upper bounds in seconds; the last bucket has none. */
const BOUNDS: usize = memory.data<f64>([0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]);
const BOUND_COUNT: usize = 11;

/** A response of HTTP, by the class of its status. */
export function countResponse(block: usize, status: u32, seconds: f64): void {
	const group = <usize>(status / 100);
	increase(block, group >= 1 && group <= 5 ? group - 1 : OTHER_STATUS, 1);
	countLatency(block, seconds);
}

export function countStatus(block: usize, column: usize, count: u32): void {
	increase(block, column, <f64>count);
}

export function countLatency(block: usize, seconds: f64): void {
	increase(block, SECONDS, seconds);
	let bucket: usize = 0;
	while (bucket < BOUND_COUNT && seconds > load<f64>(BOUNDS + (bucket << 3))) bucket++;
	increase(block, BUCKETS + bucket, 1);
}

function increase(block: usize, column: usize, by: f64): void {
	const p = block + (column << 3);
	store<f64>(p, load<f64>(p) + by);
}
