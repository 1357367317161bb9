import type { Labels } from '../../telemetry/labels.ts';
import { failed } from '../errors.ts';
import { copyLabels, dropMetadata, formatLabels, keep, labelOf, without } from '../labels/label-set.ts';
import { compareText } from '../labels/text-order.ts';
import type { Binary, VectorMatching } from '../parser/ast.ts';
import { arithmeticOf, comparisonOf } from './arithmetic.ts';
import type { Evaluator } from './evaluator.ts';
import { type Operand, OperationNotes, operateOnHistograms } from './histogram-operation.ts';
import { type MatchGroup, matchedLabels, matchGroups } from './match-groups.ts';
import { SAME_LABELS } from './merge-rows.ts';
import { presence, RowIndex, type Vector } from './vector.ts';

/** An operator between two vectors, but for the set operators. */
export function vectorOperation(evaluator: Evaluator, e: Binary, left: Vector, right: Vector): Vector {
	return new VectorOperation(evaluator, e, left, right).run();
}

const NO_ROW = -1;

class VectorOperation {
	readonly #evaluator: Evaluator;
	readonly #e: Binary;
	readonly #matching: VectorMatching;
	/** The side of which there may be many, with group_right the right one; without grouping the left one. */
	readonly #many: Vector;
	readonly #one: Vector;
	readonly #swapped: boolean;
	readonly #fillMany: number | undefined;
	readonly #fillOne: number | undefined;
	readonly #out: Vector;
	#steps: number[] = [];
	readonly #index: RowIndex;
	readonly #arithmetic: ((x: number, y: number) => number) | undefined;
	readonly #comparison: ((x: number, y: number) => boolean) | undefined;
	readonly #notes = new OperationNotes();
	/** Rows of the result by pairs of rows. */
	readonly #rows = new Map<number, number>();
	/** The step at which a row of the result was last made, within the group at hand. */
	#madeAt = new Map<number, number>();

	constructor(evaluator: Evaluator, e: Binary, left: Vector, right: Vector) {
		this.#evaluator = evaluator;
		this.#e = e;
		this.#matching = e.matching!;
		this.#arithmetic = arithmeticOf(e.op);
		this.#comparison = comparisonOf(e.op);
		this.#swapped = this.#matching.cardinality === 'one-to-many';
		const { fillLeft, fillRight } = this.#matching;
		[this.#many, this.#one] = this.#swapped ? [right, left] : [left, right];
		[this.#fillMany, this.#fillOne] = this.#swapped ? [fillRight, fillLeft] : [fillLeft, fillRight];
		this.#out = evaluator.newVector(Math.max(left.rows, right.rows));
		this.#index = new RowIndex(this.#out);
	}

	run(): Vector {
		this.#steps = this.#stepsWithSamples();
		for (const group of matchGroups(this.#many, this.#one, this.#matching)) {
			this.#madeAt = new Map();
			for (const step of this.#steps) this.#step(group, step);
			this.#evaluator.evaluation.budget.takeSamples(this.#out.takeSize());
		}
		this.#notes.tell(this.#evaluator, this.#e.span);
		return this.#out;
	}

	/** Where there is anything to match; elsewhere not even series that cannot be told apart are an error. */
	#stepsWithSamples(): number[] {
		const fills = this.#fillMany !== undefined || this.#fillOne !== undefined;
		const many = presence(this.#many);
		const one = presence(this.#one);
		const steps = [...many.keys()];
		return steps.filter((step) => (fills ? many[step] || one[step] : many[step] && one[step]));
	}

	#step(group: MatchGroup, step: number): void {
		const one = this.#onlyRow(group.right, step);
		let matched = false;
		for (const many of group.left) {
			if (!this.#many.has(many, step) || (one === NO_ROW && this.#fillOne === undefined)) continue;
			matched = this.#combine(many, one, step, matched);
		}
		if (one !== NO_ROW && !matched && this.#fillMany !== undefined) this.#combine(NO_ROW, one, step, false);
	}

	/** The row of the one side with a value at the step; two of them cannot be told apart. */
	#onlyRow(rows: number[], step: number): number {
		let found = NO_ROW;
		for (const row of rows) {
			if (!this.#one.has(row, step)) continue;
			if (found !== NO_ROW) throw this.#ambiguous(found, row);
			found = row;
		}
		return found;
	}

	#ambiguous(first: number, second: number): Error {
		const labels = this.#one.labels;
		const texts = [formatLabels(labels[first]!), formatLabels(labels[second]!)].sort(compareText);
		const group = formatLabels(matchedLabels(labels[second]!, this.#matching));
		const side = this.#swapped ? 'left' : 'right';
		return failed(
			`found duplicate series for the match group ${group} on the ${side} hand-side of the operation: ` +
				`[${texts.join(', ')}];many-to-many matching not allowed: matching labels must be unique on one side`,
		);
	}

	/** One pair at one step; gives back that the group is matched. */
	#combine(many: number, one: number, step: number, matched: boolean): boolean {
		const { cardinality } = this.#matching;
		const mine = many === NO_ROW ? this.#fillMany! : sampleAt(this.#many, many, step);
		const theirs = one === NO_ROW ? this.#fillOne! : sampleAt(this.#one, one, step);
		const [x, y] = this.#swapped ? [theirs, mine] : [mine, theirs];
		let value: Operand | undefined;
		let holds = true;
		if (typeof x === 'number' && typeof y === 'number' && this.#comparison) {
			value = x;
			holds = this.#comparison(x, y);
		} else if (typeof x === 'number' && typeof y === 'number' && this.#arithmetic) {
			value = this.#arithmetic(x, y);
		} else {
			const outcome = operateOnHistograms(this.#e.op, x, y);
			({ value, holds } = outcome);
			if (outcome.note) this.#notes.add(step, many === NO_ROW ? this.#many.rows + one : many, outcome.note);
		}
		if (value === undefined) return matched;
		const row = this.#rowOf(many, one);
		if (cardinality === 'one-to-one') {
			if (matched) {
				throw failed(
					'multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)',
				);
			}
		} else {
			if (this.#madeAt.get(row) === step) {
				throw failed('multiple matches for labels: grouping labels must ensure unique matches');
			}
			this.#madeAt.set(row, step);
		}
		if (!holds && !this.#e.bool) return true;
		if (this.#out.has(row, step)) throw failed(SAME_LABELS);
		if (this.#e.bool) this.#out.set(row, step, holds ? 1 : 0);
		else if (typeof value === 'number') this.#out.set(row, step, value);
		else this.#out.setHistogram(row, step, value);
		return true;
	}

	#rowOf(many: number, one: number): number {
		const key = (many + 1) * (this.#one.rows + 1) + one + 1;
		const known = this.#rows.get(key);
		if (known !== undefined) return known;
		const manyLabels =
			many < 0 ? matchedLabels(this.#one.labels[one]!, this.#matching) : this.#many.labels[many]!;
		const oneLabels = one < 0 ? matchedLabels(manyLabels, this.#matching) : this.#one.labels[one]!;
		const row = this.#index.rowOf(this.#labels(manyLabels, oneLabels), this.#e.bool && this.#delayed);
		this.#rows.set(key, row);
		return row;
	}

	get #delayed(): boolean {
		return this.#evaluator.evaluation.delayedNames;
	}

	#labels(many: Labels, one: Labels): Labels {
		const { cardinality, on, labels, include } = this.#matching;
		let out = many;
		if (this.#arithmetic || (this.#e.bool && !this.#delayed)) out = dropMetadata(out);
		if (cardinality === 'one-to-one') out = on ? keep(out, labels) : without(out, new Set(labels));
		if (include.length === 0) return out;
		const included = copyLabels(out);
		for (const name of include) {
			const value = labelOf(one, name);
			if (value === undefined) delete included[name];
			else included[name] = value;
		}
		return included;
	}
}

function sampleAt(vector: Vector, row: number, step: number): Operand {
	return vector.histogramAt(row, step) ?? vector.get(row, step);
}
