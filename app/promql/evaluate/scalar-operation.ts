import { type Binary, isComparison } from '../parser/ast.ts';
import { arithmeticOf, comparisonOf } from './arithmetic.ts';
import type { Evaluator } from './evaluator.ts';
import { mergeRows, withoutNames } from './merge-rows.ts';
import { ABSENT, type Vector } from './vector.ts';

/** An operator between a vector and a scalar; `swapped` when the scalar stands on the left. Changes the vector. */
export function scalarOperation(
	evaluator: Evaluator,
	e: Binary,
	vector: Vector,
	scalar: Float64Array,
	swapped: boolean,
	delayedNames: boolean,
): Vector {
	const { values, kinds, steps } = vector;
	const arithmetic = arithmeticOf(e.op);
	const comparison = comparisonOf(e.op);
	for (let row = 0; row < vector.rows; row++) {
		for (let step = 0, cell = row * steps; step < steps; step++, cell++) {
			if (kinds[cell] === ABSENT) continue;
			const x = swapped ? scalar[step]! : values[cell]!;
			const y = swapped ? values[cell]! : scalar[step]!;
			if (arithmetic) values[cell] = arithmetic(x, y);
			else if (!comparison) {
				noteNoHistogram(evaluator, e);
				kinds[cell] = ABSENT;
			} else if (e.bool) values[cell] = comparison(x, y) ? 1 : 0;
			else if (!comparison(x, y)) kinds[cell] = ABSENT;
		}
	}
	if (isComparison(e.op) && !e.bool) return delayedNames ? vector : mergeRows(vector);
	return comparison || arithmetic ? withoutNames(vector, delayedNames) : vector;
}

/** `</` and `>/` cut histograms, and here are floats. */
export function noteNoHistogram(evaluator: Evaluator, e: Binary): void {
	const what = 'incompatible sample types encountered for binary operator';
	evaluator.evaluation.annotations.inform(`${what} ${JSON.stringify(e.op)}: float ${e.op} float`, e.span);
}
