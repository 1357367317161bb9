import { defineConfig } from 'vitest/config';

// Suites that start real processes: one file at a time, so that they do not measure each other.
export default defineConfig({
	test: {
		root: new URL('..', import.meta.url).pathname,
		include: ['test/{end-to-end,faults,browser,commands}/**/*.test.ts'],
		pool: 'forks',
		fileParallelism: false,
		testTimeout: 240_000,
		hookTimeout: 120_000,
		expect: { poll: { timeout: 30_000 } },
	},
});
