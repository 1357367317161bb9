import { describe, expect, test } from 'vitest';
import { loadSuites } from './suites.ts';

const root = new URL('../..', import.meta.url).pathname;
const suites = await loadSuites(root);

test('there are contract suites', () => {
	expect(suites.length).toBeGreaterThan(0);
});

describe.each(suites)('$path', ({ cases }) => {
	test.each(Object.entries(cases))('%s', async (_name, run) => {
		await run();
	});
});
