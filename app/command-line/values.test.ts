import { describe, expect, test } from 'vitest';
import { UsageError } from './options.ts';
import { parseAddress, parseDuration, parseSize, parseUrl } from './values.ts';

describe('an address', () => {
	test.each([
		['127.0.0.1:8080', '127.0.0.1', 8080],
		[':0', '127.0.0.1', 0],
		['[::1]:99', '::1', 99],
		['localhost:1', 'localhost', 1],
	])('%s', (text, host, port) => {
		expect(parseAddress('listen', text)).toEqual({ host, port });
	});

	test.each(['8080', 'host', '::1:80', 'a:b', '1.2.3.4:70000', ''])('%j is refused', (text) => {
		expect(() => parseAddress('listen', text)).toThrow(UsageError);
	});
});

test.each([
	['0', 0],
	['500ms', 500],
	['1m30s', 90_000],
	['15d', 1_296_000_000],
	['1.5h', 5_400_000],
])('the duration %s', (text, ms) => {
	expect(parseDuration('for', text)).toBe(ms);
});

test.each([
	['1048576', 1_048_576],
	['500MB', 524_288_000],
	['2GiB', 2_147_483_648],
	['1.5k', 1536],
])('the size %s', (text, bytes) => {
	expect(parseSize('size', text)).toBe(bytes);
});

test.each(['15', 's', '-1s', ''])('%j is no duration', (text) => {
	expect(() => parseDuration('for', text)).toThrow('--for');
});

test('a wrong URL is not repeated: it may hold a password', () => {
	expect(() => parseUrl('url', 'ftp://u:secret@h')).toThrow(UsageError);
	expect(() => parseUrl('url', 'ftp://u:secret@h')).not.toThrow(/secret/);
});
