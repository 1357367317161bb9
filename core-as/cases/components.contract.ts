import assert from 'node:assert/strict';
import { builtModules } from '../testing/modules.ts';
import { CaseRun, COMPONENTS, readCases } from './case-file.ts';

const modules = await builtModules();

/** Every call of every case file, on the host that runs this. */
export const cases: Record<string, () => Promise<void>> = {};
for (const component of COMPONENTS) {
	for (const { name, interface: at, calls } of await readCases(component)) {
		cases[`${component}: ${name}`] = async () => {
			const run = await CaseRun.start(component, modules, at);
			for (const [i, call] of calls.entries()) {
				const { result, error } = call;
				assert.ok('result' in call !== 'error' in call, `call ${i} says not what it gives`);
				assert.deepEqual(run.answer(call), error === undefined ? { result } : { error }, `call ${i}`);
			}
		};
	}
}
