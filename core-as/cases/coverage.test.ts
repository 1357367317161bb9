import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { builtModules } from '../testing/modules.ts';
import { COMPONENTS, readCases } from './case-file.ts';
import { camelCase } from './case-value.ts';

const BUILT = new URL('../../build/core/', import.meta.url);
const modules = await builtModules();

/** What a component exports, as its bindings name it: `snappy.compress`, `l7.Tracker`, `l7.Tracker.feed`. */
async function functionsOf(component: string): Promise<string[]> {
	const { instantiate } = await import(new URL(`${component}.js`, BUILT).href);
	const exports: Record<string, Record<string, { prototype?: object }>> = instantiate(
		(path: string) => modules[path],
		{},
	);
	// Each interface is there by its full name too.
	const interfaces = Object.entries(exports).filter(([name]) => !name.includes(':'));
	return interfaces.flatMap(([name, functions]) =>
		Object.entries(functions).flatMap(([own, value]) => {
			const isClass = /^[A-Z]/.test(own);
			const methods = isClass ? Object.getOwnPropertyNames(value.prototype) : [];
			const called = methods.filter((method) => method !== 'constructor');
			return [`${name}.${own}`, ...called.map((method) => `${name}.${own}.${method}`)];
		}),
	);
}

/** The same names, of a function of a case. */
function calledBy(at: string, name: string): string {
	const own = name.replace(/^\[(constructor|method)\](.)/, (_, _kind, letter: string) =>
		letter.toUpperCase(),
	);
	return camelCase(`${at}.${own}`);
}

test('every component has a case file', () => {
	const built = readdirSync(BUILT).filter((name) => name.endsWith('.component.wasm'));
	expect(built.map((name) => name.replace('.component.wasm', '')).sort()).toEqual(COMPONENTS.toSorted());
});

test.each(COMPONENTS)('%s: every function of its interfaces has a case', async (component) => {
	const cases = await readCases(component);
	const called = new Set(
		cases.flatMap(({ interface: at, calls }) => calls.map((it) => calledBy(at, it.function))),
	);
	const functions = await functionsOf(component);
	expect(functions.length).toBeGreaterThan(0);
	expect(functions.filter((name) => !called.has(name))).toEqual([]);
});

test('names of cases are different', async () => {
	for (const component of COMPONENTS) {
		const names = (await readCases(component)).map(({ name }) => name);
		expect(names).toEqual([...new Set(names)]);
	}
});
