import { delimiter } from 'node:path';

/** The environment of a login shell: the machine's own Node comes first, not the pinned one. */
export function plainEnv(): NodeJS.ProcessEnv {
	const path = (process.env.PATH ?? '').split(delimiter).filter((part) => !part.includes('node_modules'));
	const kept = Object.entries(process.env).filter(([name]) => !/^(npm_|NODE$|INIT_CWD$|VITEST)/.test(name));
	return { ...Object.fromEntries(kept), PATH: path.join(delimiter) };
}
