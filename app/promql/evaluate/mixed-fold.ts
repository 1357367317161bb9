import { METRIC_NAME } from '../../telemetry/labels.ts';
import { KahanSum } from '../functions/kahan-sum.ts';
import { Mean } from '../functions/mean.ts';
import { HistogramMean, HistogramSum } from '../histograms/compensated-sum.ts';
import { type Histogram, RESET_HINTS } from '../histograms/histogram.ts';
import { MIXED_IN_AGGREGATION, mixedSchemas, reconciledBounds, resetCollision } from '../histograms/notes.ts';
import { compact } from '../histograms/zero-bucket.ts';
import type { Aggregation } from '../parser/ast.ts';
import type { Evaluator } from './evaluator.ts';
import { addGroup, type RowGroup } from './grouping.ts';
import type { Vector } from './vector.ts';

/** sum and avg where there are histograms, maybe floats beside them. */
export async function foldMixed(
	evaluator: Evaluator,
	e: Aggregation,
	input: Vector,
	groups: RowGroup[],
): Promise<Vector> {
	const { budget } = evaluator.evaluation;
	const out = evaluator.newVector(groups.length);
	const fold = new MixedFold(evaluator, e, input);
	for (const { labels, rows } of groups) {
		const row = addGroup(out, input, labels, rows);
		for (let step = 0; step < input.steps; step++) fold.run(rows, step, out, row);
		budget.takeSamples(out.takeSize());
		if (budget.isLate) await budget.rest();
	}
	return out;
}

class MixedFold {
	readonly #evaluator: Evaluator;
	readonly #e: Aggregation;
	readonly #input: Vector;
	readonly #isMean: boolean;
	readonly #floats = new KahanSum();
	readonly #mean = new Mean();
	#histograms: HistogramSum | HistogramMean | undefined;
	#hints = new Set<number>();
	#hasFloat = false;
	#hasHistogram = false;
	#misfit = false;

	constructor(evaluator: Evaluator, e: Aggregation, input: Vector) {
		this.#evaluator = evaluator;
		this.#e = e;
		this.#input = input;
		this.#isMean = e.op === 'avg';
	}

	/** One group at one step, in the order of its rows. */
	run(rows: readonly number[], step: number, out: Vector, to: number): void {
		this.#histograms = undefined;
		this.#hints.clear();
		this.#hasFloat = false;
		this.#hasHistogram = false;
		this.#misfit = false;
		this.#mean.reset();
		for (const row of rows) {
			if (!this.#input.has(row, step) || this.#misfit) continue;
			const h = this.#input.histogramAt(row, step);
			if (h) this.#addHistogram(h, row);
			else this.#addFloat(this.#input.get(row, step));
		}
		this.#write(step, out, to);
	}

	#write(step: number, out: Vector, to: number): void {
		if (this.#hasFloat && this.#hasHistogram) {
			this.#warn(MIXED_IN_AGGREGATION);
			return;
		}
		if (this.#misfit) return;
		if (this.#hasFloat) out.set(to, step, this.#isMean ? this.#mean.value : this.#floats.total);
		if (!this.#histograms) return;
		out.setHistogram(to, step, compact(this.#histograms.result));
		if (this.#hints.has(RESET_HINTS.reset) && this.#hints.has(RESET_HINTS.noReset)) {
			this.#warn(resetCollision('aggregation'));
		}
	}

	#addFloat(x: number): void {
		if (!this.#hasFloat) this.#floats.reset(x);
		else this.#floats.add(x);
		this.#mean.add(x);
		this.#hasFloat = true;
	}

	#addHistogram(h: Histogram, row: number): void {
		const isFirst = !this.#hasFloat && !this.#hasHistogram;
		this.#hasHistogram = true;
		if (isFirst) this.#histograms = this.#isMean ? new HistogramMean(h) : new HistogramSum(h);
		// After a float there will be no result.
		if (!this.#histograms) return;
		this.#hints.add(h.hint);
		if (isFirst) return;
		const how = this.#histograms.add(h);
		if (how === 'incompatible') {
			this.#misfit = true;
			this.#warn(mixedSchemas(this.#input.labels[row]![METRIC_NAME] ?? ''));
		} else if (how === 'reconciled') {
			this.#evaluator.evaluation.annotations.inform(reconciledBounds('aggregation'), this.#e.inner.span);
		}
	}

	#warn(text: string): void {
		this.#evaluator.evaluation.annotations.warn(text, this.#e.inner.span);
	}
}
