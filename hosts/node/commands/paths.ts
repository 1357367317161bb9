import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Sources run as they are in a checkout; the npm package carries JavaScript, in the same folders. */
const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
export const isPackage = extension === 'js';

/** Top of the checkout or of the installed package. */
export const rootDir = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');

export const buildDir = join(rootDir, 'build');
/** WebAssembly modules: built in the checkout, else of the package @codexray/core. */
export const coreDir = isPackage
	? join(dirname(createRequire(import.meta.url).resolve('@codexray/core/package.json')), 'components')
	: join(buildDir, 'core');
export const denoBinary = join(rootDir, 'node_modules', '.bin', 'deno');
/** The pinned Node; on Deno it runs the embedded engine. */
export const nodeBinary = join(rootDir, 'node_modules', 'node', 'bin', 'node');

/** A program of ours by its path from the top, without extension. */
export function programFile(path: string): string {
	return join(rootDir, `${path}.${extension}`);
}

/** Where data lie unless something else is said: of a package at the machine's usual place, wherever it is started. */
export const defaultDataDir = isPackage ? usualDir('/var/lib', 'XDG_DATA_HOME', '.local/share') : './data';

/** Compiled code is kept here between starts. */
export const compileCacheDir = join(
	isPackage ? usualDir('/var/cache', 'XDG_CACHE_HOME', '.cache') : buildDir,
	'compile-cache',
);

function usualDir(ofRoot: string, variable: string, ofHome: string): string {
	if (process.getuid?.() === 0) return join(ofRoot, 'codexray');
	return join(process.env[variable] || join(homedir(), ofHome), 'codexray');
}
