import fc from 'fast-check';
import { expect, test } from 'vitest';
import { regexOf } from './label-regex.ts';
import { literalAlternatives } from './literal-alternatives.ts';

test.each([
	['a', ['a']],
	['', ['']],
	['a|b|a', ['a', 'b']],
	['(a|b\\.c)', ['a', 'b.c']],
	['a|', ['a', '']],
	['10\\.0\\.0\\.1:80|x-y', ['10.0.0.1:80', 'x-y']],
	['a.b', null],
	['(a)|(b)', null],
	['(?i)a', null],
	['(?:a|b)', null],
	['a\\d', null],
	['a*', null],
	['[ab]', null],
	['^a$', null],
	['a\\', null],
	['a{2}', null],
])('%s lists %j', (pattern, texts) => {
	expect(literalAlternatives(pattern)).toEqual(texts);
});

test('what it lists is what the expression takes, and nothing else', () => {
	const part = fc.constantFrom(
		'a',
		'b',
		'|',
		'\\.',
		'\\|',
		'(',
		')',
		'.',
		'\\',
		'?',
		'é',
		'-',
		'\\-',
		'\\d',
		'',
		'+',
	);
	fc.assert(
		fc.property(
			fc.array(part, { maxLength: 8 }),
			fc.array(fc.constantFrom('a', 'b', '.', '|', 'é', '-', '')),
			(parts, more) => {
				const pattern = parts.join('');
				const texts = literalAlternatives(pattern);
				if (texts === null) return;
				const regex = regexOf(pattern);
				for (const text of texts) expect(regex.test(text), `${pattern} takes ${text}`).toBe(true);
				const other = more.join('');
				expect(regex.test(other), `${pattern} and ${other}`).toBe(texts.includes(other));
			},
		),
		{ numRuns: 3000 },
	);
});
