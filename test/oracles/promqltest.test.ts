import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { hasGo } from './promql-oracle.ts';
import { parseTestFile } from './promqltest-file.ts';
import { runTestFile } from './promqltest-run.ts';

const full = process.env.CODEXRAY_TEST_FULL !== undefined;
const SOURCES = new URL('promql', import.meta.url).pathname;

/** Files that are left out whole, and why. */
const LEFT_OUT: Record<string, string> = {
	'start_timestamps.test': 'samples have no start timestamps here',
	'unquoted_utf8_names.test': 'names with letters beyond ASCII are written in quotes',
};

/** Evaluations in these files that are not left out: v0.316.0 has this many, and none may be lost unseen. */
const EVALUATIONS = 2366;

/** The folder of Prometheus's own test files, out of Go's module cache. */
function testFolder(): string {
	const module = 'github.com/prometheus/prometheus';
	execFileSync('go', ['mod', 'download', module], { cwd: SOURCES });
	const words = ['list', '-m', '-f', '{{.Dir}}', module];
	return `${execFileSync('go', words, { cwd: SOURCES }).toString().trim()}/promql/promqltest/testdata`;
}

it('reads series as promqltest writes them', () => {
	const file = 'load 1m\n  a{b="x y"} 1+2x2 _ stale -1x1 _x2 NaN\n\neval instant at 2m a\n  a{b="x y"} 5\n';
	expect(parseTestFile(file)).toMatchObject([
		{
			kind: 'load',
			step: 60_000,
			series: [
				{
					labels: { __name__: 'a', b: 'x y' },
					values: [1, 3, 5, undefined, 'stale', -1, -1, undefined, undefined, Number.NaN],
				},
			],
		},
		{ kind: 'eval', query: 'a', start: 120_000, step: 0, series: [{ values: [5] }] },
	]);
});

it('reads native histograms as promqltest writes them', () => {
	const text =
		'{{schema:1 count:3 sum:4.5 z_bucket:1 z_bucket_w:0.01 offset:-1 buckets:[1 0 1]}}+{{schema:1 count:1 buckets:[1]}}x1';
	const command = parseTestFile(`load 1m\n  a ${text} {{schema:-53 custom_values:[1 2] buckets:[4]}} 7\n`)[0];
	expect(command).toMatchObject({
		series: [
			{
				values: [
					{ histogram: { schema: 1, count: 3, sum: 4.5, zeroCount: 1, zeroThreshold: 0.01 } },
					{ histogram: { count: 4, positive: { indexes: Int32Array.of(-1, 0, 1) } } },
					{ histogram: { schema: -53, bounds: Float64Array.of(1, 2) } },
					7,
				],
			},
		],
	});
});

it('notices a wrong answer', async () => {
	const wrong = 'load 1m\n  a 1 2 3\n\neval instant at 2m a\n  a 4\n\neval instant at 2m a\n  a 3\n';
	const { passed, failed } = await runTestFile(parseTestFile(wrong));
	expect(passed).toBe(1);
	expect(failed).toHaveLength(1);
	const of = (buckets: string) => `{{count:3 sum:4 buckets:[${buckets}]}}`;
	const native = `load 1m\n  a ${of('1 2')}\n\neval instant at 0 a\n  a ${of('2 1')}\n\neval instant at 0 a\n  a ${of('1 2')}\n`;
	expect(await runTestFile(parseTestFile(native))).toMatchObject({ passed: 1, failed: [expect.anything()] });
});

it.runIf(full && hasGo())(
	'passes what Prometheus tests its engine with',
	async () => {
		const folder = testFolder();
		const failed: string[] = [];
		let passed = 0;
		for (const name of readdirSync(folder)) {
			if (!name.endsWith('.test') || LEFT_OUT[name]) continue;
			const outcome = await runTestFile(parseTestFile(readFileSync(`${folder}/${name}`, 'utf8')));
			passed += outcome.passed;
			failed.push(...outcome.failed.map((text) => `${name} ${text}`));
			const skipped = [...outcome.skipped].map(([why, n]) => `${n} of ${why}`).join(', ');
			console.log(`${name}: ${outcome.passed} passed${skipped && `, left out ${skipped}`}`);
		}
		for (const [name, why] of Object.entries(LEFT_OUT)) console.log(`${name}: left out, ${why}`);
		expect(failed).toEqual([]);
		expect(passed).toBe(EVALUATIONS);
	},
	600_000,
);
