import { type Labels, METRIC_NAME } from '../../telemetry/labels.ts';
import { failed } from '../errors.ts';
import { ClassicHistogram, type Lift } from '../functions/classic-histogram.ts';
import { invalidQuantile } from '../functions/over-time.ts';
import { histogramFraction as nativeFraction } from '../histograms/fraction.ts';
import type { Histogram } from '../histograms/histogram.ts';
import { aboutMetric } from '../histograms/notes.ts';
import { type Estimate, type NaNNote, histogramQuantile as nativeQuantile } from '../histograms/quantile.ts';
import { signatureOf, signatureWithout, withLabel, without } from '../labels/label-set.ts';
import { formatOpenMetrics } from '../labels/open-metrics-number.ts';
import type { Call, Expression } from '../parser/ast.ts';
import { parseFloatText } from '../parser/number.ts';
import { quoteString } from '../parser/quote.ts';
import type { Evaluator } from './evaluator.ts';
import { SAME_LABELS, withoutNames } from './merge-rows.ts';
import { MonotonicityNote } from './monotonicity-note.ts';
import { RowIndex, type Vector } from './vector.ts';

const BUCKET = new Set(['le']);

const NAN_NOTES: Record<Exclude<NaNNote, 'none'>, string> = {
	'quantile-nan': 'input to histogram_quantile has NaN observations, result is NaN',
	'quantile-skewed': 'input to histogram_quantile has NaN observations, result is skewed higher',
	'fraction-without':
		'input to histogram_fraction has NaN observations, which are excluded from all fractions',
};

/** Rows of one classic histogram, by rising bounds. */
interface HistogramRows {
	/** Without `le`. */
	labels: Labels;
	dropName: boolean;
	buckets: { row: number; bound: number }[];
}

/** histogram_quantile of classic and native histograms. */
export async function histogramQuantile(evaluator: Evaluator, call: Call): Promise<Vector> {
	const [q, of] = call.args as [Expression, Expression];
	const quantile = await evaluator.scalar(q);
	const input = await evaluator.vector(of);
	warnOfQuantile(evaluator, q, quantile);
	return overHistograms(evaluator, of, input, quantileOf(quantile));
}

/** histogram_fraction of classic and native histograms. */
export async function histogramFraction(evaluator: Evaluator, call: Call): Promise<Vector> {
	const [low, high, of] = call.args as [Expression, Expression, Expression];
	const lower = await evaluator.scalar(low);
	const upper = await evaluator.scalar(high);
	const input = await evaluator.vector(of);
	return overHistograms(evaluator, of, input, {
		classic: (histogram, step) => histogram.fraction(lower[step]!, upper[step]!),
		native: (histogram, step) => nativeFraction(lower[step]!, upper[step]!, histogram),
	});
}

/** histogram_quantiles: several quantiles at once, each told by a label. */
export async function histogramQuantiles(evaluator: Evaluator, call: Call): Promise<Vector> {
	const [of, label, ...rest] = call.args as [Expression, Expression, ...Expression[]];
	const input = await evaluator.vector(of);
	const quantiles: Float64Array[] = [];
	for (const q of rest) {
		quantiles.push(await evaluator.scalar(q));
		warnOfQuantile(evaluator, q, quantiles.at(-1)!);
	}
	const name = label.kind === 'string' ? label.value : '';
	const out = evaluator.newVector(0);
	const rows = new Map<string, number>();
	for (const quantile of quantiles) {
		const one = overHistograms(evaluator, of, input, quantileOf(quantile));
		for (let row = 0; row < one.rows; row++) {
			for (let step = 0; step < one.steps; step++) {
				if (!one.has(row, step)) continue;
				const labels = withLabel(one.labels[row]!, name, formatOpenMetrics(quantile[step]!));
				const key = signatureWithout(labels, new Set());
				const to = rows.get(key) ?? out.addRow(labels, one.dropNames[row]);
				rows.set(key, to);
				if (out.has(to, step)) throw failed(SAME_LABELS);
				out.set(to, step, one.get(row, step));
			}
		}
	}
	return out;
}

function warnOfQuantile(evaluator: Evaluator, e: Expression, quantile: Float64Array): void {
	for (const q of quantile) {
		if (!(q >= 0 && q <= 1)) evaluator.evaluation.annotations.warn(invalidQuantile(q), e.span);
	}
}

/** What is computed of histograms of both kinds. */
interface Computation {
	classic(histogram: ClassicHistogram, step: number, lifted: (lift: Lift) => void): number;
	native(histogram: Histogram, step: number): Estimate;
}

function quantileOf(quantile: Float64Array): Computation {
	return {
		classic: (histogram, step, lifted) => histogram.quantile(quantile[step]!, lifted),
		native: (histogram, step) => nativeQuantile(quantile[step]!, histogram),
	};
}

/** Where a classic and a native histogram have the same labels at the same step, there is no result. */
function overHistograms(evaluator: Evaluator, e: Expression, input: Vector, compute: Computation): Vector {
	const { annotations, delayedNames } = evaluator.evaluation;
	const out = evaluator.newVector(0);
	const rows = new RowIndex(out);
	const natives = nativeRows(input);
	const classics = classicHistograms(evaluator, e, input);
	evaluator.evaluation.budget.takeSamples((natives.size + classics.size) * out.steps);
	const about = (text: string, labels: Labels) =>
		aboutMetric(text, delayedNames ? (labels[METRIC_NAME] ?? '') : '');
	for (const [key, row] of natives) {
		const labels = input.labels[row]!;
		const to = rows.rowOf(labels, input.dropNames[row]);
		const classic = classics.get(key);
		for (let step = 0; step < input.steps; step++) {
			const histogram = input.histogramAt(row, step);
			if (!histogram) continue;
			if (classic?.buckets.some((bucket) => input.hasFloat(bucket.row, step))) {
				annotations.warn(about('vector contains a mix of classic and native histograms', labels), e.span);
				continue;
			}
			const { value, note } = compute.native(histogram, step);
			out.set(to, step, value);
			if (note !== 'none') annotations.inform(about(NAN_NOTES[note], labels), e.span);
		}
	}
	const histogram = new ClassicHistogram();
	for (const [key, { labels, dropName, buckets }] of classics) {
		const row = rows.rowOf(labels, dropName);
		const native = natives.get(key);
		for (let step = 0; step < input.steps; step++) {
			if (native !== undefined && input.histogramAt(native, step)) continue;
			histogram.clear();
			for (const bucket of buckets) {
				if (input.hasFloat(bucket.row, step)) histogram.add(bucket.bound, input.get(bucket.row, step));
			}
			if (histogram.bounds.length === 0) continue;
			const value = compute.classic(histogram, step, (lift) => {
				const note = new MonotonicityNote(lift, evaluator.timeOf(step));
				const name = delayedNames ? labels[METRIC_NAME] : undefined;
				annotations.inform(MonotonicityNote.message(name), e.span, note);
			});
			out.set(row, step, value);
		}
	}
	return withoutNames(out, delayedNames);
}

/** Rows with native histograms, by their labels. */
function nativeRows(input: Vector): Map<string, number> {
	const rows = new Map<string, number>();
	if (input.histograms.length === 0) return rows;
	for (const [row, labels] of input.labels.entries()) {
		if (input.hasAnyHistogram(row)) rows.set(signatureOf(labels), row);
	}
	return rows;
}

/** Classic histograms by their labels but for `le`. */
function classicHistograms(evaluator: Evaluator, e: Expression, input: Vector): Map<string, HistogramRows> {
	const found = new Map<string, HistogramRows>();
	for (const [row, labels] of input.labels.entries()) {
		if (!input.hasAnyFloat(row)) continue;
		const text = labels.le ?? '';
		const bound = parseFloatText(text);
		if (bound === undefined || Number.isNaN(bound)) {
			noteBadBucket(evaluator, e, labels, text);
			continue;
		}
		const key = signatureWithout(labels, BUCKET);
		let histogram = found.get(key);
		if (!histogram) {
			histogram = { labels: without(labels, BUCKET), dropName: input.dropNames[row]!, buckets: [] };
			found.set(key, histogram);
		}
		histogram.buckets.push({ row, bound });
	}
	for (const { buckets } of found.values())
		buckets.sort((a, b) => (a.bound < b.bound ? -1 : Number(a.bound > b.bound)));
	return found;
}

function noteBadBucket(evaluator: Evaluator, e: Expression, labels: Labels, text: string): void {
	const { annotations, delayedNames } = evaluator.evaluation;
	const name =
		delayedNames && labels[METRIC_NAME] ? ` for metric name ${quoteString(labels[METRIC_NAME])}` : '';
	const what = `bucket label "le" is missing or has a malformed value of ${quoteString(text)}`;
	annotations.warn(`${what}${name}`, e.span);
}
