import { ignoredInRange } from '../histograms/notes.ts';
import { HISTOGRAM_OVER_TIME_FUNCTIONS } from './histogram-over-time.ts';
import { HISTOGRAM_RATE_FUNCTIONS } from './histogram-rate.ts';
import type { HistogramRangeFunction } from './histogram-window.ts';
import type { RangeFunction } from './window.ts';

const WITH_HISTOGRAMS: Readonly<Record<string, HistogramRangeFunction>> = {
	...HISTOGRAM_RATE_FUNCTIONS,
	...HISTOGRAM_OVER_TIME_FUNCTIONS,
};

/** These say nothing of a single float. */
const FITTED: ReadonlySet<string> = new Set(['deriv', 'predict_linear', 'double_exponential_smoothing']);

/** What a function does where there are histograms; most look only at the floats beside them, and say so. */
export function histogramRangeFunction(name: string, plain: RangeFunction): HistogramRangeFunction {
	const known = WITH_HISTOGRAMS[name];
	if (known) return known;
	return (w) => {
		if (w.floats.length === 0) return FITTED.has(name) && plain(w.floats);
		w.inform(ignoredInRange(w.metric), 0);
		return plain(w.floats);
	};
}
