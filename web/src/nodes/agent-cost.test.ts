import { expect, test } from 'vitest';
import type { AgentCost } from '../api/resource-types.ts';
import { cpuLines, fillsOf, memoryLines, programFigures } from './agent-cost.ts';

const cost: AgentCost = {
	cpu: [
		{ owner: 'main', cores: [0.01, 0.02] },
		{ owner: 'new-one', cores: [0, 0.01] },
		{ owner: 'runtime', cores: null },
	],
	memory: [
		{ owner: 'main', kind: 'heap', bytes: [10] },
		{ owner: 'main', kind: 'buffers', bytes: [1] },
	],
	wasm: [],
	programs: [
		{ program: 'on_state', runsPerSecond: [0, 0], cores: [0, 0] },
		{ program: 'on_send_length', runsPerSecond: [null, 1000], cores: [null, 0.001] },
		{ program: 'on_fork', runsPerSecond: null, cores: null },
	],
	fills: [
		{ stage: 'ring_control', fill: [0, 0.1] },
		{ stage: 'ring_data', fill: [0.9, 0.2] },
	],
};

test('owners have words, those that are not known their names', () => {
	expect(cpuLines(cost).map(({ name }) => name)).toEqual(['main thread', 'new-one']);
	expect(memoryLines(cost).map(({ name }) => name)).toEqual(['main thread, heap', 'main thread, buffers']);
});

test('the costly program first; without runs there is no time of one', () => {
	expect(programFigures(cost)).toEqual([
		{ program: 'on_send_length', runsPerSecond: 1000, cores: 0.001, secondsPerRun: 1e-6 },
		{ program: 'on_state', runsPerSecond: 0, cores: 0, secondsPerRun: null },
		{ program: 'on_fork', runsPerSecond: null, cores: null, secondsPerRun: null },
	]);
});

test('the fullest ring first, by its highest', () => {
	expect(fillsOf(cost)).toEqual([
		{ stage: 'ring data', last: 0.2, highest: 0.9 },
		{ stage: 'ring control', last: 0.1, highest: 0.1 },
	]);
});
