import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const VERSION = '7.4.3';
const FOLDER = new URL(`../../build/bench/snappy-${VERSION}`, import.meta.url).pathname;

/** The npm package `snappy`: Rust as a native addon. */
export interface NativeSnappy {
	compressSync(input: Uint8Array): Uint8Array;
	uncompressSync(input: Uint8Array): Uint8Array;
}

/** Installed below build/ at the first run: only this bench wants it. Undefined where it cannot be had. */
export function nativeSnappy(): NativeSnappy | undefined {
	const entry = join(FOLDER, 'node_modules/snappy/package.json');
	try {
		if (!existsSync(entry)) {
			mkdirSync(FOLDER, { recursive: true });
			writeFileSync(join(FOLDER, 'package.json'), '{ "private": true }\n');
			const words = ['install', '--no-audit', '--no-fund', '--save-exact', `snappy@${VERSION}`];
			execFileSync('npm', words, { cwd: FOLDER, stdio: ['ignore', 'ignore', 'inherit'] });
		}
		return createRequire(entry)('snappy');
	} catch (error) {
		console.error(`npm's snappy does not run here: ${(error as Error).message}`);
		return undefined;
	}
}
