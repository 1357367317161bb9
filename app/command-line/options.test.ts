import { describe, expect, test } from 'vitest';
import { describeOptions, givenOptions, type Option, readOptions, UsageError } from './options.ts';

const options: Option[] = [
	{ flag: 'listen', value: 'HOST:PORT', env: ['CX_LISTEN', 'LISTEN'], fallback: ':8080', help: 'where' },
	{ flag: 'name', value: 'NAME', env: ['CX_NAMES'], separator: ',', help: 'names' },
	{ flag: 'no-agent', env: ['CX_NO_AGENT'], help: 'no agent' },
];

test('flag wins over environment, environment over fallback, the first variable over the second', () => {
	const listen = (args: string[], env: Record<string, string>) =>
		readOptions(options, args, env).text('listen');
	expect(listen([], {})).toBe(':8080');
	expect(listen([], { LISTEN: ':1' })).toBe(':1');
	expect(listen([], { CX_LISTEN: ':2', LISTEN: ':1' })).toBe(':2');
	expect(listen([], { CX_LISTEN: '', LISTEN: ':1' })).toBe(':1');
	expect(listen(['--listen', ':4', '--listen', ':3'], { CX_LISTEN: ':2' })).toBe(':3');
});

test('a flag several times, or a list in the environment', () => {
	expect(readOptions(options, ['--name', 'a', '--name', 'b'], {}).all('name')).toEqual(['a', 'b']);
	expect(readOptions(options, [], { CX_NAMES: 'a,,b' }).all('name')).toEqual(['a', 'b']);
	expect(readOptions(options, [], {}).all('name')).toEqual([]);
});

test('a switch is on where it is said, not where the environment says no', () => {
	expect(readOptions(options, ['--no-agent'], {}).on('no-agent')).toBe(true);
	expect(readOptions(options, [], {}).on('no-agent')).toBe(false);
	for (const [text, on] of [
		['1', true],
		['true', true],
		['0', false],
		['false', false],
		['', false],
	] as const) {
		expect(readOptions(options, [], { CX_NO_AGENT: text }).on('no-agent')).toBe(on);
	}
});

test.each([[['--lisen', 'x']], [['word']], [['--listen']]])('%j is refused in words', (args) => {
	expect(() => readOptions(options, args, {})).toThrow(UsageError);
});

describe('help', () => {
	const help = describeOptions(options);
	test.each(['--listen HOST:PORT', '(default :8080)', 'CX_LISTEN, LISTEN', '--no-agent'])('%s', (text) => {
		expect(help).toContain(text);
	});
});

test('words that are asked for are there, no more and no fewer', () => {
	expect(readOptions(options, ['a.rec', '--name', 'x'], {}, ['FILE']).words).toEqual(['a.rec']);
	expect(readOptions(options, ['--name', 'x', 'a.rec'], {}, ['FILE']).words).toEqual(['a.rec']);
	expect(() => readOptions(options, [], {}, ['FILE'])).toThrow('FILE is missing');
	expect(() => readOptions(options, ['a', 'b'], {}, ['FILE'])).toThrow("unexpected argument 'b'");
});

test('options go on to another program as they were given, some left out', () => {
	const args = ['--name', 'a,b', '--listen=:4', '--no-agent', '--name=--c'];
	const words = givenOptions(options, args, ['listen']);
	expect(words).toEqual(['--name=a,b', '--no-agent', '--name=--c']);
	expect(readOptions(options, words, {}).all('name')).toEqual(['a,b', '--c']);
	expect(() => givenOptions(options, ['--unknown'], [])).toThrow(UsageError);
});
