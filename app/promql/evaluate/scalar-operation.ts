import { type Binary, isComparison } from '../parser/ast.ts';
import { arithmeticOf, comparisonOf } from './arithmetic.ts';
import type { Evaluator } from './evaluator.ts';
import { OperationNotes, operateOnHistograms } from './histogram-operation.ts';
import { mergeRows, withoutNames } from './merge-rows.ts';
import { ABSENT, HISTOGRAM, type Vector } from './vector.ts';

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
	const notes = new OperationNotes();
	for (let row = 0; row < vector.rows; row++) {
		for (let step = 0, cell = row * steps; step < steps; step++, cell++) {
			if (kinds[cell] === ABSENT) continue;
			const x = swapped ? scalar[step]! : values[cell]!;
			const y = swapped ? values[cell]! : scalar[step]!;
			if (kinds[cell] === HISTOGRAM || !(arithmetic || comparison)) {
				const sample = vector.histogramAt(row, step) ?? values[cell]!;
				const { value, note } = swapped
					? operateOnHistograms(e.op, scalar[step]!, sample)
					: operateOnHistograms(e.op, sample, scalar[step]!);
				if (note) notes.add(step, row, note);
				if (typeof value === 'object') vector.setHistogram(row, step, value);
				else kinds[cell] = ABSENT;
			} else if (arithmetic) values[cell] = arithmetic(x, y);
			else if (e.bool) values[cell] = comparison!(x, y) ? 1 : 0;
			else if (!comparison!(x, y)) kinds[cell] = ABSENT;
		}
	}
	notes.tell(evaluator, e.span);
	evaluator.evaluation.budget.takeSamples(vector.takeSize());
	if (isComparison(e.op) && !e.bool) return delayedNames ? vector : mergeRows(vector);
	return comparison || arithmetic ? withoutNames(vector, delayedNames) : vector;
}
