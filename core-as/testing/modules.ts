import { readdir, readFile } from 'node:fs/promises';
import type { CoreModules } from '../facade/component.ts';

/** The built core modules, for tests on any host; `build/core` must exist. */
export async function builtModules(): Promise<CoreModules> {
	const folder = new URL('../../build/core/', import.meta.url);
	const names = (await readdir(folder)).filter((name) => /\.core\d*\.wasm$/.test(name));
	const modules: CoreModules = {};
	for (const name of names) {
		modules[name] = await WebAssembly.compile(new Uint8Array(await readFile(new URL(name, folder))));
	}
	return modules;
}
