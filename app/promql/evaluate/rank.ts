import type { Labels } from '../../telemetry/labels.ts';
import { failed } from '../errors.ts';
import { formatGeneral } from '../labels/general-number.ts';
import { hashLabels } from '../labels/label-hash.ts';
import type { Aggregation } from '../parser/ast.ts';
import type { Evaluator } from './evaluator.ts';
import type { RowGroup } from './grouping.ts';
import { withoutHistograms } from './ignored-histograms.ts';
import { parameterRange } from './parameter-range.ts';
import { ABSENT, Vector } from './vector.ts';

/** topk, bottomk, limitk and limit_ratio: some samples of each group, as they are. */
export function rankRows(
	evaluator: Evaluator,
	e: Aggregation,
	input: Vector,
	groups: RowGroup[],
	parameter: Float64Array,
): Vector {
	if (e.op === 'limit_ratio') return ratioOf(evaluator, e, input, parameter);
	const { min, max, hasNaN } = parameterRange(e, parameter);
	if (max < 1) return new Vector(input.steps);
	if (hasNaN) throw failed('Parameter value is NaN');
	if (min <= -(2 ** 63)) throw failed(`Scalar value ${formatGeneral(min)} underflows int64`);
	if (max >= 2 ** 63) throw failed(`Scalar value ${formatGeneral(max)} overflows int64`);
	if (e.op !== 'limitk') withoutHistograms(evaluator, input, e.op, e.span, (step) => parameter[step]! >= 1);
	const ranked = new Ranking(e, input);
	const kept = new Uint8Array(input.kinds.length);
	const order: number[] = [];
	for (const { rows } of groups) {
		for (let step = 0; step < input.steps; step++) {
			const k = Math.min(Math.trunc(parameter[step]!), input.rows);
			for (const row of ranked.best(rows, step, k)) {
				kept[row * input.steps + step] = input.kinds[row * input.steps + step]!;
				if (input.steps === 1) order.push(row);
			}
		}
	}
	input.kinds = kept;
	// An instant query shows the ranking.
	return input.steps === 1 ? reordered(input, order) : input;
}

class Ranking {
	readonly #op: Aggregation['op'];
	readonly #input: Vector;
	#step = 0;

	constructor(e: Aggregation, input: Vector) {
		this.#op = e.op;
		this.#input = input;
	}

	/** The `k` best rows at a step, the best first; limitk takes the first ones. */
	best(rows: number[], step: number, k: number): number[] {
		if (k < 1) return [];
		this.#step = step;
		const heap: number[] = [];
		for (const row of rows) {
			if (!this.#input.has(row, step)) continue;
			if (heap.length < k) {
				heap.push(row);
				if (this.#op !== 'limitk') this.#up(heap);
			} else if (this.#op === 'limitk') {
				break;
			} else if (this.#beats(row, heap[0]!)) {
				heap[0] = row;
				this.#down(heap);
			}
		}
		if (this.#op !== 'limitk') heap.sort((a, b) => this.#compare(b, a));
		return heap;
	}

	#value(row: number): number {
		return this.#input.get(row, this.#step);
	}

	/** Whether `a` is worse than `b`; NaN is worst. */
	#worse(a: number, b: number): boolean {
		const x = this.#value(a);
		const y = this.#value(b);
		if (Number.isNaN(x)) return true;
		return this.#op === 'bottomk' ? x > y : x < y;
	}

	#beats(a: number, worst: number): boolean {
		const x = this.#value(a);
		const y = this.#value(worst);
		return (this.#op === 'bottomk' ? y > x : y < x) || (Number.isNaN(y) && !Number.isNaN(x));
	}

	#compare(a: number, b: number): number {
		const nanA = Number.isNaN(this.#value(a));
		const nanB = Number.isNaN(this.#value(b));
		if (nanA || nanB) return Number(nanB) - Number(nanA);
		if (this.#worse(a, b)) return -1;
		return this.#worse(b, a) ? 1 : 0;
	}

	/** Moves the last one up: the worst is on top. */
	#up(heap: number[]): void {
		let at = heap.length - 1;
		while (at > 0) {
			const parent = (at - 1) >> 1;
			if (!this.#worse(heap[at]!, heap[parent]!)) return;
			swap(heap, at, parent);
			at = parent;
		}
	}

	#down(heap: number[]): void {
		let at = 0;
		for (;;) {
			const left = 2 * at + 1;
			if (left >= heap.length) return;
			const right = left + 1;
			const child = right < heap.length && this.#worse(heap[right]!, heap[left]!) ? right : left;
			if (!this.#worse(heap[child]!, heap[at]!)) return;
			swap(heap, at, child);
			at = child;
		}
	}
}

function swap(heap: number[], a: number, b: number): void {
	[heap[a], heap[b]] = [heap[b]!, heap[a]!];
}

function reordered(vector: Vector, order: number[]): Vector {
	const out = new Vector(1, order.length);
	for (const row of order) out.copy(out.addRow(vector.labels[row]!, vector.dropNames[row]), 0, vector, row);
	return out;
}

/** Which series are in the share hangs on the hash of their labels alone, as in Prometheus. */
function ratioOf(evaluator: Evaluator, e: Aggregation, input: Vector, parameter: Float64Array): Vector {
	const { min, max, hasNaN } = parameterRange(e, parameter);
	if (max === 0 && min === 0) return new Vector(input.steps);
	if (hasNaN) throw failed('Ratio value is NaN');
	for (const [value, cap] of [
		[max, 1],
		[min, -1],
	] as const) {
		if (cap * value <= 1) continue;
		const what = 'ratio value should be between -1 and 1';
		const got = `got ${formatGeneral(value)}, capping to ${cap}`;
		evaluator.evaluation.annotations.warn(`${what}, ${got}`, e.parameter!.span);
	}
	for (let row = 0; row < input.rows; row++) {
		const place = shareOf(input.labels[row]!);
		for (let step = 0; step < input.steps; step++) {
			const ratio = Math.max(-1, Math.min(1, parameter[step]!));
			const inside = ratio >= 0 ? place < ratio : place >= 1 + ratio;
			if (!inside || ratio === 0) input.kinds[row * input.steps + step] = ABSENT;
		}
	}
	return input;
}

/** A number in [0, 1] that is always the same for a label set. */
function shareOf(labels: Labels): number {
	return Number(hashLabels(labels)) / 2 ** 64;
}
