import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

// The arrows of docs/architecture.md: who may import whom, and which rooms know no platform.

const root = new URL('../..', import.meta.url).pathname;
const ROOMS = ['app', 'core-as', 'hosts', 'web'];

const sources = ROOMS.flatMap((room) =>
	readdirSync(join(root, room), { recursive: true, encoding: 'utf8' })
		.filter((path) => /\.(ts|mjs|js|svelte)$/.test(path) && !path.includes('node_modules'))
		.map((path) => join(room, path)),
);
/** Tests and test material may reach across rooms. */
const isTest = (path: string) => /\.(test|contract)\.ts$|(^|\/)testing\//.test(path);

function importsOf(path: string): string[] {
	const text = readFileSync(join(root, path), 'utf8');
	const found = text.matchAll(/(?:\bfrom\s*|\bimport\s*\(?\s*|new URL\(\s*)['"]([^'"]+)['"]/g);
	return [...found].map((match) => match[1]!);
}

/** Imports between our own files, as paths from the top. */
const arrows = sources
	.filter((path) => !isTest(path))
	.flatMap((from) =>
		importsOf(from)
			.filter((name) => name.startsWith('.'))
			.map((name) => ({ from, to: relative(root, resolve(root, dirname(from), name)) })),
	);

const offenders = (from: RegExp, to: RegExp) =>
	arrows
		.filter((arrow) => from.test(arrow.from) && to.test(arrow.to))
		.map((arrow) => `${arrow.from} -> ${arrow.to}`);

test('the rooms are there', () => {
	for (const room of ROOMS) expect(sources.some((path) => path.startsWith(`${room}/`))).toBe(true);
});

test('app imports neither hosts nor web nor the inside of the core', () => {
	expect(offenders(/^app\//, /^(hosts|web|test|bench|setup|build)\//)).toEqual([]);
	expect(offenders(/^app\//, /^core-as\/(?!facade\/index\.ts$)/)).toEqual([]);
});

test('the core imports nothing of ours but what it builds', () => {
	expect(offenders(/^core-as\//, /^(?!core-as\/|build\/core\/|wit\/)/)).toEqual([]);
});

test('the pages know only the HTTP API and the core', () => {
	expect(offenders(/^web\//, /^(?!web(\/|$)|core-as\/facade\/|build\/web)/)).toEqual([]);
});

test('nothing but the Deno host imports the Node host', () => {
	expect(offenders(/^(?!hosts\/)/, /^hosts\//)).toEqual([]);
	expect(offenders(/^hosts\/node\//, /^hosts\/deno\//)).toEqual([]);
});

const PORTABLE =
	/^(app\/(server|promql|telemetry|delivery|exposition|features|cluster-agent|logging|clock\.ts)|core-as\/facade)/;

test('portable rooms know no platform', () => {
	const portable = sources.filter((path) => PORTABLE.test(path) && !isTest(path));
	expect(portable.length).toBeGreaterThan(0);
	const bound = portable.flatMap((path) => {
		const text = readFileSync(join(root, path), 'utf8');
		const native = importsOf(path).filter((name) => /^(node:|@duckdb\/|fs$|path$|net$)/.test(name));
		const globals = [...text.matchAll(/\b(Deno|process|Buffer|__dirname|require)\s*[.(]/g)].map(
			(match) => match[1],
		);
		return [...native, ...globals].map((name) => `${path}: ${name}`);
	});
	expect(bound).toEqual([]);
});

test('no drawer for everything', () => {
	expect(sources.filter((path) => /(^|\/)(utils?|helpers?|common|misc)(\/|\.)/i.test(path))).toEqual([]);
});
