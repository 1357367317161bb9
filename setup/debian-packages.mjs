import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { aptInstall } from './apt.mjs';
import { runCommand } from './run-command.mjs';

// Programs that the demo and tests run and that must not be installed, because a distribution would start them as services.

const OTHERS_EXECUTE = 0o001;

/** Whether everybody may go through a folder and those above it: databases do not run as root. */
function isOpen(folder) {
	for (let at = folder; ; at = dirname(at)) {
		if (existsSync(at) && (statSync(at).mode & OTHERS_EXECUTE) === 0) return false;
		if (at === dirname(at)) return true;
	}
}

/** Where packages are unpacked: below the checkout's build, or elsewhere if that is closed to others (`/root`). */
export function unpackedFolder(root, name) {
	const build = join(root, 'build');
	return isOpen(build) ? join(build, 'debian', name) : join('/var/cache/codexray', name);
}

/** What is being unpacked, by folder: several may ask for the same at once. */
const underWay = new Map();

/**
 * Debian's packages, unpacked and not installed; what they need and the machine has not comes with them. Returns the folder;
 * the programs lie in its `usr/bin` and so on. Rejects where apt cannot download them.
 */
export function unpackDebian(root, name, packages) {
	const folder = unpackedFolder(root, name);
	if (!underWay.has(folder)) {
		const unpacked = unpack(folder, packages);
		underWay.set(
			folder,
			unpacked.finally(() => underWay.delete(folder)),
		);
	}
	return underWay.get(folder);
}

async function unpack(folder, packages) {
	if (existsSync(folder)) return folder;
	mkdirSync(dirname(folder), { recursive: true });
	const archives = mkdtempSync(join(dirname(folder), '.archives-'));
	try {
		mkdirSync(join(archives, 'partial'));
		await aptInstall([
			...['--download-only', '--reinstall', '-o', `Dir::Cache::archives=${archives}`],
			...packages,
		]);
		const unpacked = join(archives, 'root');
		for (const file of readdirSync(archives).filter((each) => each.endsWith('.deb')))
			await runCommand('dpkg', ['-x', join(archives, file), unpacked]);
		// Another process may have been faster.
		if (!existsSync(folder)) renameSync(unpacked, folder);
	} finally {
		rmSync(archives, { recursive: true, force: true });
	}
	return folder;
}

export const DATABASE_PACKAGES = ['postgresql-15', 'postgresql-client-15', 'redis-server', 'redis-tools'];
export const METRIC_SOURCE_PACKAGES = ['prometheus', 'victoria-metrics'];
export const FALSE_CLOCK_PACKAGES = ['libfaketime'];
