import { expect, test } from 'vitest';
import type { NodeSummary } from '../api/resource-types.ts';
import { readSorting, sortNodes } from './node-sorting.ts';
import { agentState, busyTone, usesOf, whereWords } from './node-words.ts';

const node = (part: Partial<NodeSummary>): NodeSummary => ({
	id: 'm:u',
	name: 'box',
	machineId: 'm',
	kernel: null,
	status: 'ok',
	sentence: null,
	lastSampleAt: 1_000_000,
	agentVersion: null,
	cloud: {},
	uptimeSeconds: null,
	containers: 0,
	cores: null,
	memoryBytes: null,
	cpu: null,
	memory: null,
	diskBytesPerSecond: null,
	networkBytesPerSecond: null,
	courses: { cpu: null, memory: null, disk: null, network: null },
	...part,
});

test('an agent is late after a minute and silent when the server says so', () => {
	expect(agentState(node({}), 1_030_000)).toBe('reporting');
	expect(agentState(node({}), 1_090_000)).toBe('late');
	expect(agentState(node({ status: 'unknown' }), 1_030_000)).toBe('silent');
	expect(agentState(node({ lastSampleAt: null }), 0)).toBe('silent');
});

test('what a node uses is told as far as it is known, busy in colour', () => {
	expect(usesOf(node({}))).toEqual([]);
	const full = node({ cpu: 0.97, cores: 4, memory: 0.5, memoryBytes: 2 ** 34 });
	expect(usesOf(full).map(({ text, tone }) => [text.replaceAll('\u202f', ' '), tone])).toEqual([
		['97 % of 4 CPUs', 'bad'],
		['50 % of 16 GiB of memory', ''],
	]);
	expect(usesOf(node({ cpu: 0.2, cores: 1 }))[0]?.text).toMatch(/of 1 CPU$/);
	expect([0.79, 0.8, 0.95].map(busyTone)).toEqual(['', 'meh', 'bad']);
});

test('a zone says more than its region', () => {
	const cloud = { provider: 'aws', region: 'eu-1', instance_type: 'm5' };
	expect(whereWords(node({ cloud }))).toBe('aws, eu-1, m5');
	expect(whereWords(node({ cloud: { ...cloud, availability_zone: 'eu-1b' } }))).toBe('aws, eu-1b, m5');
	expect(whereWords(node({}))).toBe('');
});

test('what is not known is at the end, whichever way the list is sorted', () => {
	const list = [
		node({ id: '1', name: 'a', cpu: 0.1 }),
		node({ id: '2', name: 'b' }),
		node({ id: '3', name: 'c', cpu: 0.9, status: 'unknown' }),
	];
	const names = (text: string | null) => sortNodes(list, readSorting(text)).map(({ name }) => name);
	expect(names('-cpu')).toEqual(['c', 'a', 'b']);
	expect(names('cpu')).toEqual(['a', 'c', 'b']);
	expect(names('status')).toEqual(['c', 'a', 'b']);
	expect(names('nonsense')).toEqual(['a', 'b', 'c']);
});
