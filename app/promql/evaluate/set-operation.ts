import type { Binary } from '../parser/ast.ts';
import type { Evaluator } from './evaluator.ts';
import { matchGroups } from './match-groups.ts';
import { addToRow, mergeRows } from './merge-rows.ts';
import { ABSENT, presence, RowIndex, type Vector } from './vector.ts';

/** `and`, `or` and `unless`: which samples stay; no sample changes. Changes the vectors. */
export function setOperation(evaluator: Evaluator, e: Binary, left: Vector, right: Vector): Vector {
	const groups = matchGroups(left, right, e.matching!);
	if (e.op !== 'or') {
		for (const group of groups) keepWhere(left, group.left, presence(right, group.right), e.op === 'and');
		return evaluator.evaluation.delayedNames ? left : mergeRows(left);
	}
	for (const group of groups) keepWhere(right, group.right, presence(left, group.left), false);
	return union(evaluator, left, right);
}

/** Takes values away at the steps where the other side's presence is not as wanted. */
function keepWhere(vector: Vector, rows: number[], other: Uint8Array, wanted: boolean): void {
	for (const row of rows) {
		const first = row * vector.steps;
		for (let step = 0; step < vector.steps; step++) {
			if ((other[step] === 1) !== wanted) vector.kinds[first + step] = ABSENT;
		}
	}
}

function union(evaluator: Evaluator, left: Vector, right: Vector): Vector {
	const out = evaluator.newVector(left.rows + right.rows);
	const index = new RowIndex(out);
	for (const side of [left, right]) {
		for (let row = 0; row < side.rows; row++) {
			if (side.isEmpty(row)) continue;
			addToRow(out, index.rowOf(side.labels[row]!, side.dropNames[row]), side, row);
		}
	}
	return out;
}
