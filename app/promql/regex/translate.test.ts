import { describe, expect, it } from 'vitest';
import { Backtracking, Linear, regexOf } from './label-regex.ts';
import { RegexError } from './regex-error.ts';
import { translateRegex } from './translate.ts';

/** pattern, what it matches, what it does not */
const CASES: [pattern: string, matches: string[], not: string[]][] = [
	['a.c', ['abc', 'a\nc', 'a\u2028c'], ['abcd', 'xabc', 'ac']],
	['a|bc', ['a', 'bc'], ['ab', 'abc']],
	['(?-s)a.c', ['abc', 'a\rc'], ['a\nc']],
	['(?i)Ab(?-i)C', ['abC', 'ABC'], ['abc']],
	['a(?i)b|c', ['ab', 'aB', 'c', 'C'], ['Ab']],
	['(?i:[a-c]x)', ['AX', 'bx'], ['dx']],
	['(?m)a$\\n^b', ['a\nb'], ['ab']],
	['\\s', [' ', '\t', '\n', '\f'], ['\u00a0', '\v', '\u2003']],
	['\\S', ['\u00a0', 'a'], [' ']],
	['\\w+', ['aB_9'], ['ä', '']],
	['[[:alpha:]]+', ['aZ'], ['a1']],
	['[^[:digit:]x]', ['a', '\n'], ['1', 'x']],
	['[]a]', [']', 'a'], ['b']],
	['[a-]', ['a', '-'], ['b']],
	['\\pL\\p{Greek}\\P{Lu}', ['äαx'], ['äaX']],
	['\\x41\\x{1F600}\\101', ['A😀A'], ['AA']],
	['\\Qa.*b\\E+', ['a.*b', 'a.*bbb'], ['axxb']],
	['a{2}{', ['aa{'], ['a{']],
	['a{,2}', ['a{,2}'], ['aa']],
	['x}]', ['x}]'], ['x']],
	['(?U)a+', ['aaa'], ['']],
	['(?P<n>a)(?<m>b)', ['ab'], ['a']],
	['\\Aa\\z', ['a'], ['ab']],
	['^*a', ['a'], ['^a']],
	['\\ba\\b', ['a'], ['aa']],
	['😀?', ['', '😀'], ['😀😀']],
	['', [''], ['a']],
];

const REFUSED = [
	...[
		'(?=a)',
		'(?!a)',
		'(?<=a)b',
		'(a)\\1',
		'a**',
		'a{2}{3}',
		'*a',
		'a{1001}',
		'(a{100}){100}',
		'a{2,1}',
		'(',
		')',
	],
	...[
		'[',
		'[a',
		'[b-a]',
		'\\',
		'\\Z',
		'\\q',
		'\\pX1',
		'[[:foo:]]',
		'[[:constructor:]]',
		'(?P<n>a)(?P<n>b)',
		'(?z)a',
		'(?i-)a',
		'a++',
	],
];

describe('regular expressions of RE2', () => {
	it.each(CASES)('%s', (pattern, matches, not) => {
		for (const regex of [new Backtracking(translateRegex(pattern).source), new Linear(pattern)]) {
			for (const text of matches) expect(regex.test(text), text).toBe(true);
			for (const text of not) expect(regex.test(text), text).toBe(false);
		}
	});

	it.each(REFUSED)('%s is refused', (pattern) => {
		expect(() => regexOf(pattern)).toThrow(RegexError);
	});
});
