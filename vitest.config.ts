import { defineConfig } from 'vitest/config';

export default defineConfig({
	test: {
		include: ['{app,core-as,hosts,web,test,setup}/**/*.test.ts'],
		exclude: [
			'**/node_modules/**',
			'build/**',
			'test/end-to-end/**',
			'test/faults/**',
			'test/browser/**',
			'test/commands/**',
		],
		pool: 'forks',
		maxWorkers: 2,
		testTimeout: 30_000,
		hookTimeout: 30_000,
		expect: { poll: { timeout: 20_000 } },
	},
});
