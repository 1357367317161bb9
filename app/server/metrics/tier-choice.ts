import { TIERS } from './chunk-table.ts';
import type { TierColumn } from './tier-rows.ts';

/** What the asker does with what it gets; times in ms. */
export interface ReadHints {
	/** Between steps; 0 for one moment. */
	step: number;
	/** Width of the range selector; 0 for an instant one. */
	range: number;
	/** The function or aggregation around the selector. */
	func?: string;
	/** How old the sample of an instant selector may be; default 5 minutes. */
	lookback?: number;
}

export interface TierChoice {
	/** Index in TIERS. */
	tier: number;
	column: TierColumn;
}

/**
 * Functions over a range whose answer over buckets is that over the samples, but for the bucket that the range begins in. Not
 * here: counts and averages, as buckets stand for different numbers of samples; rates and increases, as a counter may be reset
 * and rise again within a bucket; what asks for the spread or the times of samples.
 */
const OF_RANGES: Readonly<Record<string, TierColumn>> = {
	max_over_time: 'maxima',
	min_over_time: 'minima',
	sum_over_time: 'sums',
	last_over_time: 'lasts',
	present_over_time: 'lasts',
};
/** Functions of an instant selector that ask for the times of samples. */
const OF_TIMES: ReadonlySet<string> = new Set(['timestamp']);
/** Buckets that a range, or a step between instants, must span at least. */
const RANGE_BUCKETS = 10;
const STEP_BUCKETS = 5;
const LOOKBACK_MS = 300_000;

/** The coarsest tier that answers such a question well; null: the samples themselves. */
export function chooseTier({ step, range, func, lookback = LOOKBACK_MS }: ReadHints): TierChoice | null {
	for (let tier = TIERS.length - 1; tier >= 0; tier--) {
		const resolution = TIERS[tier]!;
		if (range === 0) {
			// A bucket counts from its end on until the next ends: it must not get too old in between.
			if (step >= STEP_BUCKETS * resolution && lookback >= resolution && !OF_TIMES.has(func ?? ''))
				return { tier, column: 'lasts' };
			continue;
		}
		const column = func === undefined ? undefined : Object.hasOwn(OF_RANGES, func) && OF_RANGES[func];
		if (column && range >= RANGE_BUCKETS * resolution && (step === 0 || step >= resolution))
			return { tier, column };
	}
	return null;
}
