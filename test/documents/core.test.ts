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

test('versions are those that are built', () => {
	const { version } = JSON.parse(read('package.json'));
	expect(read('wit/codexray-core/otlp.wit')).toContain(`package codexray:core@${version};`);
	expect(text).toContain(`now ${version}.`);
});
