import { expect, it } from 'vitest';
import { MetricFamilies } from './metric-families.ts';

const described = (family: string, help = 'h') => ({ family, type: 'counter' as const, help, unit: '' });

it('a family is new until it is written, and again when anything of it changes', () => {
	const families = new MetricFamilies();
	expect(families.changed([described('a')])).toHaveLength(1);
	expect(families.changed([described('a')])).toHaveLength(1);
	families.written([described('a')]);
	expect(families.changed([described('a'), described('b')])).toEqual([described('b')]);
	for (const other of [{ help: 'x' }, { unit: 's' }, { type: 'gauge' as const }])
		expect(families.changed([{ ...described('a'), ...other }])).toHaveLength(1);
});

it('at the bound the older half is forgotten', () => {
	const families = new MetricFamilies();
	const all = Array.from({ length: 15_000 }, (_, i) => described(`m${i}`));
	families.written(all);
	const again = families.changed(all).map(({ family }) => family);
	expect(again).toHaveLength(5_000);
	expect(again).toEqual(all.slice(0, 5_000).map(({ family }) => family));
});
