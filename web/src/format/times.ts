/** Times as the pages write them: 24 hours, in the zone of the browser, which tooltips and the range picker name. */

const pad = (n: number) => String(n).padStart(2, '0');

/** `14:02` */
export function formatHourMinute(ms: number): string {
	const d = new Date(ms);
	return `${pad(d.getHours())}:${pad(d.getMinutes())}`;
}

/** `14:02:37` */
export function formatClock(ms: number): string {
	return `${formatHourMinute(ms)}:${pad(new Date(ms).getSeconds())}`;
}

/** `14:02:37.925` */
export function formatMillis(ms: number): string {
	return `${formatClock(ms)}.${String(new Date(ms).getMilliseconds()).padStart(3, '0')}`;
}

/** `2026-11-22` */
export function formatDay(ms: number): string {
	const d = new Date(ms);
	return `${d.getFullYear()}-${pad(d.getMonth() + 1)}-${pad(d.getDate())}`;
}

/** `2026-11-22 14:02` */
export function formatDayTime(ms: number): string {
	return `${formatDay(ms)} ${formatHourMinute(ms)}`;
}

/** `13:37 to 14:37`, with the days when the span is longer than 12 hours or does not end today. */
export function formatSpan(from: number, to: number, now: number): string {
	const near = to - from <= 12 * 3600e3 && formatDay(to) === formatDay(now);
	return near
		? `${formatHourMinute(from)} to ${formatHourMinute(to)}`
		: `${formatDayTime(from)} to ${formatDayTime(to)}`;
}

/** Reads `2026-11-22 14:02` (seconds allowed, `T` allowed). NaN when it is no such time. */
export function parseDayTime(text: string): number {
	const parts = /^\s*(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d)(?::(\d\d))?\s*$/.exec(text);
	if (!parts) return Number.NaN;
	const [year, month, day, hour, minute, second] = parts.slice(1).map((part) => Number(part ?? 0)) as [
		number,
		number,
		number,
		number,
		number,
		number,
	];
	const date = new Date(year, month - 1, day, hour, minute, second);
	const real =
		date.getMonth() === month - 1 && date.getDate() === day && hour < 24 && minute < 60 && second < 60;
	return real ? date.getTime() : Number.NaN;
}

/** The zone's name, such as `Europe/Berlin` or `UTC`. */
export function zoneName(): string {
	return Intl.DateTimeFormat().resolvedOptions().timeZone;
}
