import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { prefixesExpression } from './selection.ts';
import { halfOf } from './value-halves.ts';

/** How many values a matcher takes, as RE2 reads it. */
function taken(values: string[]): number | null {
	const half = halfOf('label', values);
	if (!half) return null;
	const expression = new RegExp(`^(?:${prefixesExpression(half.prefixes)})$`, 's');
	return values.filter((value) => expression.test(value)).length;
}

function numbered(count: number, name: (i: number) => string): string[] {
	return Array.from({ length: count }, (_, i) => name(i));
}

/** Numbers in no order, as identifiers are made. */
function hashed(i: number): string {
	return ((i * 2_654_435_761) >>> 0).toString(16).padStart(8, '0');
}

describe('half of the values of a label', () => {
	it.each([
		['numbers', numbered(1_000, String)],
		['numbers with a name before', numbered(10_000, (i) => `deployment-with-a-long-name-${i}`)],
		['hexadecimal digits', numbered(5_000, hashed)],
		['addresses', numbered(4_000, (i) => `10.${i >> 8}.${i & 255}.7:9100`)],
		['text with signs of expressions', numbered(300, (i) => `/api/(v${i})/[a]*|$`)],
		[
			'characters beyond the first plane',
			numbered(400, (i) => `\u{1f600}${String.fromCodePoint(0x1f600 + i)}`),
		],
	])('%s', (_name, values) => {
		const count = taken(values)!;
		expect(count).toBeGreaterThanOrEqual(0.3 * values.length);
		expect(count).toBeLessThanOrEqual(0.7 * values.length);
		const { prefixes } = halfOf('label', values)!;
		expect(prefixes.join('|').length).toBeLessThan(2_000);
	});

	it('divides a text from what begins with it', () => {
		expect(taken(['a', 'ab'])).toBe(1);
		expect(taken(['a', 'ab', 'abc', 'abcd'])).toBe(2);
	});

	it.each([[[]], [['one']], [['one', 'one', '']], [[`${'x'.repeat(3_000)}a`, `${'x'.repeat(3_000)}b`]]])(
		'is nothing where there are not two that a short expression tells apart',
		(values) => {
			expect(halfOf('label', values)).toBeNull();
		},
	);

	it('leaves something on both sides, whatever the values are', () => {
		const text = fc.oneof(fc.string({ maxLength: 6 }), fc.string({ unit: 'binary', maxLength: 4 }));
		fc.assert(
			fc.property(fc.uniqueArray(text, { minLength: 2, maxLength: 40 }), (given) => {
				const values = given.filter((value) => value !== '');
				const count = taken(values);
				if (values.length < 2) expect(count).toBeNull();
				else {
					expect(count).toBeGreaterThan(0);
					expect(count).toBeLessThan(values.length);
				}
			}),
			{ numRuns: 2_000 },
		);
	});
});
