import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pinnedNode, root, setup, toolEnv } from './setup.mjs';

// `npm run bench -- NAME [--write]`: one line a row; exits 1 when a row is short.

const NAMES = ['core', 'agent', 'agent-soak', 'metrics', 'signals', 'model'];
const [name, ...rest] = process.argv.slice(2);
if (!NAMES.includes(name)) {
	console.error(`npm run bench -- NAME [--write]\nNAME is one of ${NAMES.join(', ')}`);
	process.exit(2);
}
await setup({ tests: true, tolerant: false });
const file = join('bench', `${name}.ts`);
const words = existsSync(join(root, file)) ? [file, ...rest] : ['bench/unmeasured.ts', name, ...rest];
process.exit(spawnSync(pinnedNode, words, { cwd: root, env: toolEnv(), stdio: 'inherit' }).status ?? 1);
