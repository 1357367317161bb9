import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './product.ts';

/**
 * Programs that tests run against and that must not be installed, because a distribution would start them as services:
 * Debian's packages, unpacked below `build/debian`. Returns that folder's path; the programs lie in its `usr/bin` and so on.
 * Throws where apt cannot download them.
 */
export function unpackDebian(name: string, packages: string[]): string {
	const folder = join(root, 'build/debian', name);
	if (existsSync(folder)) return folder;
	mkdirSync(join(root, 'build/debian'), { recursive: true });
	const archives = mkdtempSync(join(root, 'build/debian/.archives-'));
	try {
		mkdirSync(join(archives, 'partial'));
		const words = ['install', '--download-only', '--reinstall', '--no-install-recommends', '-y'];
		const run = () =>
			execFileSync('apt-get', [...words, '-o', `Dir::Cache::archives=${archives}`, ...packages], {
				stdio: ['ignore', 'ignore', 'pipe'],
			});
		try {
			run();
		} catch {
			// A fresh image has no package lists yet.
			execFileSync('apt-get', ['update'], { stdio: 'ignore' });
			run();
		}
		const unpacked = join(archives, 'root');
		for (const file of readdirSync(archives).filter((each) => each.endsWith('.deb')))
			execFileSync('dpkg', ['-x', join(archives, file), unpacked]);
		renameSync(unpacked, folder);
	} finally {
		rmSync(archives, { recursive: true, force: true });
	}
	return folder;
}
