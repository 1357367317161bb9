import { expect, it } from 'vitest';
import { ParseError } from '../../app/promql/parser/parse-error.ts';
import { parseExpression } from '../../app/promql/parser/parser.ts';
import { printExpression } from '../../app/promql/parser/printer.ts';
import { mutatedExpression } from './promql-mutations.ts';
import { buildOracle, hasGo, parseByOracle } from './promql-oracle.ts';
import { Random } from './random.ts';

const full = process.env.CODEXRAY_TEST_FULL !== undefined;
/** Prometheus takes a duration of NaN seconds for one of minus 292 years; here it is refused. */
const NAN_DURATION = /(offset|\[|:)[^a-z]*nan/i;
/** Labels that are keywords lose their quotes when they are printed, as in Prometheus, and then cannot be read. */
const KEYWORD_LABEL = /["'`](nan|inf|without)["'`]/i;
const OPTIONS = { functions: true, fill: true };

/** The canonical form, or the error. Anything but a ParseError fails the test. */
function parsed(text: string): { text?: string; error?: string } {
	try {
		return {
			text: printExpression(parseExpression(text, { experimentalFunctions: true, fillModifiers: true })),
		};
	} catch (error) {
		if (error instanceof ParseError) return { error: error.message };
		throw new Error(`${JSON.stringify(text)}: ${error}`);
	}
}

function expressions(seed: number, count: number): string[] {
	const random = new Random(seed);
	return Array.from({ length: count }, () => mutatedExpression(random));
}

it('takes or refuses every text, and what it prints it reads again', () => {
	const seed = full ? Math.floor(Math.random() * 2 ** 31) : 2026;
	let taken = 0;
	for (const text of expressions(seed, 20_000)) {
		const first = parsed(text);
		if (first.text === undefined) continue;
		taken++;
		if (KEYWORD_LABEL.test(text)) continue;
		// `-Inf ^ 2` is printed as `-+Inf ^ 2`, and that as `-++Inf ^ 2`; so it is in Prometheus.
		const plain = (printed: { text?: string }) => printed.text?.replace(/\++Inf/g, 'Inf');
		expect(plain(parsed(first.text)), `${JSON.stringify(text)}, seed ${seed}`).toBe(plain(first));
	}
	expect(taken).toBeGreaterThan(4000);
});

it('refuses what nests too deeply, without running out of stack', () => {
	for (const deep of [
		'('.repeat(1e5),
		`${'-'.repeat(1e5)}a`,
		`a${'+a'.repeat(1e5)}`,
		`a[${'('.repeat(1e5)}`,
		'abs('.repeat(1e5),
	]) {
		expect(parsed(deep).error).toMatch(/nested deeper|unclosed/);
	}
	const wide = `a${' or b'.repeat(400)}`;
	expect(parsed(wide).text).toBe(wide);
});

it.runIf(full && hasGo())(
	'takes and prints what Prometheus takes and prints',
	async () => {
		await buildOracle();
		const seed = Math.floor(Math.random() * 2 ** 31);
		const texts = expressions(seed, 50_000);
		const answers = await parseByOracle(texts, OPTIONS);
		const found = texts.filter(
			(text, i) => parsed(text).text !== answers[i]!.text && !NAN_DURATION.test(text),
		);
		expect(found, `seed ${seed}`).toEqual([]);
	},
	600_000,
);
