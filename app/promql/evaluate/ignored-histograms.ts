import type { Span } from '../parser/parse-error.ts';
import type { Evaluator } from './evaluator.ts';
import { ABSENT, HISTOGRAM, type Vector } from './vector.ts';

/**
 * Takes histograms out of what an aggregation of floats is about, and says so if that is about anything at their steps.
 * Changes the vector.
 */
export function withoutHistograms(
	evaluator: Evaluator,
	vector: Vector,
	aggregation: string,
	span: Span,
	isAbout: (step: number) => boolean = () => true,
): void {
	if (vector.histograms.length === 0) return;
	let found = false;
	for (let row = 0; row < vector.rows; row++) {
		for (let step = 0, cell = row * vector.steps; step < vector.steps; step++, cell++) {
			if (vector.kinds[cell] !== HISTOGRAM) continue;
			vector.kinds[cell] = ABSENT;
			found ||= isAbout(step);
		}
	}
	if (found) evaluator.evaluation.annotations.inform(`ignored histogram in ${aggregation} aggregation`, span);
}
