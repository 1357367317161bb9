import { describe, expect, test } from 'vitest';
import {
	formatAge,
	formatBytes,
	formatCores,
	formatCount,
	formatRate,
	formatSeconds,
	formatShare,
	formatShortTime,
	formatThings,
	formatWhole,
} from './numbers.ts';

const plain = (text: string) => text.replaceAll('\u202f', ' ');

describe('counts and rates', () => {
	test.each([
		[null, '—'],
		[0, '0'],
		[0.004, '< 0.01'],
		[0.126, '0.126'],
		[1.2345, '1.23'],
		[99.96, '100'],
		[999.6, '1 000'],
		[1240, '1 240'],
		[9999.7, '10 k'],
		[12_345, '12.3 k'],
		[999_600, '1 M'],
		[2_500_000, '2.5 M'],
		[4e9, '4 G'],
		[-12, '−12'],
	])('%s is written %s', (value, text) => {
		expect(plain(formatCount(value))).toBe(text);
	});
	test('a rate that is not known has no unit', () => {
		expect(formatRate(null)).toBe('—');
		expect(plain(formatRate(1840))).toBe('1 840/s');
	});
	test('an exact number is never shortened', () => {
		expect(plain(formatWhole(1_234_567))).toBe('1 234 567');
		expect(formatThings(1, 'link')).toBe('1 link');
	});
	test('the space is thin and does not break', () => {
		expect(formatCount(1240)).toBe('1\u202f240');
	});
});

describe('durations', () => {
	test.each([
		[null, '—'],
		[0, '0 ms'],
		[0.0000004, '1 µs'],
		[0.0007, '700 µs'],
		[0.0009996, '1 ms'],
		[0.0624, '62.4 ms'],
		[0.9996, '1 s'],
		[2.412, '2.41 s'],
		[59.99, '1 min'],
		[95, '1 min 35 s'],
	])('%s s is written %s', (value, text) => {
		expect(plain(formatSeconds(value))).toBe(text);
	});
	test('what takes less than a µs has ns', () => {
		expect([null, 0, 4.2e-7, 1.25e-6, 1.4e-5].map((value) => plain(formatShortTime(value)))).toEqual([
			...['—', '0 ms', '420 ns', '1.25 µs', '14 µs'],
		]);
	});
	test('ages have one unit', () => {
		expect([8_000, 240_000, 3 * 3600e3, 50 * 3600e3].map((ms) => plain(formatAge(ms)))).toEqual([
			'8 s',
			'4 min',
			'3 h',
			'2 d',
		]);
	});
});

describe('shares', () => {
	test.each([
		[null, '—'],
		[0, '0 %'],
		[0.0000001, '< 0.1 %'],
		[0.0678, '6.78 %'],
		[0.5, '50 %'],
		[0.99999, '> 99.9 %'],
		[1, '100 %'],
	])('%s is written %s', (value, text) => {
		expect(plain(formatShare(value))).toBe(text);
	});
});

test('bytes split at powers of two', () => {
	expect([0, 0.8, 512, 1023.9, 1536, 5 * 2 ** 30].map((b) => plain(formatBytes(b)))).toEqual([
		'0 B',
		'< 1 B',
		'512 B',
		'1 KiB',
		'1.5 KiB',
		'5 GiB',
	]);
});

test('cores are small, and still told apart', () => {
	expect([0, 0.00001, 0.00348, 0.0123, 1.5, 12_345].map(formatCores)).toEqual([
		'0',
		'<\u202f0.0001',
		'0.0035',
		'0.0123',
		'1.5',
		'12.3\u202fk',
	]);
	expect(formatCores(null)).toBe('—');
});
