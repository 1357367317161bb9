import { failed } from '../errors.ts';
import { CALENDAR, ELEMENTWISE } from '../functions/elementwise.ts';
import type { Histogram } from '../histograms/histogram.ts';
import { histogramVariance } from '../histograms/variance.ts';
import type { Call } from '../parser/ast.ts';
import { absentLabels, absentOverTime } from './absent.ts';
import { maxOf, minOf } from './arithmetic.ts';
import type { Evaluator } from './evaluator.ts';
import { histogramFraction, histogramQuantile, histogramQuantiles } from './histogram-call.ts';
import { addInfo } from './info-call.ts';
import { joinLabels, replaceLabel } from './label-call.ts';
import { withoutNames } from './merge-rows.ts';
import { sortByLabels, sortByValue } from './sort-call.ts';
import { ABSENT, FLOAT, HISTOGRAM, type Value, Vector } from './vector.ts';

type VectorFunction = (evaluator: Evaluator, call: Call) => Promise<Value>;

const vectorOf = (vector: Vector): Value => ({ kind: 'vector', vector });
const scalarOf = (values: Float64Array): Value => ({ kind: 'scalar', values });

/** Applies a function to every float; histograms are left out, and the metric is then another one. Changes the vector. */
function mapped(evaluator: Evaluator, vector: Vector, fn: (x: number, step: number) => number): Value {
	const { values, kinds, steps } = vector;
	for (let row = 0; row < vector.rows; row++) {
		for (let step = 0, cell = row * steps; step < steps; step++, cell++) {
			if (kinds[cell] === FLOAT) values[cell] = fn(values[cell]!, step);
			else kinds[cell] = ABSENT;
		}
	}
	return vectorOf(withoutNames(vector, evaluator.evaluation.delayedNames));
}

/** A float of every histogram; floats are left out. */
function ofHistograms(fn: (h: Histogram) => number): VectorFunction {
	return async (evaluator, call) => {
		const vector = await evaluator.vector(call.args[0]!);
		const { values, kinds } = vector;
		for (let cell = 0; cell < vector.rows * vector.steps; cell++) {
			if (kinds[cell] === HISTOGRAM) {
				values[cell] = fn(vector.histograms[values[cell]!]!);
				kinds[cell] = FLOAT;
			} else kinds[cell] = ABSENT;
		}
		return vectorOf(withoutNames(vector, evaluator.evaluation.delayedNames));
	};
}

/** The time of its step for every sample of any kind, s. */
async function timestamp(evaluator: Evaluator, call: Call): Promise<Value> {
	const vector = await evaluator.vector(call.args[0]!);
	for (let row = 0; row < vector.rows; row++) {
		for (let step = 0; step < vector.steps; step++) {
			if (vector.has(row, step)) vector.set(row, step, evaluator.timeOf(step) / 1000);
		}
	}
	return vectorOf(withoutNames(vector, evaluator.evaluation.delayedNames));
}

function elementwise(fn: (x: number) => number): VectorFunction {
	return async (evaluator, call) => mapped(evaluator, await evaluator.vector(call.args[0]!), fn);
}

/** Without an argument the time of the step, in whole seconds. */
function calendar(fn: (seconds: number) => number): VectorFunction {
	return async (evaluator, call) => {
		if (call.args[0]) return mapped(evaluator, await evaluator.vector(call.args[0]), fn);
		return vectorOf(
			oneRow(
				evaluator,
				times(evaluator).map((s) => fn(Math.trunc(s))),
			),
		);
	};
}

/** Times of the steps, s. */
function times(evaluator: Evaluator): Float64Array {
	const out = new Float64Array(evaluator.grid.count);
	for (let step = 0; step < out.length; step++) out[step] = evaluator.timeOf(step) / 1000;
	return out;
}

function oneRow(evaluator: Evaluator, values: Float64Array): Vector {
	const out = evaluator.newVector(1);
	out.addRow({});
	for (const [step, value] of values.entries()) out.set(0, step, value);
	return out;
}

async function clamp(evaluator: Evaluator, call: Call, low?: number, high?: number): Promise<Value> {
	const vector = await evaluator.vector(call.args[0]!);
	const lows = low === undefined ? undefined : await evaluator.scalar(call.args[low]!);
	const highs = high === undefined ? undefined : await evaluator.scalar(call.args[high]!);
	const least = (step: number) => lows?.[step] ?? Number.NEGATIVE_INFINITY;
	const most = (step: number) => highs?.[step] ?? Number.POSITIVE_INFINITY;
	for (let step = 0; step < vector.steps; step++) {
		if (!(most(step) < least(step))) continue;
		for (let row = 0; row < vector.rows; row++) vector.kinds[row * vector.steps + step] = ABSENT;
	}
	return mapped(evaluator, vector, (x, step) => maxOf(least(step), minOf(most(step), x)));
}

async function round(evaluator: Evaluator, call: Call): Promise<Value> {
	const vector = await evaluator.vector(call.args[0]!);
	const nearest = call.args[1] ? await evaluator.scalar(call.args[1]) : undefined;
	// Multiplied by the inverse, which is exact for 0.1 and the like more often than division.
	return mapped(evaluator, vector, (x, step) => {
		const inverse = 1 / (nearest?.[step] ?? 1);
		return Math.floor(x * inverse + 0.5) / inverse;
	});
}

/** The value of the only row at each step. */
async function scalar(evaluator: Evaluator, call: Call): Promise<Value> {
	const vector = await evaluator.vector(call.args[0]!);
	const out = new Float64Array(vector.steps).fill(Number.NaN);
	for (let step = 0; step < vector.steps; step++) {
		let found = 0;
		for (let row = 0; row < vector.rows; row++) {
			if (!vector.hasFloat(row, step)) continue;
			out[step] = ++found === 1 ? vector.get(row, step) : Number.NaN;
		}
	}
	return scalarOf(out);
}

async function absent(evaluator: Evaluator, call: Call): Promise<Value> {
	const vector = await evaluator.vector(call.args[0]!);
	const out = absentOverTime(evaluator, vector, absentLabels(call.args[0]!));
	out.dropNames.fill(false);
	return vectorOf(out);
}

/** Of two scalars. */
function chosen(choose: (x: number, y: number) => number): VectorFunction {
	return async (evaluator, call) => {
		const left = await evaluator.scalar(call.args[0]!);
		const right = await evaluator.scalar(call.args[1]!);
		return scalarOf(left.map((x, step) => choose(x, right[step]!)));
	};
}

/** Samples have no start timestamps here. */
const nothing: VectorFunction = async (evaluator, call) => {
	await evaluator.vector(call.args[0]!);
	return vectorOf(new Vector(evaluator.grid.count));
};

const entries = (table: Readonly<Record<string, (x: number) => number>>, make: typeof elementwise) =>
	Object.fromEntries(Object.entries(table).map(([name, fn]) => [name, make(fn)]));

const FUNCTIONS: Readonly<Record<string, VectorFunction>> = {
	...entries(ELEMENTWISE, elementwise),
	...entries(CALENDAR, calendar),
	absent,
	clamp: (evaluator, call) => clamp(evaluator, call, 1, 2),
	clamp_min: (evaluator, call) => clamp(evaluator, call, 1),
	clamp_max: (evaluator, call) => clamp(evaluator, call, undefined, 1),
	histogram_avg: ofHistograms((h) => h.sum / h.count),
	histogram_count: ofHistograms((h) => h.count),
	histogram_fraction: async (evaluator, call) => vectorOf(await histogramFraction(evaluator, call)),
	histogram_quantile: async (evaluator, call) => vectorOf(await histogramQuantile(evaluator, call)),
	histogram_quantiles: async (evaluator, call) => vectorOf(await histogramQuantiles(evaluator, call)),
	histogram_stddev: ofHistograms((h) => Math.sqrt(histogramVariance(h))),
	histogram_stdvar: ofHistograms(histogramVariance),
	histogram_sum: ofHistograms((h) => h.sum),
	info: async (evaluator, call) => vectorOf(await addInfo(evaluator, call)),
	label_join: async (evaluator, call) => vectorOf(await joinLabels(evaluator, call)),
	label_replace: async (evaluator, call) => vectorOf(await replaceLabel(evaluator, call)),
	max_of: chosen(maxOf),
	min_of: chosen(minOf),
	pi: async (evaluator) => scalarOf(new Float64Array(evaluator.grid.count).fill(Math.PI)),
	round,
	scalar,
	sort: async (evaluator, call) => vectorOf(await sortByValue(evaluator, call, false)),
	sort_by_label: async (evaluator, call) => vectorOf(await sortByLabels(evaluator, call, false)),
	sort_by_label_desc: async (evaluator, call) => vectorOf(await sortByLabels(evaluator, call, true)),
	sort_desc: async (evaluator, call) => vectorOf(await sortByValue(evaluator, call, true)),
	start_timestamp: nothing,
	time: async (evaluator) => scalarOf(times(evaluator)),
	timestamp,
	vector: async (evaluator, call) => vectorOf(oneRow(evaluator, await evaluator.scalar(call.args[0]!))),
};

/** Calls a function that takes no range vector. */
export function callOverVectors(evaluator: Evaluator, call: Call): Promise<Value> {
	const fn = FUNCTIONS[call.fn.name];
	if (!fn) throw failed(`function ${JSON.stringify(call.fn.name)} is not supported`);
	return fn(evaluator, call);
}
