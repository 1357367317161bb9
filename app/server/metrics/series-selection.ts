import { matchesEmpty, matchesValue } from '../../promql/regex/label-matcher.ts';
import { literalAlternatives } from '../../promql/regex/literal-alternatives.ts';
import type { Matcher } from '../../telemetry/labels.ts';
import type { LabelName, LabelPairs } from './label-pairs.ts';
import { intersect, mergeDisjoint, subtract } from './postings.ts';
import type { SeriesTable } from './series-table.ts';

/**
 * Ids of the series that all matchers accept, rising. Lists of values are unions of postings, intersected or subtracted; any other condition
 * is asked once for each value that occurs among the series that are left. Throws a RegexError.
 */
export function selectSeries(
	pairs: LabelPairs,
	table: SeriesTable,
	matchers: readonly Matcher[],
): Uint32Array {
	const included: Uint32Array[] = [];
	const excluded: Uint32Array[] = [];
	const tests: Matcher[] = [];
	for (const m of matchers) {
		const values = valuesOf(m);
		const positive = m.op === '=' || m.op === '=~';
		// An absent label is as good as an empty one: that is no matter of postings.
		if (values === null || values.includes('')) tests.push(m);
		else (positive ? included : excluded).push(seriesWith(pairs, pairs.find(m.name), values));
	}
	let found: Uint32Array;
	if (included.length > 0) {
		included.sort((a, b) => a.length - b.length);
		found = included.reduce(intersect);
	} else {
		const start = tests.findIndex((m) => !matchesEmpty(m));
		found = start < 0 ? table.sids() : accepted(pairs, tests.splice(start, 1)[0]!);
	}
	for (const list of excluded) found = subtract(found, list);
	for (const m of tests) found = tested(pairs, table, found, m);
	return found.slice();
}

/** The values that a matcher lists; null when it describes them otherwise. */
function valuesOf({ op, value }: Matcher): readonly string[] | null {
	return op === '=' || op === '!=' ? [value] : literalAlternatives(value);
}

function seriesWith(pairs: LabelPairs, name: LabelName | undefined, values: readonly string[]): Uint32Array {
	const lists: Uint32Array[] = [];
	for (const value of values) {
		const pair = name?.values.get(value);
		if (pair !== undefined) lists.push(pairs.series(pair));
	}
	return mergeDisjoint(lists);
}

/** Series whose value a matcher accepts that refuses the empty one. */
function accepted(pairs: LabelPairs, m: Matcher): Uint32Array {
	const lists: Uint32Array[] = [];
	for (const [value, pair] of pairs.find(m.name)?.values ?? []) {
		if (matchesValue(m, value)) lists.push(pairs.series(pair));
	}
	return mergeDisjoint(lists);
}

/** Those of `sids` whose label, or its absence, the matcher accepts. */
function tested(pairs: LabelPairs, table: SeriesTable, sids: Uint32Array, m: Matcher): Uint32Array {
	const wanted = pairs.find(m.name);
	const absent = matchesEmpty(m);
	if (!wanted) return absent ? sids : new Uint32Array(0);
	const known = new Map<number, boolean>();
	return sids.filter((sid) => {
		const pair = pairOf(pairs, table, table.rowOf(sid), wanted);
		if (pair < 0) return absent;
		let fits = known.get(pair);
		if (fits === undefined) {
			fits = matchesValue(m, pairs.value(pair));
			known.set(pair, fits);
		}
		return fits;
	});
}

/** The one of a series' pairs that has a name, or -1. */
export function pairOf(pairs: LabelPairs, table: SeriesTable, row: number, name: LabelName): number {
	for (let at = table.pairsStart(row), end = table.pairsEnd(row); at < end; at++) {
		if (pairs.name(table.pair(at)) === name) return table.pair(at);
	}
	return -1;
}
