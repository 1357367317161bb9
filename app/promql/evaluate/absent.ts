import type { Labels } from '../../telemetry/labels.ts';
import { copyLabels, isMetadata } from '../labels/label-set.ts';
import type { Expression } from '../parser/ast.ts';
import type { Evaluator } from './evaluator.ts';
import { presence, type Vector } from './vector.ts';

/** The labels that what is absent would have: those which the selector asks for with `=`, once. */
export function absentLabels(e: Expression): Labels {
	let selector = e;
	if (e.kind === 'matrix') selector = e.selector;
	if (selector.kind !== 'selector') return {};
	const labels = copyLabels();
	const seen = new Set<string>();
	for (const { name, op, value } of selector.matchers) {
		if (isMetadata(name)) continue;
		if (op === '=' && !seen.has(name)) {
			seen.add(name);
			if (value === '') delete labels[name];
			else labels[name] = value;
		} else delete labels[name];
	}
	return labels;
}

/** 1 at every step at which no row has a value. */
export function absentOverTime(evaluator: Evaluator, present: Vector, labels: Labels): Vector {
	const out = evaluator.newVector(1);
	out.addRow(labels, evaluator.evaluation.delayedNames);
	for (const [step, found] of presence(present).entries()) if (!found) out.set(0, step, 1);
	return out;
}
