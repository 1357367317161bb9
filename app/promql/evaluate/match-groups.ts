import type { Labels } from '../../telemetry/labels.ts';
import { keep, METADATA_LABELS, signatureFor, signatureWithout, without } from '../labels/label-set.ts';
import { compareText } from '../labels/text-order.ts';
import type { VectorMatching } from '../parser/ast.ts';
import type { Vector } from './vector.ts';

/** Rows of both sides that an operator matches with each other. */
export interface MatchGroup {
	left: number[];
	right: number[];
}

/** The rows of two vectors by what they are matched on. */
export function matchGroups(left: Vector, right: Vector, matching: VectorMatching): MatchGroup[] {
	const groups = new Map<string, MatchGroup>();
	const signature = matchSignature(matching);
	const groupOf = (labels: Labels): MatchGroup => {
		const key = signature(labels);
		let group = groups.get(key);
		if (!group) {
			group = { left: [], right: [] };
			groups.set(key, group);
		}
		return group;
	};
	for (let row = 0; row < left.rows; row++) groupOf(left.labels[row]!).left.push(row);
	for (let row = 0; row < right.rows; row++) groupOf(right.labels[row]!).right.push(row);
	return [...groups.values()];
}

function matchSignature({ on, labels }: VectorMatching): (labels: Labels) => string {
	if (on) {
		const names = [...new Set(labels)].sort(compareText);
		return (l) => signatureFor(l, names);
	}
	const ignored = new Set([...METADATA_LABELS, ...labels]);
	return (l) => signatureWithout(l, ignored);
}

/** The labels that a row is matched on. */
export function matchedLabels(labels: Labels, { on, labels: names }: VectorMatching): Labels {
	return on ? keep(labels, names) : without(labels, new Set([...METADATA_LABELS, ...names]));
}
