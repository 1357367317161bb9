import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { COMPONENTS, readCases } from '../../core-as/cases/case-file.ts';
import { root } from '../product/product.ts';
import { pythonWith, whyNoPython } from '../programs/python.ts';
import { WASMTIME } from './core-examples.ts';

// The case files of the components in Wasmtime; on Node and Deno they are a contract suite. Wasmtime is downloaded:
// `npm run test:full` only.

const full = process.env.CODEXRAY_TEST_FULL !== undefined;
const missing = full ? whyNoPython() : 'only in test:full';

test.skipIf(missing)(`every case in Wasmtime${missing ? `: skipped, ${missing}` : ''}`, async () => {
	const python = pythonWith(`wasmtime/python-${WASMTIME}`, [`wasmtime==${WASMTIME}`]);
	const program = join(root, 'core-as/cases/wasmtime_cases.py');
	const { status, stdout, stderr } = spawnSync(python, [program, join(root, 'build/core')], {
		encoding: 'utf8',
	});
	expect(status, stdout + stderr).toBe(0);
	const counts = await Promise.all(COMPONENTS.map(async (name) => (await readCases(name)).length));
	const all = counts.reduce((sum, count) => sum + count, 0);
	expect(stdout).toBe(`${all} passed, 0 calls failed on Wasmtime ${WASMTIME}\n`);
});
