import { execFileSync } from 'node:child_process';
import { chownSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unpackDebian } from '../product/debian-packages.ts';

const PACKAGES = ['postgresql-15', 'postgresql-client-15', 'redis-server', 'redis-tools'];

/** Where Debian's packages of the databases are unpacked, and the environment in which their programs find their libraries. */
export function databasePrograms(): { root: string; env: NodeJS.ProcessEnv } {
	const root = unpackDebian('databases', PACKAGES);
	const libraries = join(root, 'usr/lib');
	const folders = readdirSync(libraries).filter((name) => name.includes('-linux-'));
	const path = folders.map((name) => join(libraries, name)).join(':');
	return { root, env: { ...process.env, LD_LIBRARY_PATH: path, LC_ALL: 'C' } };
}

/** Who runs what refuses to run as root. */
export const NOBODY = {
	uid: Number(execFileSync('id', ['-u', 'nobody'], { encoding: 'utf8' })),
	gid: Number(execFileSync('id', ['-g', 'nobody'], { encoding: 'utf8' })),
};

/** A temporary folder that belongs to nobody. */
export function nobodysFolder(name: string): string {
	const dir = mkdtempSync(join(tmpdir(), `codexray-${name}-`));
	chownSync(dir, NOBODY.uid, NOBODY.gid);
	return dir;
}
