import { METRIC_NAME } from '../../telemetry/labels.ts';
import { failed } from '../errors.ts';
import { isLabelName, labelOf, withLabel } from '../labels/label-set.ts';
import type { Call, Expression } from '../parser/ast.ts';
import { expandReplacement } from '../regex/expand.ts';
import { type LabelRegex, regexOf } from '../regex/label-regex.ts';
import type { Evaluator } from './evaluator.ts';
import { mergeRows } from './merge-rows.ts';
import type { Vector } from './vector.ts';

/** label_replace(v, destination, replacement, source, regex): sets a label where another one matches. */
export async function replaceLabel(evaluator: Evaluator, call: Call): Promise<Vector> {
	const [to, replacement, from, pattern] = call.args.slice(1).map(textOf) as [string, string, string, string];
	let regex: LabelRegex;
	try {
		regex = regexOf(pattern);
	} catch {
		throw failed(`invalid regular expression in label_replace(): ${pattern}`);
	}
	if (!isLabelName(to)) throw failed(`invalid destination label name in label_replace(): ${to}`);
	const vector = await evaluator.vector(call.args[0]!);
	for (const [row, labels] of vector.labels.entries()) {
		const match = regex.match(labelOf(labels, from) ?? '');
		if (match) setLabel(vector, row, to, expandReplacement(replacement, match));
	}
	return mergeRows(vector);
}

/** label_join(v, destination, separator, source...): the values of labels, joined. */
export async function joinLabels(evaluator: Evaluator, call: Call): Promise<Vector> {
	const [to, separator, ...from] = call.args.slice(1).map(textOf) as [string, string, ...string[]];
	for (const name of from) {
		if (!isLabelName(name)) throw failed(`invalid source label name in label_join(): ${name}`);
	}
	if (!isLabelName(to)) throw failed(`invalid destination label name in label_join(): ${to}`);
	const vector = await evaluator.vector(call.args[0]!);
	for (const [row, labels] of vector.labels.entries()) {
		setLabel(vector, row, to, from.map((name) => labelOf(labels, name) ?? '').join(separator));
	}
	return mergeRows(vector);
}

function setLabel(vector: Vector, row: number, name: string, value: string): void {
	vector.labels[row] = withLabel(vector.labels[row]!, name, value);
	// Who names the metric anew wants to keep the name.
	if (name === METRIC_NAME) vector.dropNames[row] = false;
}

function textOf(e: Expression): string {
	let inner = e;
	while (inner.kind === 'parenthesis') inner = inner.inner;
	if (inner.kind !== 'string') throw failed(`BUG: a ${inner.kind} is no string`);
	return inner.value;
}
