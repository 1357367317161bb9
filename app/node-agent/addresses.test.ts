import { isIPv6 } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
	formatAddress,
	formatEndpoint,
	isLinkLocal,
	isLoopback,
	isWildcard,
	parseIPv4,
} from './addresses.ts';

const bytes = (...groups: number[]) => Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 255]));

test.each([
	[bytes(0, 0, 0, 0, 0, 0xffff, 0x0a00, 0x0001), '10.0.0.1'],
	[bytes(0, 0, 0, 0, 0, 0, 0, 0), '::'],
	[bytes(0, 0, 0, 0, 0, 0, 0, 1), '::1'],
	[bytes(0x2001, 0xdb8, 0, 0, 1, 0, 0, 1), '2001:db8::1:0:0:1'],
	[bytes(0x2001, 0xdb8, 0, 1, 1, 1, 1, 1), '2001:db8:0:1:1:1:1:1'],
	[bytes(0xfe80, 0, 0, 0, 0, 0, 0, 0), 'fe80::'],
])('%s', (address, text) => {
	expect(formatAddress(address)).toBe(text);
});

test('any address reads back as itself', () => {
	fc.assert(
		fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (address) => {
			const text = formatAddress(address);
			if (text.includes('.')) return expect(parseIPv4(text)).toEqual(address);
			expect(isIPv6(text)).toBe(true);
			expect(new URL(`http://[${text}]/`).hostname).toBe(`[${text}]`);
		}),
	);
});

test('endpoints', () => {
	expect(formatEndpoint('10.0.0.1', 80)).toBe('10.0.0.1:80');
	expect(formatEndpoint('::1', 80)).toBe('[::1]:80');
});

test('special addresses', () => {
	expect(isLoopback(parseIPv4('127.1.2.3')!)).toBe(true);
	expect(isLoopback(bytes(0, 0, 0, 0, 0, 0, 0, 1))).toBe(true);
	expect(isLoopback(parseIPv4('10.0.0.1')!)).toBe(false);
	expect(isWildcard(parseIPv4('0.0.0.0')!)).toBe(true);
	expect(isWildcard(bytes(0, 0, 0, 0, 0, 0, 0, 0))).toBe(true);
	expect(isWildcard(bytes(0, 0, 0, 0, 0, 0, 0, 1))).toBe(false);
	expect(isLinkLocal(parseIPv4('169.254.169.254')!)).toBe(true);
	expect(isLinkLocal(bytes(0xfebf, 0, 0, 0, 0, 0, 0, 1))).toBe(true);
	expect(isLinkLocal(bytes(0xfec0, 0, 0, 0, 0, 0, 0, 1))).toBe(false);
});

test.each(['', '1.2.3', '1.2.3.256', '1.2.3.x'])('no address: %s', (text) => {
	expect(parseIPv4(text)).toBeUndefined();
});
