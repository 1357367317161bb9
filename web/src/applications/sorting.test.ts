import { expect, test } from 'vitest';
import type { ApplicationSummary } from '../api/types.ts';
import { nextSorting, readSorting, sortApplications } from './sorting.ts';

const app = (name: string, requestsPerSecond: number | null, status: ApplicationSummary['status'] = 'ok') =>
	({ id: `_:_:D:${name}`, name, namespace: '_', status, requestsPerSecond }) as ApplicationSummary;
const list = [app('a', 5), app('b', null, 'unknown'), app('c', 50, 'crit'), app('d', 5, 'warn')];
const names = (text: string | null) =>
	sortApplications(list, readSorting(text))
		.map(({ name }) => name)
		.join('');

test('the worst come first unless asked otherwise', () => {
	expect(names(null)).toBe('cdba');
	expect(names('nonsense')).toBe('cdba');
});

test('what is not known stays at the end either way', () => {
	expect(names('rate')).toBe('adcb');
	expect(names('-rate')).toBe('cadb');
});

test('a column head turns round, and figures begin with the highest', () => {
	expect(nextSorting(readSorting('name'), 'rate')).toBe('-rate');
	expect(nextSorting(readSorting('-rate'), 'rate')).toBe('rate');
	expect(nextSorting(readSorting('-rate'), 'name')).toBe('name');
});
