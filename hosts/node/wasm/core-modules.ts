import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CoreModules } from '../../../core-as/facade/component.ts';

/**
 * Compiles every core module in `dir` (`build/core`), by file name. Works on Deno too, with `--allow-read=DIR`.
 * A compiled module may be posted to workers.
 */
export async function loadCoreModules(dir: string): Promise<CoreModules> {
	const names = (await readdir(dir)).filter((name) => /\.core\d*\.wasm$/.test(name));
	if (names.length === 0) throw new Error(`no core modules in ${dir}: run the build first`);
	const modules: CoreModules = {};
	await Promise.all(
		names.map(async (name) => {
			modules[name] = await WebAssembly.compile(new Uint8Array(await readFile(join(dir, name))));
		}),
	);
	return modules;
}
