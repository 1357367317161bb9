import { nodeAt } from './tree-layout';

// Now beside the base, after `sumUp`: windows of different lengths are compared by shares of their totals.

/** What makes values of the base as large as those of now; 1 where one side has nothing. */
export function baseFactor(): f64 {
	return isComparable() ? nodeAt(0).total / nodeAt(0).baseTotal : 1;
}

/** True when both sides have something. */
export function isComparable(): bool {
	return nodeAt(0).total > 0 && nodeAt(0).baseTotal > 0;
}

/** The change of a share, -1 to 1; both sides must have something. */
export function changeOf(total: f64, baseTotal: f64): f64 {
	return total / nodeAt(0).total - baseTotal / nodeAt(0).baseTotal;
}
