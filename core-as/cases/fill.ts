import { writeFile } from 'node:fs/promises';
import { builtModules } from '../testing/modules.ts';
import { CaseRun, COMPONENTS, readCases } from './case-file.ts';

// Notes in the case files what the components answer to calls that say neither result nor error; with `--again NAME` to
// all calls of that component, for when its WIT has changed.

const again = process.argv[2] === '--again' ? process.argv[3] : undefined;
const modules = await builtModules();
for (const component of COMPONENTS) {
	const cases = await readCases(component);
	let filled = 0;
	for (const { interface: at, calls } of cases) {
		const run = await CaseRun.start(component, modules, at);
		for (const call of calls) {
			const answer = run.answer(call);
			if (component !== again && ('result' in call || 'error' in call)) continue;
			delete call.result;
			delete call.error;
			Object.assign(call, answer);
			filled++;
		}
	}
	if (filled === 0) continue;
	const text = `${JSON.stringify({ component, cases }, null, '\t')}\n`;
	await writeFile(new URL(`${component}.json`, import.meta.url), text);
	console.log(`core-as/cases/${component}.json: ${filled} calls filled in; format it with npm run fmt`);
}
