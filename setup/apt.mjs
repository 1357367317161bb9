import { runCommand } from './run-command.mjs';

/** A fresh machine may be at its own upgrades, which hold apt's lock. */
const WAIT = ['-o', 'DPkg::Lock::Timeout=300'];

/** `apt-get install` with `words`, after an `update` where the lists of packages are missing or old. Rejects with apt's last words. */
export async function aptInstall(words) {
	const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
	const install = () =>
		runCommand('apt-get', ['install', '-y', '--no-install-recommends', ...WAIT, ...words], { env });
	try {
		await install();
	} catch {
		await runCommand('apt-get', ['update', ...WAIT], { env });
		await install();
	}
}
