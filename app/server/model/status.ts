import type { TimeGrid } from '../../promql/time-grid.ts';
import type { RequestSums } from './request-sums.ts';

export type Status = 'ok' | 'warn' | 'crit' | 'unknown';

/** Whose requests are judged: those that it answered, or those that it made. */
export type Side = 'answers' | 'asks';

const CRIT_ERRORS = 0.05;
const WARN_ERRORS = 0.01;
const WARN_P95_SECONDS = 1;
const ABSENT_MS = 5 * 60_000;

/** How an application is, and the sentence that says why when it is not well. `now` bounds a range that ends later. */
export function judge(
	requests: RequestSums,
	side: Side,
	lastSampleAt: number | null,
	grid: TimeGrid,
	now: number,
): { status: Status; sentence: string | null } {
	const silent = silence(lastSampleAt, grid, now);
	if (silent !== null) return { status: 'unknown', sentence: silent };
	const errors = requests.errorRatio();
	if (errors !== null && errors >= WARN_ERRORS) {
		const since = sincePhrase(grid, (step) => requests.errorRatio(step), WARN_ERRORS);
		const sentence =
			side === 'answers'
				? `Fails ${percent(errors)} of requests${since}.`
				: `${percent(errors)} of the requests that it makes fail${since}.`;
		return { status: errors >= CRIT_ERRORS ? 'crit' : 'warn', sentence };
	}
	const p95 = requests.quantile(0.95);
	if (p95 !== null && p95 > WARN_P95_SECONDS) {
		const since = sincePhrase(grid, (step) => requests.quantile(0.95, step), WARN_P95_SECONDS);
		const what = side === 'answers' ? 'Takes' : 'Waits';
		return { status: 'warn', sentence: `${what} over ${seconds(p95)} for 5${NARROW}% of requests${since}.` };
	}
	return { status: 'ok', sentence: null };
}

/** The sentence about what has not been heard for minutes at the end of the range; null when it has been. */
export function silence(lastSampleAt: number | null, grid: TimeGrid, now: number): string | null {
	if (lastSampleAt === null) return 'No samples in this range.';
	if (Math.min(grid.to, now) - lastSampleAt <= ABSENT_MS) return null;
	return `No samples since ${clockTime(lastSampleAt)}.`;
}

/** ' since 14:02 UTC' when the trouble began inside the range, '' when it was there from the first sample on. */
function sincePhrase(grid: TimeGrid, at: (step: number) => number | null, bound: number): string {
	let since = -1;
	let before = false;
	for (let step = 0; step < grid.count; step++) {
		const value = at(step);
		if (value === null) continue;
		if (value < bound) {
			since = -1;
			before = true;
		} else if (since < 0) since = step;
	}
	return since < 0 || !before ? '' : ` since ${clockTime(grid.from + since * grid.step)}`;
}

/** U+202F, between a number and its unit. */
const NARROW = '\u202f';

export function percent(ratio: number): string {
	const p = ratio * 100;
	if (p === 0) return `0${NARROW}%`;
	if (p < 0.1) return `<${NARROW}0.1${NARROW}%`;
	return `${p < 10 ? p.toFixed(1).replace(/\.0$/, '') : Math.round(p)}${NARROW}%`;
}

function seconds(s: number): string {
	return s < 60 ? `${Number(s.toPrecision(3))}${NARROW}s` : `${Number((s / 60).toPrecision(3))}${NARROW}min`;
}

function clockTime(ms: number): string {
	return `${new Date(ms).toISOString().slice(11, 16)} UTC`;
}
