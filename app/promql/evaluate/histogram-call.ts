import { type Labels, METRIC_NAME } from '../../telemetry/labels.ts';
import { failed } from '../errors.ts';
import { ClassicHistogram, type Lift } from '../functions/classic-histogram.ts';
import { invalidQuantile } from '../functions/over-time.ts';
import { signatureWithout, withLabel, without } from '../labels/label-set.ts';
import { formatOpenMetrics } from '../labels/open-metrics-number.ts';
import type { Call, Expression } from '../parser/ast.ts';
import { parseFloatText } from '../parser/number.ts';
import { quoteString } from '../parser/quote.ts';
import type { Evaluator } from './evaluator.ts';
import { SAME_LABELS, withoutNames } from './merge-rows.ts';
import { MonotonicityNote } from './monotonicity-note.ts';
import { ABSENT, type Vector } from './vector.ts';

const BUCKET = new Set(['le']);

/** Rows of one classic histogram, by rising bounds. */
interface HistogramRows {
	/** Without `le`. */
	labels: Labels;
	dropName: boolean;
	buckets: { row: number; bound: number }[];
}

/** histogram_quantile of classic histograms. */
export async function histogramQuantile(evaluator: Evaluator, call: Call): Promise<Vector> {
	const [q, of] = call.args as [Expression, Expression];
	const quantile = await evaluator.scalar(q);
	const input = await evaluator.vector(of);
	warnOfQuantile(evaluator, q, quantile);
	return overHistograms(evaluator, of, input, (histogram, step, lifted) =>
		histogram.quantile(quantile[step]!, lifted),
	);
}

/** histogram_fraction of classic histograms. */
export async function histogramFraction(evaluator: Evaluator, call: Call): Promise<Vector> {
	const [low, high, of] = call.args as [Expression, Expression, Expression];
	const lower = await evaluator.scalar(low);
	const upper = await evaluator.scalar(high);
	const input = await evaluator.vector(of);
	return overHistograms(evaluator, of, input, (histogram, step) =>
		histogram.fraction(lower[step]!, upper[step]!),
	);
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
		const one = overHistograms(evaluator, of, input, (histogram, step, lifted) =>
			histogram.quantile(quantile[step]!, lifted),
		);
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

function overHistograms(
	evaluator: Evaluator,
	e: Expression,
	input: Vector,
	compute: (histogram: ClassicHistogram, step: number, lifted: (lift: Lift) => void) => number,
): Vector {
	const { annotations, delayedNames } = evaluator.evaluation;
	const histograms = histogramsOf(evaluator, e, input);
	const out = evaluator.newVector(histograms.length);
	const histogram = new ClassicHistogram();
	for (const { labels, dropName, buckets } of histograms) {
		const row = out.addRow(labels, dropName);
		for (let step = 0; step < input.steps; step++) {
			histogram.clear();
			for (const bucket of buckets) {
				const cell = bucket.row * input.steps + step;
				if (input.kinds[cell] !== ABSENT) histogram.add(bucket.bound, input.values[cell]!);
			}
			if (histogram.bounds.length === 0) continue;
			const value = compute(histogram, step, (lift) => {
				const note = new MonotonicityNote(lift, evaluator.timeOf(step));
				const name = delayedNames ? labels[METRIC_NAME] : undefined;
				annotations.inform(MonotonicityNote.message(name), e.span, note);
			});
			out.set(row, step, value);
		}
	}
	return withoutNames(out, delayedNames);
}

function histogramsOf(evaluator: Evaluator, e: Expression, input: Vector): HistogramRows[] {
	const found = new Map<string, HistogramRows>();
	for (const [row, labels] of input.labels.entries()) {
		if (input.isEmpty(row)) continue;
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
	return [...found.values()];
}

function noteBadBucket(evaluator: Evaluator, e: Expression, labels: Labels, text: string): void {
	const { annotations, delayedNames } = evaluator.evaluation;
	const name =
		delayedNames && labels[METRIC_NAME] ? ` for metric name ${quoteString(labels[METRIC_NAME])}` : '';
	const what = `bucket label "le" is missing or has a malformed value of ${quoteString(text)}`;
	annotations.warn(`${what}${name}`, e.span);
}
