import { type LabelMatcher, type Selection, selectorOf } from './selection.ts';
import { malformed } from './source-calls.ts';
import { halfOf } from './value-halves.ts';

/** Labels whose values are looked at, each with a question of its own. */
const MAX_LABELS = 32;

/** Texts of a list of the API with `match[]` and bounds of time. */
export type AsksForTexts = (path: string, selector: string) => Promise<unknown>;

/**
 * A matcher that about half of the series of a selection have: by the values of the label that has most of them. Series
 * of labels with one value are divided by whether they have it. Null where no label tells series apart.
 */
export async function halfOfSeries(
	ask: AsksForTexts,
	selection: Selection & { readonly matchers: readonly LabelMatcher[] },
): Promise<LabelMatcher | null> {
	const selector = selectorOf(selection);
	const labels = (await texts(ask, '/api/v1/labels', selector)).filter(
		// Names of other characters would have to be escaped differently by each kind of source.
		(name) => name !== '__name__' && /^[a-zA-Z_]\w*$/.test(name),
	);
	let most = 0;
	let half: LabelMatcher | null = null;
	for (const label of labels.slice(0, MAX_LABELS)) {
		const values = await texts(ask, `/api/v1/label/${label}/values`, selector);
		if (values.length <= most) continue;
		const found = halfOf(label, values);
		if (!found) continue;
		most = values.length;
		half = found;
	}
	if (half) return half;
	const untried = labels.find((label) => !selection.matchers.some((matcher) => matcher.label === label));
	return untried === undefined ? null : { label: untried, matches: true, prefixes: [''] };
}

async function texts(ask: AsksForTexts, path: string, selector: string): Promise<string[]> {
	const data = await ask(path, selector);
	if (!Array.isArray(data) || !data.every((each) => typeof each === 'string'))
		throw malformed(path, 'the data is no list of texts');
	return data as string[];
}
