import type { Matcher } from '../telemetry/labels.ts';
import type { SeriesColumns } from '../telemetry/series.ts';

/** What the engine knows about the use of what it asks for; a source may read less because of it, or ignore it. */
export interface SelectHints {
	/** Milliseconds between the times of evaluation, those of a subquery where one is around; 0 for one time. */
	step: number;
	/** Width of a range selector, ms; 0 for an instant one. */
	range: number;
	/** How old the sample of an instant selector may be, ms; default 5 minutes. */
	lookback?: number;
	/** The function or aggregation that the selector stands in, such as `rate` or `max_over_time`; none around a bare selector. */
	func?: string;
	signal?: AbortSignal;
}

/** Where series come from. */
export interface SeriesSource {
	/**
	 * Series that fit all matchers, with their samples in [start, end], ms, both ends included; more samples do no harm.
	 * No two series have the same labels. Stale markers stay in.
	 */
	select(
		matchers: readonly Matcher[],
		start: number,
		end: number,
		hints: SelectHints,
	): Promise<SeriesColumns>;
}
