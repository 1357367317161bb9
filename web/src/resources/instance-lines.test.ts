import { expect, test } from 'vitest';
import type { Column, InstanceResources } from '../api/resource-types.ts';
import {
	differenceOf,
	happenings,
	highestOf,
	instanceLines,
	known,
	limitLines,
	sumOf,
} from './instance-lines.ts';

function instance(name: string, id: string, usage: Column, limit: Column = null, kills: Column = null) {
	return {
		instance: id,
		name,
		cpu: { usage, limit },
		memory: { oomKills: kills },
	} as InstanceResources;
}
const usage = ({ cpu }: InstanceResources) => cpu.usage;
const limit = ({ cpu }: InstanceResources) => cpu.limit;

test('a line per instance that was measured; containers of one pod say which they are', () => {
	const lines = instanceLines(
		[
			instance('web-2', '/k8s/shop/web-2/app@m', [1, null]),
			instance('web-1', '/k8s/shop/web-1/app@m', [2, 3]),
			instance('web-1', '/k8s/shop/web-1/proxy@m', [4, 5]),
			instance('web-3', '/k8s/shop/web-3/app@m', null),
		],
		usage,
	);
	expect(lines).toEqual([
		{ name: 'web-1 app', values: [2, 3] },
		{ name: 'web-1 proxy', values: [4, 5] },
		{ name: 'web-2', values: [1, null] },
	]);
});

test('equal limits are one line, others say whom they bind', () => {
	const a = instance('a', 'a@m', [1, 1], [2, 2]);
	const b = instance('b', 'b@m', [1, 1], [null, 2]);
	const c = instance('c', 'c@m', [1, 1], [4, 4]);
	const free = instance('d', 'd@m', [1, 1]);
	expect(limitLines([a, b, free], limit)).toEqual([{ word: 'limit', values: [2, 2] }]);
	expect(limitLines([a, b, c], limit)).toEqual([
		{ word: 'limit of 2 instances', values: [2, 2] },
		{ word: 'limit of c', values: [4, 4] },
	]);
	expect(limitLines([free], limit)).toEqual([]);
});

test('what is missing is neither zero nor in the way', () => {
	expect(highestOf([[1, null, null], [3, 2, null], null])).toEqual([3, 2, null]);
	expect(
		sumOf([
			[1, null, null],
			[3, 2, null],
		]),
	).toEqual([4, 2, null]);
	expect([sumOf([]), highestOf([null])]).toEqual([null, null]);
	expect(differenceOf([5, 5, null], [2, null, 1])).toEqual([3, null, null]);
	expect(differenceOf([5], null)).toBeNull();
	expect(known({ read: [1], written: null })).toEqual([{ name: 'read', values: [1] }]);
});

test('a mark stands in the middle of its step, and names the instance where there are several', () => {
	const times = [1000, 2000, 3000];
	const word = (count: number) => `${count} killed`;
	const kills = ({ memory }: InstanceResources) => memory.oomKills;
	const a = instance('a', 'a@m', null, null, [0, 2, null]);
	const b = instance('b', 'b@m', null, null, [1, 0, 0]);
	expect(happenings({ times, instances: [a] }, 1000, kills, word)).toEqual([{ at: 1500, word: '2 killed' }]);
	expect(happenings({ times, instances: [a, b] }, 1000, kills, word)).toEqual([
		{ at: 500, word: '1 killed, b' },
		{ at: 1500, word: '2 killed, a' },
	]);
});
