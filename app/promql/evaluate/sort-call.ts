import { compareLabels, labelOf } from '../labels/label-set.ts';
import { naturallyBefore } from '../labels/natural-order.ts';
import type { Call } from '../parser/ast.ts';
import type { Evaluator } from './evaluator.ts';
import { ABSENT, FLOAT, Vector } from './vector.ts';

/** sort and sort_desc: floats by value, NaN last. Only an instant query has an order. */
export async function sortByValue(evaluator: Evaluator, call: Call, descending: boolean): Promise<Vector> {
	const vector = await evaluator.vector(call.args[0]!);
	for (let cell = 0; cell < vector.kinds.length; cell++)
		if (vector.kinds[cell] !== FLOAT) vector.kinds[cell] = ABSENT;
	if (warned(evaluator, call)) return vector;
	return reordered(vector, (a, b) => {
		const x = vector.get(a, 0);
		const y = vector.get(b, 0);
		if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(x)) - Number(Number.isNaN(y));
		if (x === y) return 0;
		return x < y === descending ? 1 : -1;
	});
}

/** sort_by_label and sort_by_label_desc: by the values of labels, numbers in them as numbers. */
export async function sortByLabels(evaluator: Evaluator, call: Call, descending: boolean): Promise<Vector> {
	const vector = await evaluator.vector(call.args[0]!);
	const names = call.args.slice(1).map((arg) => (arg.kind === 'string' ? arg.value : ''));
	if (warned(evaluator, call)) return vector;
	const sign = descending ? -1 : 1;
	return reordered(vector, (a, b) => {
		const left = vector.labels[a]!;
		const right = vector.labels[b]!;
		for (const name of names) {
			const x = labelOf(left, name) ?? '';
			const y = labelOf(right, name) ?? '';
			if (x !== y) return sign * (naturallyBefore(x, y) ? -1 : 1);
		}
		return sign * compareLabels(left, right);
	});
}

/** Says that a range query keeps no order; true for one. */
function warned(evaluator: Evaluator, call: Call): boolean {
	if (evaluator.grid.start === evaluator.grid.end) return false;
	const what = 'sort is ineffective for range queries since results are always ordered by labels';
	evaluator.evaluation.annotations.warn(what, call.span);
	return true;
}

function reordered(vector: Vector, compare: (a: number, b: number) => number): Vector {
	const rows = [...vector.labels.keys()].filter((row) => vector.has(row, 0)).sort(compare);
	const out = new Vector(1, rows.length);
	for (const row of rows) out.copy(out.addRow(vector.labels[row]!, vector.dropNames[row]), 0, vector, row);
	return out;
}
