import { describe, expect, it } from 'vitest';
import { Backtracking, Linear, regexOf } from './label-regex.ts';

const HOSTILE = [
	'(a+)+',
	'(a|a)*',
	'(a|aa)+',
	'(a?){30}a{30}',
	`${'a?'.repeat(30)}${'a'.repeat(30)}`,
	`${'(a|a)'.repeat(30)}`,
	'.*.*.*.*.*x',
	'(.*a){20}',
	'([a-z]+)*[0-9]',
	'(x+x+)+y',
];

const QUICK = [
	'.*shop.*',
	'api-.+-v[0-9]+|web-.+',
	'(GET|POST|PUT) /.*',
	'5..',
	'[a-z]{3,10}-[0-9]+',
	'10\\.0\\.[0-9]{1,3}\\..+',
	Array.from({ length: 300 }, (_, i) => `pod-${i}`).join('|'),
];

describe('expressions for label values', () => {
	it.each(HOSTILE)('%s holds nothing up', (pattern) => {
		expect(regexOf(pattern)).toBeInstanceOf(Linear);
		// An engine that goes back would take longer than anybody waits.
		expect(regexOf(pattern).test(`${'a'.repeat(3000)}!`)).toBe(false);
		expect(regexOf(pattern).test(`${'x'.repeat(3000)}!`)).toBe(false);
	});

	it.each(QUICK)('%s takes the faster engine', (pattern) => {
		expect(regexOf(pattern)).toBeInstanceOf(Backtracking);
	});

	it('both engines find the same groups', () => {
		const pattern = '(?P<first>a|ab)(c|bcd)(?P<last>d*)(e)?';
		for (const regex of [new Backtracking('(?<first>a|ab)(c|bcd)(?<last>d*)(e)?'), new Linear(pattern)]) {
			const { numbered, named } = regex.match('abcdd')!;
			expect([...numbered]).toEqual(['abcdd', 'a', 'bcd', 'd', undefined]);
			expect([...named]).toEqual([
				['first', 'a'],
				['last', 'd'],
			]);
			expect(regex.match('abx')).toBeNull();
		}
	});
});
