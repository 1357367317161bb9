import { expect, test } from 'vitest';
import { CostMeter, type CostSources } from './cost-numbers.ts';
import type { BpfUsage, PartUsage, ThreadUsage } from './usage.ts';

const thread = (cpuSeconds: number, size: number): ThreadUsage => ({
	...{ cpuSeconds, heapBytes: 100 * size, bufferBytes: 10 * size, wasmBytes: {} },
});
const sources = (cpuSeconds: number, main: ThreadUsage, parts: PartUsage[] = [], share = 1): CostSources => ({
	process: () => ({ residentBytes: 1000, cpuSeconds, main }),
	parts: () => parts,
	timedShare: () => share,
});
const bpf = (program: string, mapBytes: number): BpfUsage => ({
	programs: [{ program, runs: 5, seconds: 0.1 }],
	mapBytes,
});
const kernel = { thread: thread(2, 2), bpf: bpf('on_state', 4096) };
const profiles: PartUsage = { owner: 'profiles', cpuSeconds: 1, bpf: bpf('on_sample', 8192) };

test('all CPU time and all resident memory has one owner', () => {
	const { cpu, memory, programs, residentBytes } = new CostMeter().read(
		sources(10, thread(4, 3), [profiles]),
		kernel,
	);
	expect(cpu).toEqual({ main: 4, 'kernel-worker': 2, profiles: 1, runtime: 3 });
	expect(Object.fromEntries(memory.map(({ owner, kind, bytes }) => [`${owner} ${kind}`, bytes]))).toEqual({
		'main heap': 300,
		'main buffers': 30,
		'kernel-worker heap': 200,
		'kernel-worker buffers': 20,
		'runtime native': 450,
		'bpf maps': 12_288,
	});
	const own = memory.filter(({ owner }) => owner !== 'bpf');
	expect(own.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(residentBytes);
	expect(programs.map(({ program }) => program)).toEqual(['on_state', 'on_sample']);
});

test('counters never go back, however the remainder falls out', () => {
	const meter = new CostMeter();
	meter.read(sources(10, thread(4, 3)), kernel);
	const { cpu } = meter.read(sources(11, thread(5.5, 3)), kernel);
	expect(cpu).toEqual({ main: 5.5, 'kernel-worker': 2, runtime: 4 });
});

test('memory that is not resident leaves nothing below zero', () => {
	const { memory } = new CostMeter().read(sources(1, thread(0, 50)), kernel);
	expect(memory.find(({ kind }) => kind === 'native')?.bytes).toBe(0);
});

test('programs that are not timed are not told', () => {
	expect(new CostMeter().read(sources(1, thread(0, 0), [profiles], 0), kernel).programs).toEqual([]);
});
