// Nanoseconds since the epoch, as the host gave them for one request.

export let now: u64 = 0;
export let oldest: u64 = 0;
export let newest: u64 = 0;

export function setTimes(at: u64, from: u64, to: u64): void {
	now = at;
	oldest = from;
	newest = to;
}

/** True when a row of that time is kept. */
export function isKept(time: u64): bool {
	return time >= oldest && time <= newest;
}
