import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { made, runToMake } from './made.ts';

/** Why no Python with packages of its own can be made here, or nothing. */
export function whyNoPython(): string | undefined {
	const { status, error } = spawnSync('python3', ['-c', 'import venv, ensurepip']);
	if (error !== undefined) return 'no python3';
	return status === 0 ? undefined : 'python3 has no venv (Debian: python3-venv)';
}

/** A Python of its own in `build/NAME` that has these packages, `name==version`; they are downloaded once. */
export function pythonWith(name: string, packages: string[]): string {
	const folder = made(name, (to) => {
		runToMake('python3', ['-m', 'venv', to]);
		runToMake(join(to, 'bin/python'), ['-m', 'pip', 'install', '--quiet', ...packages]);
	});
	return join(folder, 'bin/python');
}
