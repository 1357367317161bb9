import type { Labels, Matcher } from '../../telemetry/labels.ts';
import { labelOf } from '../labels/label-set.ts';
import { regexOf } from './label-regex.ts';

/** Whether a value fits; an absent label has the value ''. */
export function matchesValue({ op, value: wanted }: Matcher, value: string): boolean {
	switch (op) {
		case '=':
			return value === wanted;
		case '!=':
			return value !== wanted;
		case '=~':
			return regexOf(wanted).test(value);
		case '!~':
			return !regexOf(wanted).test(value);
	}
}

export function matchesEmpty(matcher: Matcher): boolean {
	try {
		return matchesValue(matcher, '');
	} catch {
		// The expression was refused already.
		return false;
	}
}

export function matchesLabels(matchers: readonly Matcher[], labels: Labels): boolean {
	return matchers.every((m) => matchesValue(m, labelOf(labels, m.name) ?? ''));
}
