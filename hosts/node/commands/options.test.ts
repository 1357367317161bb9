import { describe, expect, test } from 'vitest';
import { describeOptions, type Option, parseAddress, readOptions, UsageError } from './options.ts';

const options: Option[] = [
	{ flag: 'listen', value: 'HOST:PORT', env: 'CODEXRAY_LISTEN', fallback: '127.0.0.1:8080', help: 'where' },
	{ flag: 'no-agent', env: 'CODEXRAY_NO_AGENT', help: 'no agent' },
];

describe('readOptions', () => {
	test('flag wins over environment, environment over fallback', () => {
		expect(readOptions(options, [], {})).toEqual({ listen: '127.0.0.1:8080' });
		expect(readOptions(options, [], { CODEXRAY_LISTEN: ':1' })).toEqual({ listen: ':1' });
		expect(readOptions(options, ['--listen', ':2'], { CODEXRAY_LISTEN: ':1' })).toEqual({ listen: ':2' });
	});

	test('a switch is true', () => {
		expect(readOptions(options, ['--no-agent'], {})['no-agent']).toBe('true');
	});

	test.each([[['--lisen', 'x']], [['word']], [['--listen']]])('%j is refused in words', (args) => {
		expect(() => readOptions(options, args, {})).toThrow(UsageError);
	});

	test('help names every flag and its environment twin', () => {
		for (const option of options) {
			expect(describeOptions(options)).toContain(`--${option.flag}`);
			expect(describeOptions(options)).toContain(option.env);
		}
	});
});

describe('parseAddress', () => {
	test.each([
		['127.0.0.1:8080', '127.0.0.1', 8080],
		[':0', '127.0.0.1', 0],
		['[::1]:99', '::1', 99],
		['localhost:1', 'localhost', 1],
	])('%s', (text, host, port) => {
		expect(parseAddress(text, 'listen')).toEqual({ host, port });
	});

	test.each(['8080', 'host', '::1:80', 'a:b', '1.2.3.4:70000', ''])('%j is refused', (text) => {
		expect(() => parseAddress(text, 'listen')).toThrow(UsageError);
	});
});
