import { failed } from '../errors.ts';
import { dropMetadata, METADATA_LABELS, signatureOf } from '../labels/label-set.ts';
import { ABSENT, RowIndex, Vector } from './vector.ts';

export const SAME_LABELS = 'vector cannot contain metrics with the same labelset';

/**
 * Takes the metric's name (and type and unit) away, or notes that it goes at the end. Rows that then have the same labels
 * become one; that two of them have a value at one step is an error.
 */
export function withoutNames(vector: Vector, delayed: boolean): Vector {
	if (delayed) {
		vector.dropNames.fill(true);
		return vector;
	}
	const mayCollide = namesDiffer(vector);
	for (let row = 0; row < vector.rows; row++) vector.labels[row] = dropMetadata(vector.labels[row]!);
	return mayCollide ? mergeRows(vector) : vector;
}

/** Rows are different; without a label that they all share they still are. */
function namesDiffer({ labels }: Vector): boolean {
	const first = labels[0];
	if (!first) return false;
	return labels.some((l) => METADATA_LABELS.some((name) => l[name] !== first[name]));
}

export function mergeRows(vector: Vector): Vector {
	const keys = new Set(vector.labels.map(signatureOf));
	if (keys.size === vector.rows) return vector;
	const merged = new Vector(vector.steps, keys.size);
	const index = new RowIndex(merged);
	for (let row = 0; row < vector.rows; row++) {
		addToRow(merged, index.rowOf(vector.labels[row]!, vector.dropNames[row]!), vector, row);
	}
	return merged;
}

/** Copies the values of one row into another one, which must have none at their steps. */
export function addToRow(to: Vector, toRow: number, from: Vector, fromRow: number): void {
	for (let step = 0; step < from.steps; step++) {
		const cell = fromRow * from.steps + step;
		if (from.kinds[cell] === ABSENT) continue;
		if (to.has(toRow, step)) throw failed(SAME_LABELS);
		to.copy(toRow, step, from, fromRow);
	}
}
