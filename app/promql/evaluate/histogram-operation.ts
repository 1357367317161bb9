import { add, subtract } from '../histograms/add.ts';
import { areEqual } from '../histograms/equal.ts';
import { type Histogram, RESET_HINTS, withHint } from '../histograms/histogram.ts';
import { reconciledBounds, resetCollision } from '../histograms/notes.ts';
import { divide, scale } from '../histograms/scale.ts';
import { trim } from '../histograms/trim.ts';
import { compact } from '../histograms/zero-bucket.ts';
import type { Span } from '../parser/parse-error.ts';
import { quoteString } from '../parser/quote.ts';
import type { OperatorName } from '../parser/token.ts';
import type { Evaluator } from './evaluator.ts';

/** What an operator makes of two samples. */
export interface Outcome {
	/** Undefined when there is none. */
	value?: Operand;
	/** Whether a comparison holds. */
	holds: boolean;
	note?: Note;
}

export type Operand = number | Histogram;

export interface Note {
	text: string;
	isWarning: boolean;
}

/** An operator between two samples of which one is a histogram at least, or one that no two floats have. */
export function operateOnHistograms(op: OperatorName, left: Operand, right: Operand): Outcome {
	if (typeof left !== 'number' && typeof right !== 'number') return betweenHistograms(op, left, right);
	if (typeof left === 'number' && typeof right !== 'number' && op === '*') {
		return { value: compact(scale(right, left)), holds: true };
	}
	if (typeof left !== 'number' && typeof right === 'number') {
		if (op === '*') return { value: compact(scale(left, right)), holds: true };
		if (op === '/') return { value: compact(divide(left, right)), holds: true };
		if (op === '</') return { value: trim(left, right, 'upper'), holds: true };
		if (op === '>/') return { value: trim(left, right, 'lower'), holds: true };
	}
	return misfit(op, left, right);
}

function betweenHistograms(op: OperatorName, left: Histogram, right: Histogram): Outcome {
	if (op === '==') return { value: left, holds: areEqual(left, right) };
	if (op === '!=') return { value: left, holds: !areEqual(left, right) };
	if (op !== '+' && op !== '-') return misfit(op, left, right);
	const result = op === '+' ? add(left, right) : subtract(left, right);
	const name = op === '+' ? 'addition' : 'subtraction';
	if (!result) {
		const text = `incompatible bucket layout encountered for binary operator ${op}`;
		return { holds: false, note: { text, isWarning: true } };
	}
	// Prometheus then has no result, though there could be one.
	if (result.collision) return { holds: false, note: { text: resetCollision(name), isWarning: true } };
	const h = op === '+' ? result.histogram : withHint(result.histogram, RESET_HINTS.gauge);
	const outcome: Outcome = { value: compact(h), holds: true };
	if (result.reconciled) outcome.note = { text: reconciledBounds(name), isWarning: false };
	return outcome;
}

function misfit(op: OperatorName, left: Operand, right: Operand): Outcome {
	const kinds = `${kindOf(left)} ${op} ${kindOf(right)}`;
	const text = `incompatible sample types encountered for binary operator ${quoteString(op)}: ${kinds}`;
	return { holds: false, note: { text, isWarning: false } };
}

function kindOf(operand: Operand): string {
	return typeof operand === 'number' ? 'float' : 'histogram';
}

/** What an operator has to say: of each step only what it says last, in the order of rows, as in Prometheus. */
export class OperationNotes {
	readonly #notes = new Map<number, { note: Note; row: number }>();

	add(step: number, row: number, note: Note): void {
		const known = this.#notes.get(step);
		if (!known || known.row <= row) this.#notes.set(step, { note, row });
	}

	tell({ evaluation: { annotations } }: Evaluator, span: Span): void {
		for (const { note } of this.#notes.values()) {
			if (note.isWarning) annotations.warn(note.text, span);
			else annotations.inform(note.text, span);
		}
	}
}
