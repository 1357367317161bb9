import { failed } from '../errors.ts';
import { histogramText } from '../histograms/text.ts';
import { isLabelName, withLabel } from '../labels/label-set.ts';
import type { Aggregation } from '../parser/ast.ts';
import { formatNumber } from '../parser/number.ts';
import { quoteString } from '../parser/quote.ts';
import type { Evaluator } from './evaluator.ts';
import { Grouping } from './grouping.ts';
import { RowIndex, type Vector } from './vector.ts';

/** count_values: a series for each value of a group, with the value as a label. */
export function countValues(evaluator: Evaluator, e: Aggregation, input: Vector): Vector {
	const label = e.parameter?.kind === 'string' ? e.parameter.value : '';
	if (!isLabelName(label)) throw failed(`invalid label name ${quoteString(label)}`);
	const grouping = new Grouping(e, label);
	const out = evaluator.newVector(0);
	const index = new RowIndex(out);
	for (let row = 0; row < input.rows; row++) {
		const rows = new Map<string, number>();
		for (let step = 0; step < input.steps; step++) {
			if (!input.has(row, step)) continue;
			const h = input.histogramAt(row, step);
			const text = h ? histogramText(h) : formatNumber(input.get(row, step));
			let to = rows.get(text);
			if (to === undefined) {
				const before = out.rows;
				to = index.rowOf(grouping.labelsOf(withLabel(input.labels[row]!, label, text)));
				if (out.rows > before) evaluator.evaluation.budget.takeSamples(out.steps);
				rows.set(text, to);
			}
			out.set(to, step, out.has(to, step) ? out.get(to, step) + 1 : 1);
		}
	}
	return out;
}
