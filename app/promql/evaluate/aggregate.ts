import { failed } from '../errors.ts';
import { FOLDS } from '../functions/folds.ts';
import { invalidQuantile } from '../functions/over-time.ts';
import { quantileOf } from '../functions/quantile.ts';
import type { Aggregation } from '../parser/ast.ts';
import { countValues } from './count-values.ts';
import type { Evaluator } from './evaluator.ts';
import { addGroup, Grouping, groupRows, type RowGroup } from './grouping.ts';
import { withoutHistograms } from './ignored-histograms.ts';
import { foldMixed } from './mixed-fold.ts';
import { parameterRange } from './parameter-range.ts';
import { rankRows } from './rank.ts';
import { ABSENT, type Vector } from './vector.ts';

const FLOATS_ONLY: ReadonlySet<string> = new Set(['min', 'max', 'stddev', 'stdvar', 'quantile']);

/** An aggregation at all steps, group by group. */
export async function aggregate(evaluator: Evaluator, e: Aggregation): Promise<Vector> {
	if (e.op === 'count_values') return countValues(evaluator, e, await evaluator.vector(e.inner));
	const parameter = e.parameter ? await evaluator.scalar(e.parameter) : undefined;
	const input = await evaluator.vector(e.inner);
	if (FLOATS_ONLY.has(e.op)) withoutHistograms(evaluator, input, e.op, e.inner.span);
	const groups = groupRows(input, new Grouping(e));
	switch (e.op) {
		case 'topk':
		case 'bottomk':
		case 'limitk':
		case 'limit_ratio':
			return rankRows(evaluator, e, input, groups, parameter!);
		case 'quantile':
			return quantiles(evaluator, e, input, groups, parameter!);
		case 'sum':
		case 'avg':
			return input.histograms.length > 0
				? foldMixed(evaluator, e, input, groups)
				: folded(evaluator, e, input, groups);
		default:
			return folded(evaluator, e, input, groups);
	}
}

/** Aggregations that take one value after another. */
function folded(evaluator: Evaluator, e: Aggregation, input: Vector, groups: RowGroup[]): Vector {
	const make = FOLDS[e.op];
	if (!make) throw failed(`BUG: ${e.op} is no aggregation`);
	const out = evaluator.newVector(groups.length);
	const { steps, kinds, values } = input;
	const fold = make(steps);
	for (const { labels, rows } of groups) {
		const row = addGroup(out, input, labels, rows);
		fold.reset();
		for (const from of rows) fold.add(values, kinds, from * steps);
		fold.write(out.values, out.kinds, row * steps);
	}
	return out;
}

function quantiles(
	evaluator: Evaluator,
	e: Aggregation,
	input: Vector,
	groups: RowGroup[],
	parameter: Float64Array,
): Vector {
	warnOfQuantiles(evaluator, e, parameter);
	const out = evaluator.newVector(groups.length);
	const { steps, kinds, values } = input;
	const scratch = new Float64Array(groups.reduce((most, { rows }) => Math.max(most, rows.length), 0));
	for (const { labels, rows } of groups) {
		const row = addGroup(out, input, labels, rows);
		for (let step = 0; step < steps; step++) {
			let n = 0;
			for (const from of rows) {
				const cell = from * steps + step;
				if (kinds[cell] !== ABSENT) scratch[n++] = values[cell]!;
			}
			if (n > 0) out.set(row, step, quantileOf(parameter[step]!, scratch, n));
		}
	}
	return out;
}

/** One warning for each way in which a quantile can be none, as Prometheus gives them. */
function warnOfQuantiles(evaluator: Evaluator, e: Aggregation, parameter: Float64Array): void {
	const { annotations } = evaluator.evaluation;
	const { min, max, hasNaN } = parameterRange(e, parameter);
	const span = e.parameter!.span;
	if (hasNaN) annotations.warn(invalidQuantile(Number.NaN), span);
	if (max > 1) annotations.warn(invalidQuantile(max), span);
	if (min < 0) annotations.warn(invalidQuantile(min), span);
}
