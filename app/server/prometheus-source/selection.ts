/** How questions say which series they are about. */

/** What a group copies: series of these names that every matcher lets through. */
export interface Selection {
	readonly names: readonly string[];
	/** Of one name with too many series for one answer: the part of them that is meant. */
	readonly matchers?: readonly LabelMatcher[];
}

/** Whether a label's value, empty without one, begins with one of some prefixes: `matches` or not. */
export interface LabelMatcher {
	label: string;
	matches: boolean;
	prefixes: string[];
}

/** A regular expression (RE2) that matches these texts and no others. */
export function textsExpression(texts: readonly string[]): string {
	return texts.map((text) => text.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&')).join('|');
}

/** A regular expression of the values that a matcher is about. An empty prefix stands for any value but none. */
export function prefixesExpression(prefixes: readonly string[]): string {
	return prefixes.includes('') ? '.+' : `(?:${textsExpression(prefixes)}).*`;
}

/** A selector in PromQL. */
export function selectorOf({ names, matchers = [] }: Selection): string {
	const all = [`__name__=~${JSON.stringify(textsExpression(names))}`];
	for (const { label, matches, prefixes } of matchers)
		all.push(`${label}${matches ? '=~' : '!~'}${JSON.stringify(prefixesExpression(prefixes))}`);
	return `{${all.join(',')}}`;
}

/** The other part of what a matcher divides. */
export function opposite(matcher: LabelMatcher): LabelMatcher {
	return { ...matcher, matches: !matcher.matches };
}
