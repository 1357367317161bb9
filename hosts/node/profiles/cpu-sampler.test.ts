import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { type PlainStack, plainStacks } from '../../../app/node-agent/testing/plain-fold.ts';
import { loadKernelAddon } from '../events/kernel-addon.ts';
import { BUILD_DIR, kernelRefusal } from '../events/testing/observed-kernel.ts';
import { KernelCpuSampler, parseCpuList } from './cpu-sampler.ts';

const dir = mkdtempSync(join(tmpdir(), 'codexray-sampler-'));
const children: ChildProcess[] = [];
afterEach(() => {
	for (const child of children.splice(0)) child.kill('SIGKILL');
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/**
 * Spins in `hot` for that much CPU time, or for ever; `main` calls outer, outer calls middle, middle calls hot. Its
 * build id is its own: frames of equal files have the path of the one that was seen first.
 */
const PROGRAM = `
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
volatile unsigned long sum;
const char place[] = "${dir}";
__attribute__((noinline)) void hot(void) { for (int i = 0; i < 1000000; i++) sum += i; }
__attribute__((noinline)) void middle(void) { hot(); sum++; }
__attribute__((noinline)) void outer(void) { middle(); sum++; }
int main(int argc, char **argv) {
	double limit = argc > 1 ? atof(argv[1]) : 1e9;
	if (argc > 2) execl(argv[2], argv[2], "1e9", (char *)0);
	while (clock() < limit * CLOCKS_PER_SEC) outer();
}
`;
// With optimisation gcc gives `hot`, which calls nothing, no frame of its own, whatever the flags say.
const FLAGS = ['-O1', '-fno-omit-frame-pointer', '-fno-optimize-sibling-calls'];

function build(name: string): string {
	const source = join(dir, `${name}.c`);
	writeFileSync(source, PROGRAM);
	execFileSync('gcc', [...FLAGS, '-o', join(dir, name), source]);
	return join(dir, name);
}

test('lists of CPUs', () => {
	expect([...parseCpuList('0-3,6\n')]).toEqual([0, 1, 2, 3, 6]);
	expect([...parseCpuList('0')]).toEqual([0]);
});

describe.skipIf(kernelRefusal() !== '')('CPU samples of real processes', () => {
	const program = build('busy-program');
	const addon = loadKernelAddon(BUILD_DIR);

	class Sampling {
		readonly sampler: KernelCpuSampler;
		constructor(ownPids: number[] = []) {
			this.sampler = KernelCpuSampler.open(addon, BUILD_DIR, ownPids);
		}
		[Symbol.dispose]() {
			this.sampler.close();
		}
		/** One round: the stacks of each pid, and what was refused. */
		async round(): Promise<{ of(pid: number | undefined): PlainStack[]; total: number; refused: number[] }> {
			const { pids, samples, refused } = await this.sampler.collect();
			const stacks = new Map<number, PlainStack[]>();
			for (const [i, pid] of pids.entries()) {
				const found = plainStacks(this.sampler.stacks(Uint32Array.of(i)));
				stacks.set(pid, [...(stacks.get(pid) ?? []), ...found]);
			}
			this.sampler.release();
			return {
				of: (pid) => stacks.get(pid!) ?? [],
				total: samples.reduce((sum, count) => sum + count, 0),
				refused: [...pids].filter((_, i) => refused[i] === 1),
			};
		}
	}

	function start(args: string[] = [], env: Record<string, string> = {}): ChildProcess {
		const child = spawn(program, args, { stdio: 'ignore', env: { ...process.env, ...env } });
		children.push(child);
		return child;
	}

	/** Until it has used that much CPU time; its samples then number about 99 for each second. */
	async function burn(child: ChildProcess, seconds: number): Promise<void> {
		for (;;) {
			const fields = execFileSync('cat', [`/proc/${child.pid}/stat`], { encoding: 'utf8' })
				.split(') ')[1]!
				.split(' ');
			if ((Number(fields[11]) + Number(fields[12])) / 100 >= seconds) return;
			await new Promise((resolve) => setTimeout(resolve, 50));
		}
	}

	const count = (stacks: PlainStack[]) => stacks.reduce((sum, { value }) => sum + value, 0);

	test('the hot function is on top, its callers in order, the process at the root', async () => {
		using sampling = new Sampling();
		const child = start();
		await burn(child, 1);
		const { of } = await sampling.round();
		const stacks = of(child.pid);
		const expected = ['hot', 'middle', 'outer', 'main'].map((name) => `${name} (${program})`);
		const whole = stacks.filter(({ frames }) => frames.join().includes(expected.join()));
		expect(count(stacks)).toBeGreaterThan(50);
		expect(count(whole) / count(stacks)).toBeGreaterThan(0.9);
		expect(stacks.every(({ frames }) => frames.at(-1) === 'busy-program ()')).toBe(true);
	});

	test('rounds follow each other without losing or repeating a sample', async () => {
		using sampling = new Sampling();
		const child = start();
		let total = 0;
		for (let round = 0; round < 5; round++) {
			await burn(child, (round + 1) * 0.2);
			total += (await sampling.round()).total;
		}
		child.kill('SIGKILL');
		await once(child, 'exit');
		total += (await sampling.round()).total;
		const numbers = sampling.sampler.numbers();
		// What is sampled after the last round is on top.
		expect(numbers.taken - total).toBeGreaterThanOrEqual(0);
		expect(total + (await sampling.round()).total).toBeLessThanOrEqual(sampling.sampler.numbers().taken);
		expect(numbers).toMatchObject({ lost: 0, noCount: 0, noStack: 0, noProcess: 0, errors: 0 });
	});

	test('what is sampled while a round ends belongs to the next one', async () => {
		using sampling = new Sampling();
		for (let i = 0; i < 3; i++) start();
		let total = 0;
		// Short rounds: many of their ends fall between a stack's first sample and the next.
		for (let round = 0; round < 150; round++) {
			total += (await sampling.round()).total;
			await new Promise((resolve) => setTimeout(resolve, 10));
		}
		// What was taken by now is in the next round, or in the one after where it was being counted when that began.
		const { taken } = sampling.sampler.numbers();
		for (let round = 0; round < 2; round++) total += (await sampling.round()).total;
		expect(total).toBeGreaterThanOrEqual(taken);
		expect(total).toBeLessThanOrEqual(sampling.sampler.numbers().taken);
		expect(sampling.sampler.numbers().lost).toBe(0);
	});

	test('processes that end within the round keep their names', async () => {
		using sampling = new Sampling();
		const pids: number[] = [];
		for (let i = 0; i < 5; i++) {
			const child = start(['0.15']);
			await once(child, 'exit');
			pids.push(child.pid!);
		}
		const { of } = await sampling.round();
		const stacks = pids.flatMap(of);
		expect(count(stacks)).toBeGreaterThan(20);
		const named = stacks.filter(({ frames }) => frames.includes(`hot (${program})`));
		expect(count(named) / count(stacks)).toBeGreaterThan(0.8);
	});

	test('one process that executes another program is two', async () => {
		using sampling = new Sampling();
		const other = build('other-program');
		const child = start(['0', other]);
		await burn(child, 0.5);
		const { of } = await sampling.round();
		const roots = of(child.pid).map(({ frames }) => frames.at(-1));
		expect(roots).toContain('other-program ()');
		expect(of(child.pid).filter(({ frames }) => frames.includes(`hot (${other})`))).not.toEqual([]);
	});

	test('own processes are not sampled, and those that refuse are told', async () => {
		const own = start();
		using sampling = new Sampling([own.pid!]);
		const refusing = start([], { COROOT_EBPF_PROFILING: 'disabled' });
		await burn(refusing, 0.3);
		await burn(own, 0.3);
		const { of, refused } = await sampling.round();
		expect(of(own.pid)).toEqual([]);
		expect(sampling.sampler.numbers().ignored).toBeGreaterThan(5);
		expect(refused).toEqual([refusing.pid]);
	});

	test('code that nobody names is one frame, and has names where there is a perf map', async () => {
		using sampling = new Sampling();
		const script = join(dir, 'busy.mjs');
		writeFileSync(
			script,
			'const hotLoop = (n) => { let s = 0; for (let i = 0; i < n; i++) s = (s + i * i) % 1000003; return s; };\n' +
				'function caller(n) { return hotLoop(n) + 1; }\nfor (;;) caller(1e6);\n',
		);
		const node = (...flags: string[]) => {
			const child = spawn(process.execPath, [...flags, script], { stdio: 'ignore', cwd: dir });
			children.push(child);
			return child;
		};
		const plain = node();
		const mapped = node('--perf-basic-prof', '--interpreted-frames-native-stack');
		try {
			await burn(plain, 0.7);
			await burn(mapped, 0.7);
			// On a slow machine the start of Node takes more of that than the script.
			await sampling.round();
			await burn(plain, 1.4);
			await burn(mapped, 1.4);
			const { of } = await sampling.round();
			const top = (stacks: PlainStack[], name: string) =>
				count(stacks.filter(({ frames }) => frames.indexOf(name) === 0)) / count(stacks);
			expect(top(of(plain.pid), '[JIT] node ()')).toBeGreaterThan(0.5);
			expect(
				of(plain.pid).every(({ frames }) => frames.join().match(/\[JIT\] node \(\),\[JIT\] node/) === null),
			).toBe(true);
			expect(top(of(mapped.pid), `hotLoop (${script})`)).toBeGreaterThan(0.5);
			expect(of(mapped.pid).some(({ frames }) => frames[1] === `caller (${script})`)).toBe(true);
		} finally {
			rmSync(`/tmp/perf-${mapped.pid}.map`, { force: true });
		}
	});

	test('time in the kernel is shown in the file [kernel], under the function that called', async () => {
		using sampling = new Sampling();
		const child = spawn('dd', ['if=/dev/zero', 'of=/dev/null', 'bs=64k'], { stdio: 'ignore' });
		children.push(child);
		await burn(child, 0.5);
		const { of } = await sampling.round();
		const kernel = of(child.pid).filter(({ frames }) => frames[0]!.endsWith('([kernel])'));
		expect(count(kernel)).toBeGreaterThan(10);
		expect(kernel.some(({ frames }) => frames.some((frame) => frame.includes('read_zero')))).toBe(true);
		expect(kernel.some(({ frames }) => frames.some((frame) => frame.includes('libc.so')))).toBe(true);
	});
});
