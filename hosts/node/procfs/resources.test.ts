import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { buildDir } from '../commands/paths.ts';
import { NodeCgroupFiles } from './cgroup-files.ts';
import { NodeFileSystems } from './file-systems.ts';
import { KeptFiles } from './kept-files.ts';
import { openTaskDelays } from './task-delays.ts';

const root = mkdtempSync(join(tmpdir(), 'codexray-cgroups-'));
afterAll(() => rmSync(root, { recursive: true }));

/** A directory where a real cgroup may be made; undefined where none may. */
const parent = ['/sys/fs/cgroup/memory', '/sys/fs/cgroup'].find((dir) => {
	try {
		const probe = join(dir, `codexray-test-${process.pid}`);
		mkdirSync(probe);
		rmdirSync(probe);
		return true;
	} catch {
		return false;
	}
});

describe('cgroup files', () => {
	beforeAll(() => {
		mkdirSync(join(root, 'sys/fs/cgroup/cpu/web'), { recursive: true });
		writeFileSync(join(root, 'sys/fs/cgroup/cpu/web/cpu.stat'), 'nr_periods 1\n');
		writeFileSync(join(root, 'sys/fs/cgroup/cpu/web/long'), 'x'.repeat(70_000));
	});

	test('are read under the first root that has them, as they are now', () => {
		const files = new NodeCgroupFiles('/sys/fs/cgroup', [join(root, 'absent'), root]);
		onTestFinished(() => files.close());
		expect(files.read('cpu/web/cpu.stat')).toBe('nr_periods 1\n');
		writeFileSync(join(root, 'sys/fs/cgroup/cpu/web/cpu.stat'), 'nr_periods 22\n');
		expect(files.read('cpu/web/cpu.stat')).toBe('nr_periods 22\n');
		expect(files.read('cpu/web/long')).toBe('x'.repeat(70_000));
		expect(files.read('cpu/web/absent')).toBeUndefined();
		expect(files.read('cpu/web')).toBeUndefined();
		expect(files.inode('cpu/web')).toBe(statSync(join(root, 'sys/fs/cgroup/cpu/web')).ino);
		expect(files.inode('cpu/absent')).toBeUndefined();
	});

	test('stay open up to a bound; beyond it they are read as well', () => {
		const open = (maxOpen: number) => {
			const files = new KeptFiles(join(root, 'sys/fs/cgroup/'), maxOpen);
			onTestFinished(() => files.close());
			return files;
		};
		const files = open(1);
		for (let round = 0; round < 3; round++) {
			expect(files.read('cpu/web/long')).toHaveLength(70_000);
			expect(files.read('cpu/web/cpu.stat')).toContain('nr_periods');
			expect(files.openFiles).toBe(1);
		}
		expect(open(0).read('cpu/web/cpu.stat')).toContain('nr_periods');
	});

	test('those of a process end with it', async () => {
		const files = new KeptFiles('/proc/');
		onTestFinished(() => files.close());
		const child = spawn('sleep', ['1000']);
		const ended = new Promise((resolve) => child.once('exit', resolve));
		expect(files.read(`${child.pid}/io`)).toContain('read_bytes: ');
		expect(files.openFiles).toBe(1);
		child.kill('SIGKILL');
		await ended;
		expect(files.read(`${child.pid}/io`)).toBeUndefined();
		expect(files.openFiles).toBe(0);
	});

	test.skipIf(parent === undefined)('a cgroup that is made again under the same name is another', () => {
		const name = `codexray-test-${process.pid}`;
		const files = new NodeCgroupFiles(parent);
		onTestFinished(() => files.close());
		mkdirSync(join(parent!, name));
		const first = files.inode(name);
		expect(files.read(`${name}/cgroup.procs`)).toBe('');
		rmdirSync(join(parent!, name));
		expect(files.read(`${name}/cgroup.procs`)).toBeUndefined();
		mkdirSync(join(parent!, name));
		onTestFinished(() => rmdirSync(join(parent!, name)));
		expect(files.read(`${name}/cgroup.procs`)).toBe('');
		expect(files.inode(name)).not.toBe(first);
	});
});

describe('file systems', () => {
	const files = new NodeFileSystems();

	test('sizes are those of df', () => {
		const [, line] = execFileSync('df', ['-B1', '--output=size', '/'], { encoding: 'utf8' }).split('\n');
		const size = files.size(process.pid, '/')!;
		expect(size.total).toBe(Number(line));
		expect(size.used).toBeGreaterThan(0);
		expect(size.used + size.reserved).toBeLessThanOrEqual(size.total);
		expect(files.size(process.pid, '/absent')).toBeUndefined();
	});

	test('directories are told from what else is mounted', () => {
		expect([files.isDirectory(process.pid, '/etc'), files.isDirectory(process.pid, '/etc/passwd')]).toEqual([
			true,
			false,
		]);
		expect(files.isDirectory(process.pid, '/absent')).toBe(false);
	});

	test('the device of a path is the one of its mount', () => {
		const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
		const of = (mountPoint: string) =>
			mounts.findLast((line) => line.split(' ')[4] === mountPoint)?.split(' ')[2];
		expect(files.deviceOf('/')).toBe(of('/'));
		expect(files.deviceOf('/proc')).toBe(of('/proc'));
		expect(files.deviceOf('/absent')).toBeUndefined();
	});
});

describe.skipIf(process.getuid?.() !== 0)('task delays', () => {
	test('tell how long processes waited for a CPU, and which are gone', async () => {
		const { delays, status } = openTaskDelays(buildDir);
		expect(status).toEqual({ feature: 'task_delays', tier: 'taskstats', ok: true, reason: '' });
		// Two spinning threads of one process on one CPU: each waits while the other runs.
		const spin = `new (require('worker_threads').Worker)('for(;;);', { eval: true }); for(;;);`;
		const child = spawn('taskset', ['-c', '0', process.execPath, '-e', spin]);
		onTestFinished(() => {
			child.kill('SIGKILL');
		});
		const waited = () => delays!.read(Uint32Array.of(child.pid!))[0]!;
		// Of the main thread alone, as the kernel tells it elsewhere.
		const ofMain = () => Number(readFileSync(`/proc/${child.pid}/schedstat`, 'utf8').split(' ')[1]);
		while (!(ofMain() > 300e6)) await new Promise((resolve) => setTimeout(resolve, 50));
		const before = ofMain();
		const all = waited();
		expect(all).toBeGreaterThan(before * 1.2);
		expect([...delays!.read(Uint32Array.of(0x3fffff, process.pid))].map(Number.isNaN)).toEqual([
			true,
			true,
			false,
			false,
		]);
	}, 60_000);
});
