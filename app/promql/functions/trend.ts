import { failed } from '../errors.ts';
import { formatGeneral } from '../labels/general-number.ts';
import { isInfinite, KahanSum } from './kahan-sum.ts';
import type { RangeFunction, Window } from './window.ts';

const sumX = new KahanSum();
const sumY = new KahanSum();
const sumXY = new KahanSum();
const sumX2 = new KahanSum();
const line = { slope: 0, intercept: 0 };

/** Least squares; the intercept is the line's value at `zero`, ms. The result lies in `line`. */
function fitLine(w: Window, zero: number): typeof line {
	const { timestamps, values, low, high } = w;
	const first = values[low]!;
	let constant = true;
	for (const s of [sumX, sumY, sumXY, sumX2]) s.reset();
	for (let i = low; i < high; i++) {
		const y = values[i]!;
		if (i > low && y !== first) constant = false;
		const x = (timestamps[i]! - zero) / 1000;
		sumX.add(x);
		sumY.add(y);
		sumXY.add(x * y);
		sumX2.add(x * x);
	}
	if (constant) {
		line.slope = isInfinite(first) ? Number.NaN : 0;
		line.intercept = isInfinite(first) ? Number.NaN : first;
		return line;
	}
	const n = high - low;
	const x = sumX.total;
	const y = sumY.total;
	const covariance = sumXY.total - (x * y) / n;
	const variance = sumX2.total - (x * x) / n;
	line.slope = covariance / variance;
	line.intercept = y / n - (line.slope * x) / n;
	return line;
}

function deriv(w: Window): boolean {
	if (w.length < 2) return false;
	return w.answer(fitLine(w, w.timestamps[w.low]!).slope);
}

function predictLinear(w: Window): boolean {
	if (w.length < 2) return false;
	const { slope, intercept } = fitLine(w, w.time);
	return w.answer(slope * w.scalars[0]! + intercept);
}

/** Holt's linear smoothing: a level and a trend, each with a factor between 0 and 1. */
function doubleExponentialSmoothing(w: Window): boolean {
	const [smoothing, trendFactor] = w.scalars as [number, number];
	checkFactor('smoothing', 'sf', smoothing);
	checkFactor('trend', 'tf', trendFactor);
	const { values, low, high } = w;
	if (w.length < 2) return false;
	let before = 0;
	let level = values[low]!;
	let trend = values[low + 1]! - values[low]!;
	for (let i = low + 1; i < high; i++) {
		const x = smoothing * values[i]!;
		if (i > low + 1) trend = trendFactor * (level - before) + (1 - trendFactor) * trend;
		const y = (1 - smoothing) * (level + trend);
		before = level;
		level = x + y;
	}
	return w.answer(level);
}

function checkFactor(name: string, letter: string, value: number): void {
	if (!(value <= 0 || value >= 1)) return;
	throw failed(`invalid ${name} factor. Expected: 0 < ${letter} < 1, got: ${value.toFixed(6)}`);
}

const area = new KahanSum();
const pair = new KahanSum();

/** The area under a series; the strategy says which of two samples counts in between: left 0, right 1, both 2. */
function integral(w: Window): boolean {
	let strategy = w.scalars[0] ?? 2;
	if (strategy !== 0 && strategy !== 1 && strategy !== 2) {
		w.warn(`strategy should be 0, 1, or 2 (default), using 2, got ${formatGeneral(strategy)}`, 1);
		strategy = 2;
	}
	area.reset();
	for (let i = w.low + 1; i < w.high; i++) {
		const left = zeroForNaN(w.values[i - 1]!);
		const right = zeroForNaN(w.values[i]!);
		pair.reset(strategy === 0 ? left : right);
		if (strategy === 2) average(left, right);
		if (pair.sum === 0 && pair.compensation === 0) continue;
		const width = (w.timestamps[i]! - w.timestamps[i - 1]!) / 1000;
		area.compensation += pair.compensation * width;
		area.add(pair.sum * width);
	}
	return w.answer(area.finiteTotal);
}

/** The mean of two into `pair`, without overflow. */
function average(left: number, right: number): void {
	pair.reset(left);
	pair.add(right);
	if (isInfinite(pair.sum) && !isInfinite(left) && !isInfinite(right)) {
		pair.reset(left / 2);
		pair.add(right / 2);
	} else {
		pair.reset(pair.sum / 2, pair.compensation / 2);
	}
}

function zeroForNaN(x: number): number {
	return Number.isNaN(x) ? 0 : x;
}

export const TREND_FUNCTIONS: Record<string, RangeFunction> = {
	deriv,
	predict_linear: predictLinear,
	double_exponential_smoothing: doubleExponentialSmoothing,
	integral,
};
