import { loadSuites } from './suites.ts';

// Runs every contract suite on Deno; the same cases run on Node under vitest (node.test.ts).

const root = new URL('../..', import.meta.url).pathname;
let passed = 0;
const failures: string[] = [];
for (const { path, cases, close } of await loadSuites(root)) {
	const before = failures.length;
	for (const [name, run] of Object.entries(cases)) {
		try {
			await run();
			passed++;
		} catch (error) {
			failures.push(`${path}: ${name}\n${(error as Error).stack}`);
		}
	}
	await close?.();
	console.log(
		`${failures.length === before ? 'ok    ' : 'FAILED'} ${path} (${Object.keys(cases).length} cases)`,
	);
}
for (const failure of failures) console.error(`\n${failure}`);
console.log(`\n${passed} passed, ${failures.length} failed on Deno`);
if (failures.length || !passed) process.exit(1);
process.exit(0);
