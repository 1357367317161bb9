import { expect, it } from 'vitest';
import { FUNCTIONS } from '../../app/promql/functions/signatures.ts';
import { AGGREGATIONS, OPERATORS } from '../../app/promql/parser/token.ts';
import { randomCases } from './promql-cases.ts';
import { difference, differences } from './promql-compare.ts';
import { corpusCases, readCorpus } from './promql-corpus.ts';
import { WITHOUT_SAMPLES } from './promql-coverage.ts';
import { askOracle, buildOracle, hasGo } from './promql-oracle.ts';

const full = process.env.CODEXRAY_TEST_FULL !== undefined;
const FRESH_CASES = 10_000;
/** How often Prometheus is asked again where it may have no single answer. */
const REPEATS = 10;

it('answers as Prometheus did', async () => {
	const cases = corpusCases();
	const found = await differences(cases, readCorpus(cases));
	expect(found.map((d) => d.text)).toEqual([]);
}, 120_000);

it('has an answer of Prometheus for every function, aggregation and operator', () => {
	const { cases } = corpusCases();
	const answers = readCorpus({ ...corpusCases() });
	const answered = cases.filter((_, i) => (answers[i]!.result ?? []).length > 0).map((c) => c.query);
	const has = (pattern: RegExp) => answered.some((query) => pattern.test(query));
	for (const name of FUNCTIONS.keys()) {
		if (!WITHOUT_SAMPLES.has(name)) expect(has(new RegExp(`\\b${name}\\(`)), name).toBe(true);
	}
	for (const op of AGGREGATIONS) expect(has(new RegExp(`\\b${op}\\b`)), op).toBe(true);
	for (const op of OPERATORS) {
		expect(
			answered.some((query) => query.includes(` ${op} `)),
			op,
		).toBe(true);
	}
});

it('a comparison notices what differs', () => {
	const { cases } = corpusCases();
	const answers = readCorpus(corpusCases());
	const i = answers.findIndex((a) => a.type === 'vector' && (a.result?.length ?? 0) > 1);
	const theirs = answers[i]!;
	const [first, ...rest] = theirs.result!;
	const changed = [
		{ ...theirs, result: rest },
		{ ...theirs, result: [{ ...first!, values: [12345.678] }, ...rest] },
		{ ...theirs, result: [{ ...first!, labels: { other: 'x' } }, ...rest] },
		{ ...theirs, warnings: ['PromQL warning: of something'] },
		{ error: 'an error', kind: 'execution' as const },
	];
	expect(difference(cases[i]!, theirs, theirs)).toBeUndefined();
	for (const ours of changed) expect(difference(cases[i]!, ours, theirs)).toBeDefined();
});

it.runIf(full && hasGo())(
	'answers fresh random questions as Prometheus does',
	async () => {
		await buildOracle();
		const seed = Math.floor(Math.random() * 2 ** 31);
		const cases = randomCases(seed, FRESH_CASES);
		const found = await differences(cases, await askOracle(cases));
		const real: string[] = [];
		for (const d of found) {
			// Prometheus adds up in a random order where its series come out of a map.
			const again = await askOracle({
				data: new Map([[d.case.on, cases.data.get(d.case.on)!]]),
				cases: new Array(REPEATS).fill(d.case),
			});
			const settled = again.every((answer) => difference(d.case, answer, again[0]!) === undefined);
			if (settled) real.push(d.text);
		}
		expect(real, `seed ${seed}`).toEqual([]);
		expect(found.length).toBeLessThan(FRESH_CASES / 500);
	},
	1_200_000,
);
