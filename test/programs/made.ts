import { execFileSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../product/product.ts';

/** Makes `build/NAME` with what `make` puts into it; one that was left half made is made again. */
export function made(name: string, make: (folder: string) => void): string {
	const folder = join(root, 'build', name);
	const mark = join(folder, '.complete');
	if (existsSync(mark)) return folder;
	rmSync(folder, { recursive: true, force: true });
	make(folder);
	writeFileSync(mark, '');
	return folder;
}

export function runToMake(command: string, args: string[], env: NodeJS.ProcessEnv = {}): void {
	execFileSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...env } });
}
