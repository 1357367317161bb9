import { expect, it } from 'vitest';
import { ServerError } from '../errors.ts';
import type { LabelMatcher } from './selection.ts';
import { halfOfSeries } from './series-half.ts';

/** A source that has these values of these labels, and knows what it was asked. */
function source(labels: Record<string, string[]>) {
	const asked: string[] = [];
	const ask = async (path: string, selector: string): Promise<unknown> => {
		asked.push(`${path} ${selector}`);
		const label = /label\/(.*)\/values/.exec(path)?.[1];
		return label === undefined ? ['__name__', ...Object.keys(labels)] : labels[label];
	};
	return { ask, asked };
}

const half = (ask: ReturnType<typeof source>['ask'], matchers: LabelMatcher[] = []) =>
	halfOfSeries(ask, { names: ['wide.total'], matchers });

it('is by the label with most values, within what is divided already', async () => {
	const { ask, asked } = source({ pod: ['a', 'b', 'c', 'd'], zone: ['x', 'y'], 'dotted.label': ['1', '2'] });
	const matchers = [
		{ label: 'pod', matches: false, prefixes: ['e', 'f.'] },
		{ label: 'zone', matches: true, prefixes: [''] },
	];
	expect(await half(ask, matchers)).toEqual({ label: 'pod', matches: true, prefixes: ['d', 'c'] });
	const selector = '{__name__=~"wide\\\\.total",pod!~"(?:e|f\\\\.).*",zone=~".+"}';
	expect(asked).toEqual([
		`/api/v1/labels ${selector}`,
		`/api/v1/label/pod/values ${selector}`,
		`/api/v1/label/zone/values ${selector}`,
	]);
});

it('is by whether a label is there, once, where no label has two values', async () => {
	const { ask } = source({ a: ['1'], b: ['1'] });
	const byA = { label: 'a', matches: true, prefixes: [''] };
	expect(await half(ask)).toEqual(byA);
	expect(await half(ask, [byA])).toMatchObject({ label: 'b' });
	expect(await half(ask, [byA, { label: 'b', matches: false, prefixes: [''] }])).toBeNull();
});

it('refuses an answer that is no list of texts', async () => {
	for (const answer of [null, {}, [1]]) {
		const failure = await half(async () => answer).catch((e: unknown) => e);
		expect(failure).toBeInstanceOf(ServerError);
		expect((failure as ServerError).code).toBe('CXR_SOURCE_MALFORMED');
	}
});
