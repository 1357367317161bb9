import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { plainEnv } from '../product/plain-env.ts';
import { root } from '../product/product.ts';

/** npm packages of this checkout, installed into an empty folder outside of it, as somebody gets them who has no checkout. */
export class InstalledPackages {
	/** Everything; removed at the end. */
	readonly dir = mkdtempSync(join(tmpdir(), 'codexray-packages-'));
	/** Has `node_modules`. */
	readonly installed = join(this.dir, 'installed');

	/** Makes and installs the packages of these names, `core` and `codexray`. Throws what npm says. */
	constructor(...names: string[]) {
		mkdirSync(this.installed);
		const pack = spawnSync(process.execPath, ['setup/package.mjs', '--ready', ...names], {
			cwd: root,
			encoding: 'utf8',
		});
		if (pack.status !== 0) throw new Error(pack.stderr);
		const tarballs = [...pack.stdout.matchAll(/^(build\/packages\/\S+\.tgz): /gm)].map((match) => match[1]!);
		if (tarballs.length !== names.length) throw new Error(pack.stdout);
		const words = ['install', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
		const install = spawnSync('npm', [...words, ...tarballs.map((name) => join(root, name))], {
			cwd: this.installed,
			env: plainEnv(),
			encoding: 'utf8',
		});
		if (install.status !== 0) throw new Error(install.stderr);
	}

	remove(): void {
		rmSync(this.dir, { recursive: true, force: true });
	}
}
