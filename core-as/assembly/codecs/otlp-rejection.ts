// Why data points are left out; the order is that of `rejected` in wit/.

export const BAD_NAME: i32 = 0;
export const BAD_TEXT: i32 = 1;
export const BAD_TIME: i32 = 2;
export const NO_VALUE: i32 = 3;
export const BAD_TEMPORALITY: i32 = 4;
export const BAD_SCALE: i32 = 5;
export const BAD_BUCKETS: i32 = 6;
export const BAD_COUNT: i32 = 7;
export const TOO_DEEP: i32 = 8;
export const REASONS: usize = 9;

export const ACCEPTED: i32 = -1;
/** The protobuf itself is broken, or the text is too much: the reader, or the row writer, says why. */
export const BROKEN: i32 = -2;

/** A number for each reason. */
export const rejected: usize = memory.data(36, 4);

export function startRejections(): void {
	memory.fill(rejected, 0, REASONS << 2);
}

/** Counts a point that was left out; false when it is the body that is broken. */
export function noteOutcome(outcome: i32): bool {
	if (outcome === BROKEN) return false;
	if (outcome === ACCEPTED) return true;
	const place = rejected + ((<usize>outcome) << 2);
	store<u32>(place, load<u32>(place) + 1);
	return true;
}
