import { spawn } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import type { ProcessRecord } from './testing/kernel-records.ts';
import { kernelRefusal, ObservedKernel } from './testing/observed-kernel.ts';

describe.skipIf(kernelRefusal() !== '')('processes', () => {
	it('reports start, exec and exit, and no thread', async () => {
		using kernel = await ObservedKernel.open();
		// Node starts several threads of its own.
		const child = spawn(process.execPath, ['-e', '']);
		await new Promise((resolve) => child.once('exit', resolve));
		const of = () => kernel.records.filter((r): r is ProcessRecord => 'comm' in r && r.pid === child.pid);
		await kernel.until('exit', () => of().some(({ kind }) => kind === 'exit'));
		expect(of().map(({ kind }) => kind)).toEqual(['start', 'exec', 'exit']);
		expect(of()[0]).toMatchObject({ parent: process.pid });
		expect(of().map(({ oomVictim }) => oomVictim)).toEqual([false, false, false]);
		expect(of()[1]!.comm).toMatch(/^(node|MainThread)$/);
		expect(new Set(of().map(({ cgroup }) => cgroup)).size).toBe(1);
		const times = of().map(({ time }) => time);
		expect([...times].sort((a, b) => Number(a - b))).toEqual(times);
	});
});
