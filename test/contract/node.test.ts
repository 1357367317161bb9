import { afterAll, describe, expect, test } from 'vitest';
import { loadSuites } from './suites.ts';

const root = new URL('../..', import.meta.url).pathname;
/** Engines start and stop. */
const TIMEOUT_MS = 60_000;
const suites = await loadSuites(root);

test('there are contract suites', () => {
	expect(suites.length).toBeGreaterThan(0);
});

describe.each(suites)('$path', ({ cases, close }) => {
	if (close) afterAll(close, TIMEOUT_MS);
	test.each(Object.entries(cases))(
		'%s',
		async (_name, run) => {
			await run();
		},
		TIMEOUT_MS,
	);
});
