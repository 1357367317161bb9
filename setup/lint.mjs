import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { pinnedNode, root, setup, toolEnv } from './setup.mjs';

// `npm run lint`: format, lint and types of everything; all checks run, so that one look shows all that is wrong.

const tool = (path, ...words) => [join(root, 'node_modules', path), ...words];
const CHECKS = [
	['format and lint', tool('@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.')],
	['types', tool('typescript/bin/tsc', '-p', 'tsconfig.json')],
	['types of the core', tool('typescript/bin/tsc', '-p', 'core-as/assembly')],
	[
		'types of the pages',
		tool('svelte-check/bin/svelte-check', '--tsconfig', 'web/tsconfig.json', '--output', 'human'),
	],
];

if (!process.argv.includes('--ready')) await setup({ system: false });

let failed = 0;
for (const [name, words] of CHECKS) {
	const code = await new Promise((resolve) => {
		spawn(pinnedNode, words, { cwd: root, env: toolEnv(), stdio: ['ignore', 'inherit', 'inherit'] })
			.on('error', () => resolve(1))
			.on('exit', resolve);
	});
	if (code !== 0) failed++;
	console.log(`${name}: ${code === 0 ? 'clean' : 'NOT CLEAN'}`);
}
process.exit(failed ? 1 : 0);
