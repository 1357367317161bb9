import type { Labels } from '../../telemetry/labels.ts';
import { failed } from '../errors.ts';
import { RANGE_FUNCTIONS } from '../functions/range-functions.ts';
import { sampleSize } from '../histograms/histogram.ts';
import { scale } from '../histograms/scale.ts';
import {
	type Call,
	type Expression,
	isSetOperator,
	type Subquery,
	typeOf,
	type VectorSelector,
} from '../parser/ast.ts';
import type { SeriesSource } from '../source.ts';
import { absentLabels, absentOverTime } from './absent.ts';
import { aggregate } from './aggregate.ts';
import type { Annotations } from './annotations.ts';
import { arithmeticOf, comparisonOf } from './arithmetic.ts';
import type { Budget } from './budget.ts';
import { milliseconds } from './duration-units.ts';
import { movesOfRange } from './histogram-stats.ts';
import { selectInstants } from './instant-selector.ts';
import { withoutNames } from './merge-rows.ts';
import { callOverRanges, type RangeArgument } from './range-call.ts';
import { rangesOfVector, withoutStaleMarkers } from './range-columns.ts';
import { scalarOperation } from './scalar-operation.ts';
import type { Selected, Windows } from './selection.ts';
import { setOperation } from './set-operation.ts';
import { selectSmoothed } from './smoothed-selector.ts';
import { FLOAT, type Grid, gridBetween, type Value, Vector } from './vector.ts';
import { callOverVectors } from './vector-call.ts';
import { vectorOperation } from './vector-operation.ts';

/** What an evaluation is about, the same for all its grids. */
export interface Evaluation {
	source: SeriesSource;
	signal: AbortSignal | undefined;
	selected: Selected;
	/** Those of which counts and sums of histograms are enough. */
	stats: ReadonlySet<VectorSelector>;
	windows: Windows;
	delayedNames: boolean;
	budget: Budget;
	annotations: Annotations;
}

/** Evaluates expressions at all steps of a grid at once, series by series. */
export class Evaluator {
	readonly evaluation: Evaluation;
	readonly grid: Grid;

	constructor(evaluation: Evaluation, grid: Grid) {
		this.evaluation = evaluation;
		this.grid = grid;
	}

	async evaluate(e: Expression): Promise<Value> {
		const { budget } = this.evaluation;
		budget.check();
		if (typeOf(e) === 'scalar') budget.takeSamples(this.grid.count);
		switch (e.kind) {
			case 'number':
				return { kind: 'scalar', values: new Float64Array(this.grid.count).fill(e.value) };
			case 'string':
				return { kind: 'string', value: e.value };
			case 'parenthesis':
				return this.evaluate(e.inner);
			case 'step-invariant':
				return this.#invariant(e.inner);
			case 'selector':
				return { kind: 'vector', vector: await this.#instants(e) };
			case 'unary':
				return e.op === '+' ? this.evaluate(e.inner) : this.#negated(await this.evaluate(e.inner));
			case 'binary':
				return this.#binary(e);
			case 'aggregation':
				return { kind: 'vector', vector: await aggregate(this, e) };
			case 'call':
				return this.#call(e);
			default:
				throw failed(`BUG: a ${e.kind} is no value at steps`);
		}
	}

	async vector(e: Expression): Promise<Vector> {
		const value = await this.evaluate(e);
		if (value.kind !== 'vector') throw failed(`BUG: a ${value.kind} is no vector`);
		return value.vector;
	}

	async scalar(e: Expression): Promise<Float64Array> {
		const value = await this.evaluate(e);
		if (value.kind !== 'scalar') throw failed(`BUG: a ${value.kind} is no scalar`);
		return value.values;
	}

	/** The time of a step, ms. */
	timeOf(step: number): number {
		return this.grid.start + step * this.grid.step;
	}

	/** A new vector, counted. */
	newVector(rows: number): Vector {
		this.evaluation.budget.takeSamples(rows * this.grid.count);
		return new Vector(this.grid.count, rows);
	}

	#instants(e: Expression & { kind: 'selector' }): Promise<Vector> {
		const { selected, windows, budget, annotations } = this.evaluation;
		const columns = selected.get(e)!;
		const stats = this.evaluation.stats.has(e);
		const { grid } = this;
		if (e.smoothed) return selectSmoothed(e, columns, grid, windows, budget, annotations, stats);
		return selectInstants({ selector: e, columns, grid, windows, budget, stats });
	}

	/** Once at the first step, and the same for all others. */
	async #invariant(e: Expression): Promise<Value> {
		const first = new Evaluator(this.evaluation, {
			...this.grid,
			end: this.grid.start,
			count: Math.min(1, this.grid.count),
		});
		const value = await first.evaluate(e);
		if (value.kind === 'string' || this.grid.count <= 1) return value;
		const { count } = this.grid;
		if (value.kind === 'scalar')
			return { kind: 'scalar', values: new Float64Array(count).fill(value.values[0]!) };
		const one = value.vector;
		const all = this.newVector(one.rows);
		for (const h of one.histograms) all.histograms.push(h);
		for (let row = 0; row < one.rows; row++) {
			all.addRow(one.labels[row]!, one.dropNames[row]);
			if (!one.has(row, 0)) continue;
			const h = one.histogramAt(row, 0);
			if (h) this.evaluation.budget.takeSamples(sampleSize(h) * (count - 1));
			all.values.fill(one.get(row, 0), row * count, (row + 1) * count);
			all.kinds.fill(one.kinds[row]!, row * count, (row + 1) * count);
		}
		return { kind: 'vector', vector: all };
	}

	#negated(value: Value): Value {
		if (value.kind === 'string') return value;
		if (value.kind === 'scalar') return { kind: 'scalar', values: value.values.map((x) => -x) };
		const { values, kinds, histograms } = value.vector;
		for (let cell = 0; cell < values.length; cell++) if (kinds[cell] === FLOAT) values[cell] = -values[cell]!;
		for (const [i, h] of histograms.entries()) histograms[i] = scale(h, -1);
		return { kind: 'vector', vector: withoutNames(value.vector, this.evaluation.delayedNames) };
	}

	async #binary(e: Expression & { kind: 'binary' }): Promise<Value> {
		const left = await this.evaluate(e.left);
		const right = await this.evaluate(e.right);
		if (left.kind === 'string' || right.kind === 'string') throw failed('BUG: an operator on a string');
		if (left.kind === 'scalar' && right.kind === 'scalar') {
			return { kind: 'scalar', values: scalars(e, left.values, right.values) };
		}
		const { delayedNames } = this.evaluation;
		if (left.kind === 'vector' && right.kind === 'scalar') {
			return {
				kind: 'vector',
				vector: scalarOperation(this, e, left.vector, right.values, false, delayedNames),
			};
		}
		if (left.kind === 'scalar' && right.kind === 'vector') {
			return {
				kind: 'vector',
				vector: scalarOperation(this, e, right.vector, left.values, true, delayedNames),
			};
		}
		if (left.kind !== 'vector' || right.kind !== 'vector') throw failed('BUG: operands of no kind');
		const operation = isSetOperator(e.op) ? setOperation : vectorOperation;
		return { kind: 'vector', vector: operation(this, e, left.vector, right.vector) };
	}

	async #call(e: Call): Promise<Value> {
		const { name } = e.fn;
		if (name === 'timestamp' && e.args[0]!.kind === 'selector') {
			const { selected, windows, budget, delayedNames } = this.evaluation;
			const selector = e.args[0]!;
			const columns = selected.get(selector)!;
			const { grid } = this;
			const times = await selectInstants({ selector, columns, grid, windows, budget, taken: 'time' });
			return { kind: 'vector', vector: withoutNames(times, delayedNames) };
		}
		if (!RANGE_FUNCTIONS[name]) return callOverVectors(this, e);
		const at = e.args.findIndex((arg) => arg.kind === 'matrix' || arg.kind === 'subquery');
		const range = await this.#range(e.args[at]!);
		const others: Float64Array[] = [];
		for (const [i, arg] of e.args.entries()) if (i !== at) others.push(await this.scalar(arg));
		const context = { ...this.evaluation, grid: this.grid };
		const vector = await callOverRanges(e, range, others, context);
		if (name !== 'absent_over_time') return { kind: 'vector', vector };
		const labels: Labels = absentLabels(e.args[at]!);
		return { kind: 'vector', vector: absentOverTime(this, vector, labels) };
	}

	async #range(e: Expression): Promise<RangeArgument> {
		if (e.kind === 'matrix') {
			const { selector, range } = e;
			const { windows } = this.evaluation;
			const moves = this.evaluation.stats.has(selector)
				? movesOfRange(e, this.grid, windows.lookback)
				: undefined;
			const series = withoutStaleMarkers(this.evaluation.selected.get(selector)!, moves);
			const argument: RangeArgument = { series, modifiers: selector, range };
			if (selector.anchored || selector.smoothed)
				argument.reach = selector.anchored ? 'anchored' : 'smoothed';
			return argument;
		}
		if (e.kind !== 'subquery') throw failed(`BUG: a ${e.kind} is no range vector`);
		const { vector, grid } = await this.subquery(e);
		this.evaluation.budget.takeSamples(vector.rows * vector.steps);
		return { series: rangesOfVector(vector, grid), modifiers: e, range: e.range };
	}

	/** A subquery at all of its own steps that any step here needs; those are multiples of its step. */
	async subquery(e: Subquery): Promise<{ vector: Vector; grid: Grid }> {
		const step = e.step === 0 ? this.evaluation.windows.defaultStep : Math.max(1, milliseconds(e.step));
		const offset = milliseconds(e.offset);
		const first = (e.at ?? this.grid.start) - offset;
		const last = (e.at ?? this.timeOf(this.grid.count - 1)) - offset;
		const from = first - milliseconds(e.range);
		let start = step * Math.trunc(from / step);
		if (start <= from) start += step;
		const grid = gridBetween(start, last, step);
		if (grid.count === 0) return { vector: new Vector(0), grid };
		const vector = await new Evaluator(this.evaluation, grid).vector(e.inner);
		return { vector, grid };
	}
}

function scalars(e: Expression & { kind: 'binary' }, left: Float64Array, right: Float64Array): Float64Array {
	const arithmetic = arithmeticOf(e.op);
	if (arithmetic) return left.map((x, step) => arithmetic(x, right[step]!));
	const comparison = comparisonOf(e.op);
	if (!comparison) throw failed(`operator ${JSON.stringify(e.op)} not allowed for Scalar operations`);
	return left.map((x, step) => (comparison(x, right[step]!) ? 1 : 0));
}
