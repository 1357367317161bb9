import { expect, test } from 'vitest';
import { searchWith } from '../state/address.ts';
import { type Base, baseBounds, baseParams, readBase } from './base-window.ts';

const HOUR = 3600e3;
const to = new Date(2026, 10, 22, 14, 37).getTime();
const bounds = { from: to - HOUR, to };

test.each<Base>([
	{ kind: 'before' },
	{ kind: 'day' },
	{ kind: 'week' },
	{ kind: 'custom', from: 1000, to: 5000 },
])('a base is in the address: %o', (base) => {
	expect(readBase(new URLSearchParams(searchWith(new URLSearchParams(), baseParams(base))))).toEqual(base);
});

test('nothing is compared without one, and an old one leaves nothing behind', () => {
	expect(readBase(new URLSearchParams('compare=toString'))).toBeNull();
	const custom = new URLSearchParams('compare=custom&baseFrom=1&baseTo=2&find=x');
	expect(searchWith(custom, baseParams(null))).toBe('?find=x');
	expect(readBase(new URLSearchParams('compare=custom&baseFrom=9&baseTo=2'))).toEqual({ kind: 'before' });
});

test('the time that a base means', () => {
	expect(baseBounds({ kind: 'before' }, bounds)).toEqual({ from: to - 2 * HOUR, to: to - HOUR });
	expect(baseBounds({ kind: 'day' }, bounds).to).toBe(new Date(2026, 10, 21, 14, 37).getTime());
	expect(baseBounds({ kind: 'week' }, bounds)).toEqual({
		from: new Date(2026, 10, 15, 13, 37).getTime(),
		to: new Date(2026, 10, 15, 14, 37).getTime(),
	});
	expect(baseBounds({ kind: 'custom', from: 1, to: 2 }, bounds)).toEqual({ from: 1, to: 2 });
});

test('yesterday is the same time of day, also where the clocks changed', () => {
	const zone = process.env.TZ;
	try {
		process.env.TZ = 'Europe/Berlin';
		const noon = new Date(2026, 9, 25, 12).getTime();
		const before = baseBounds({ kind: 'day' }, { from: noon - HOUR, to: noon });
		expect(before.to).toBe(noon - 25 * HOUR);
	} finally {
		if (zone === undefined) delete process.env.TZ;
		else process.env.TZ = zone;
	}
});
