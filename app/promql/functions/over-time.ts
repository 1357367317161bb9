import { formatGeneral } from '../labels/general-number.ts';
import { KahanSum } from './kahan-sum.ts';
import { Mean } from './mean.ts';
import { quantileOf, quantileWithin } from './quantile.ts';
import type { RangeFunction, Window } from './window.ts';

// One of each for all windows: range functions run one after another.
const sum = new KahanSum();
const mean = new Mean();
const deviation = new KahanSum();

function sumOverTime(w: Window): boolean {
	sum.reset();
	for (let i = w.low; i < w.high; i++) sum.add(w.values[i]!);
	return w.answer(sum.finiteTotal);
}

function avgOverTime(w: Window): boolean {
	mean.reset();
	for (let i = w.low; i < w.high; i++) mean.add(w.values[i]!);
	return w.answer(mean.value);
}

/** Index of the sample that no later one beats; NaN is beaten by everything. */
function best(w: Window, beats: (x: number, best: number) => boolean): number {
	let at = w.low;
	for (let i = w.low; i < w.high; i++) {
		const champion = w.values[at]!;
		if (beats(w.values[i]!, champion) || Number.isNaN(champion)) at = i;
	}
	return at;
}

const larger = (x: number, than: number) => x > than;
const smaller = (x: number, than: number) => x < than;

function variance(w: Window): number {
	sum.reset();
	deviation.reset();
	let count = 0;
	for (let i = w.low; i < w.high; i++) {
		const x = w.values[i]!;
		count++;
		const delta = x - sum.total;
		sum.add(delta / count);
		deviation.add(delta * (x - sum.total));
	}
	return deviation.total / count;
}

function quantileOverTime(w: Window): boolean {
	const q = w.scalars[0]!;
	if (!(q >= 0 && q <= 1)) w.warn(invalidQuantile(q), 0);
	return w.answer(quantileWithin(q, w.values, w.low, w.high));
}

export function invalidQuantile(q: number): string {
	return `quantile value should be between 0 and 1, got ${formatGeneral(q)}`;
}

/** Median of the distances from the median. */
function madOverTime(w: Window): boolean {
	const values = w.values.slice(w.low, w.high);
	if (values.some(Number.isNaN)) return w.answer(Number.NaN);
	const median = quantileOf(0.5, values);
	return w.answer(
		quantileOf(
			0.5,
			values.map((x) => Math.abs(x - median)),
		),
	);
}

function changes(w: Window): boolean {
	const { values } = w;
	let n = 0;
	for (let i = w.low + 1; i < w.high; i++) {
		const x = values[i]!;
		const before = values[i - 1]!;
		if (x !== before && !(Number.isNaN(x) && Number.isNaN(before))) n++;
	}
	return w.answer(n);
}

function resets(w: Window): boolean {
	let n = 0;
	for (let i = w.low + 1; i < w.high; i++) if (w.values[i]! < w.values[i - 1]!) n++;
	return w.answer(n);
}

export const OVER_TIME_FUNCTIONS: Record<string, RangeFunction> = {
	sum_over_time: sumOverTime,
	avg_over_time: avgOverTime,
	min_over_time: (w) => w.answer(w.values[best(w, smaller)]!),
	max_over_time: (w) => w.answer(w.values[best(w, larger)]!),
	count_over_time: (w) => w.answer(w.length),
	present_over_time: (w) => w.answer(1),
	absent_over_time: (w) => w.answer(1),
	first_over_time: (w) => w.answer(w.values[w.low]!),
	last_over_time: (w) => w.answer(w.values[w.high - 1]!),
	stdvar_over_time: (w) => w.answer(variance(w)),
	stddev_over_time: (w) => w.answer(Math.sqrt(variance(w))),
	quantile_over_time: quantileOverTime,
	mad_over_time: madOverTime,
	ts_of_first_over_time: (w) => w.answer(w.timestamps[w.low]! / 1000),
	ts_of_last_over_time: (w) => w.answer(w.timestamps[w.high - 1]! / 1000),
	ts_of_min_over_time: (w) => w.answer(w.timestamps[best(w, (x, than) => x <= than)]! / 1000),
	ts_of_max_over_time: (w) => w.answer(w.timestamps[best(w, (x, than) => x >= than)]! / 1000),
	changes,
	resets,
};
