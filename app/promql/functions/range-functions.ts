import { OVER_TIME_FUNCTIONS } from './over-time.ts';
import { RATE_FUNCTIONS } from './rate.ts';
import { TREND_FUNCTIONS } from './trend.ts';
import type { RangeFunction } from './window.ts';

/** Every function over a range vector, by name. */
export const RANGE_FUNCTIONS: Readonly<Record<string, RangeFunction>> = {
	...RATE_FUNCTIONS,
	...OVER_TIME_FUNCTIONS,
	...TREND_FUNCTIONS,
};

/** These answer with a sample as it is, so the metric keeps its name. */
export const KEEPS_NAME: ReadonlySet<string> = new Set(['first_over_time', 'last_over_time']);
