import type { Expression, VectorSelector } from '../parser/ast.ts';

/** These look at count and sum of histograms at most. */
const STATS: ReadonlySet<string> = new Set([
	...['histogram_count', 'histogram_sum', 'histogram_avg', 'timestamp', 'start_timestamp', 'absent'],
]);
/** Whatever stands around these, they look at buckets. */
const BUCKETS: ReadonlySet<string> = new Set([
	...['histogram_quantile', 'histogram_quantiles', 'histogram_fraction', 'histogram_stddev'],
	...['histogram_stdvar', 'changes', 'count_values', '</', '>/', '==', '!='],
]);

/**
 * Selectors of which only counts and sums of histograms matter. Prometheus leaves their buckets out, which shows: bounds
 * that differ need not be reconciled, and each histogram says whether it is a reset since the one read before.
 */
export function selectorsOfStats(e: Expression): ReadonlySet<VectorSelector> {
	const found = new Set<VectorSelector>();
	collect(e, false, found);
	return found;
}

function collect(e: Expression, stats: boolean, to: Set<VectorSelector>): void {
	switch (e.kind) {
		case 'selector':
			if (stats) to.add(e);
			return;
		case 'matrix':
			if (stats) to.add(e.selector);
			return;
		// Samples between its steps are not seen.
		case 'subquery':
			return;
		case 'binary':
			if (BUCKETS.has(e.op)) return;
			collect(e.left, stats, to);
			collect(e.right, stats, to);
			return;
		case 'call':
			if (BUCKETS.has(e.fn.name)) return;
			for (const arg of e.args) collect(arg, stats || STATS.has(e.fn.name), to);
			return;
		case 'aggregation':
			if (BUCKETS.has(e.op)) return;
			if (e.parameter) collect(e.parameter, stats, to);
			collect(e.inner, stats, to);
			return;
		case 'unary':
		case 'parenthesis':
		case 'step-invariant':
			collect(e.inner, stats, to);
	}
}
