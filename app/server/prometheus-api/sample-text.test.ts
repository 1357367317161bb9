import { expect, test } from 'vitest';
import { sampleText, timeText } from './sample-text.ts';

// As Go's strconv writes them in Prometheus's API: 'f' from 1e-6 up to 1e21, else 'e'.
test.each([
	[0, '0'],
	[-0, '-0'],
	[1, '1'],
	[-1.5, '-1.5'],
	[0.1 + 0.2, '0.30000000000000004'],
	[123456789012345680000, '123456789012345680000'],
	[1e21, '1e+21'],
	[-1.25e300, '-1.25e+300'],
	[0.000001, '0.000001'],
	[9.5e-7, '9.5e-07'],
	[5e-324, '5e-324'],
	[Number.NaN, 'NaN'],
	[Number.POSITIVE_INFINITY, '+Inf'],
	[Number.NEGATIVE_INFINITY, '-Inf'],
])('the sample %d is %s', (value, text) => {
	expect(sampleText(value)).toBe(`"${text}"`);
});

test.each([
	[0, '0'],
	[1_700_000_000_000, '1700000000'],
	[1_700_000_000_001, '1700000000.001'],
	[1_700_000_000_120, '1700000000.120'],
	[-1500, '-1.500'],
	[-5, '-0.005'],
])('%d ms are %s s', (ms, text) => {
	expect(timeText(ms)).toBe(text);
});
