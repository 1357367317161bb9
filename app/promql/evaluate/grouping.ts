import type { Labels } from '../../telemetry/labels.ts';
import {
	keep,
	METADATA_LABELS,
	NO_LABELS,
	signatureFor,
	signatureWithout,
	without,
} from '../labels/label-set.ts';
import { compareText } from '../labels/text-order.ts';
import type { Aggregation } from '../parser/ast.ts';
import type { Vector } from './vector.ts';

/** Which group of an aggregation a series falls into. */
export class Grouping {
	readonly #without: ReadonlySet<string> | undefined;
	readonly #by: readonly string[];

	/** `extra` is one more label of groups that are named. */
	constructor({ grouping, without: isWithout }: Aggregation, extra?: string) {
		this.#without = isWithout ? new Set([...METADATA_LABELS, ...grouping]) : undefined;
		const names = extra === undefined ? grouping : [...grouping, extra];
		this.#by = [...new Set(names)].sort(compareText);
	}

	keyOf(labels: Labels): string {
		return this.#without ? signatureWithout(labels, this.#without) : signatureFor(labels, this.#by);
	}

	labelsOf(labels: Labels): Labels {
		if (this.#without) return without(labels, this.#without);
		return this.#by.length === 0 ? NO_LABELS : keep(labels, this.#by);
	}
}

export interface RowGroup {
	labels: Labels;
	rows: number[];
}

/** The rows of each group, in order; empty rows are in none. */
export function groupRows(vector: Vector, grouping: Grouping): RowGroup[] {
	const groups = new Map<string, RowGroup>();
	for (const [row, l] of vector.labels.entries()) {
		if (vector.isEmpty(row)) continue;
		const key = grouping.keyOf(l);
		const group = groups.get(key);
		if (group) group.rows.push(row);
		else groups.set(key, { labels: grouping.labelsOf(l), rows: [row] });
	}
	return [...groups.values()];
}

/** Adds a group's row to a result. */
export function addGroup(out: Vector, input: Vector, labels: RowGroup['labels'], rows: number[]): number {
	return out.addRow(
		labels,
		rows.some((row) => input.dropNames[row]),
	);
}
