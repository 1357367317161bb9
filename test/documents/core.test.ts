import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

// docs/core.md quotes the examples: each block of code below the link to a file is in that file, line by line.

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const text = read('docs/core.md');
const quotes = [
	...text.matchAll(/^\[`(core-as\/examples\/[^`]+)`\]\(\.\.\/\1\)\n```\w+\n([\s\S]*?)^```$/gm),
].map((match) => [match[1]!, match[2]!] as const);

test('every block of code is a quote of an example', () => {
	expect(quotes.length).toBeGreaterThanOrEqual(8);
	expect(text.match(/^```\w+$/gm)).toHaveLength(quotes.length);
});

test.each(quotes)('%s is quoted as it is', (path, quoted) => {
	expect(quoted).not.toBe('');
	expect(`\n${read(path)}`).toContain(`\n${quoted}`);
});

test('the table has the interfaces of every world', () => {
	const worlds = [...read('wit/codexray-core/worlds.wit').matchAll(/^world \S+ \{\n([\s\S]*?)^\}/gm)];
	const exported = worlds.map(([, body]) => [...body!.matchAll(/export (\S+);/g)].map(([, name]) => name));
	const rows = [...text.matchAll(/^\| `\w+` \| (.*?) \|/gm)].map(([, cell]) => cell!);
	const named = rows.map((cell) => [...cell.matchAll(/`([\w-]+)`/g)].map(([, name]) => name));
	expect(named).toHaveLength(worlds.length);
	for (const interfaces of exported) {
		const row = named.find((names) => names.includes(interfaces[0]));
		expect(row).toEqual(expect.arrayContaining(interfaces));
	}
});

test('versions are those that are built', () => {
	const { version } = JSON.parse(read('package.json'));
	expect(read('wit/codexray-core/otlp.wit')).toContain(`package codexray:core@${version};`);
	expect(text).toContain(`now ${version}.`);
});
