/** From here on a float no longer holds every integer. */
export const TIME_LIMIT: i64 = 1 << 53;

/** Whether a time of the series that is being read was out of range. */
export let isTimeFaulty: bool = false;

export function startTimes(): void {
	isTimeFaulty = false;
}

/** Milliseconds since the epoch, not negative. */
export function timeOf(millis: i64): f64 {
	if (millis < 0 || millis >= TIME_LIMIT) isTimeFaulty = true;
	return <f64>millis;
}

/** A start time may be negative: -1 stands for the epoch itself, because 0 stands for none. */
export function startTimeOf(millis: i64): f64 {
	if (millis <= -TIME_LIMIT || millis >= TIME_LIMIT) isTimeFaulty = true;
	return <f64>millis;
}

/** True where a time that the host gave is an integer that the messages hold exactly. */
export function isExactTime(millis: f64): bool {
	return abs(millis) < <f64>TIME_LIMIT && floor(millis) === millis;
}
