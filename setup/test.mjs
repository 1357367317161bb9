import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pinnedNode, root, setup, toolEnv } from './setup.mjs';

// `npm test` and `npm run test:full [-- SUITE ...]`: set-up for tests, then the suites one after another, each with its time.

const args = process.argv.slice(2);
const full = args.includes('--full');
const wanted = args.filter((arg) => !arg.startsWith('-'));

const vitest = join(root, 'node_modules/vitest/vitest.mjs');
const results = (name) => join(root, 'build/test-results', `${name}.json`);
const vitestRun = (name, words) => [
	pinnedNode,
	[vitest, 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${results(name)}`, ...words],
];
const tests = (folder) =>
	vitestRun(folder.replace('test/', ''), ['--config', 'test/vitest.config.ts', folder]);
const SUITES = [
	{ name: 'checks', run: [pinnedNode, ['setup/lint.mjs', '--ready']] },
	{ name: 'unit', run: vitestRun('unit', []) },
	{ name: 'deno', run: [pinnedNode, ['test/contract/run-deno.mjs']] },
	{ name: 'end-to-end', run: tests('test/end-to-end') },
	{ name: 'faults', run: tests('test/faults') },
	{ name: 'browser', run: tests('test/browser') },
	{ name: 'commands', run: tests('test/commands') },
];

function runSuite([command, words]) {
	const env = { ...toolEnv(), ...(full ? { CODEXRAY_TEST_FULL: '1' } : {}) };
	return new Promise((resolve) => {
		const child = spawn(command, words, { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] });
		child.on('error', () => resolve(false));
		child.on('exit', (code) => resolve(code === 0));
	});
}

/** Names of the tests that failed, each with the first line of its error; they would else stand far above the table. */
function failures(name) {
	let report;
	try {
		report = JSON.parse(readFileSync(results(name), 'utf8'));
	} catch {
		return [];
	}
	const lines = [];
	for (const file of report.testResults) {
		const failed = file.assertionResults.filter((test) => test.status === 'failed');
		const path = file.name.replace(`${root}/`, '');
		// A file that failed before its first test.
		if (failed.length === 0 && file.status === 'failed') lines.push(`${path}: ${file.message}`);
		for (const test of failed) lines.push(`${path} > ${test.fullName}: ${test.failureMessages[0] ?? ''}`);
	}
	return lines.map((line) => line.split('\n')[0]);
}

const unknown = wanted.filter((name) => !SUITES.some((suite) => suite.name === name));
if (unknown.length) {
	console.error(
		`There is no suite ${unknown.join(', ')}. Suites: ${SUITES.map((suite) => suite.name).join(', ')}`,
	);
	process.exit(2);
}
try {
	await setup({ tests: true, tolerant: false, system: !args.includes('--no-system') });
} catch (error) {
	console.error(`\nSet-up failed: ${error.message}`);
	process.exit(1);
}
const done = [];
rmSync(join(root, 'build/test-results'), { recursive: true, force: true });
for (const suite of SUITES) {
	if (wanted.length && !wanted.includes(suite.name)) continue;
	console.log(`\n=== ${suite.name}`);
	const started = Date.now();
	const passed = await runSuite(suite.run);
	done.push({ name: suite.name, passed, seconds: Math.round((Date.now() - started) / 1000) });
}
console.log('\nsuite         result   time');
for (const { name, passed, seconds } of done) {
	console.log(`${name.padEnd(14)}${(passed ? 'passed' : 'FAILED').padEnd(9)}${seconds} s`);
}
for (const { name } of done.filter((suite) => !suite.passed)) {
	console.log(`\nFailed in ${name}:`);
	for (const line of failures(name)) console.log(`  ${line}`);
}
const failed = done.filter((suite) => !suite.passed).length;
console.log(`\nSuites: ${done.length - failed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
