import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../app/logging/logger.ts';
import type { KernelEvents } from '../../../app/node-agent/kernel-events.ts';
import { ACTIVITY, type Activity } from '../../../core-as/facade/index.ts';
import { loadCoreModules } from '../wasm/core-modules.ts';
import { loadKernelAddon } from './kernel-addon.ts';
import { openKernelEvents } from './kernel-events.ts';
import { type ProcessRecord, parseRecords } from './testing/kernel-records.ts';
import { BUILD_DIR, kernelRefusal } from './testing/observed-kernel.ts';

const OUTBOUND = 1;
const INBOUND = 2;

/** Sums of one row's columns over several takes. */
type Row = Record<keyof typeof ACTIVITY, number>;

function rowOf(
	{ rows, pids, roles, ports, values, width }: Activity,
	pid: number,
	role: number,
	port: number,
): Row {
	const columns = Object.entries(ACTIVITY) as [keyof typeof ACTIVITY, number][];
	const row = Object.fromEntries(columns.map(([name]) => [name, 0])) as Row;
	for (let i = 0; i < rows; i++) {
		if (pids[i] !== pid || roles[i] !== role || ports[i] !== port) continue;
		for (const [name, column] of columns) row[name] += values[i * width + column] ?? 0;
	}
	return row;
}

describe.skipIf(kernelRefusal() !== '')('openKernelEvents', () => {
	let kernel: KernelEvents | undefined;
	let child: ChildProcess | undefined;

	afterEach(async () => {
		child?.kill();
		await kernel?.close();
	});

	async function open(buildDir = BUILD_DIR): Promise<KernelEvents> {
		const modules = await loadCoreModules(join(BUILD_DIR, 'core'));
		kernel = await openKernelEvents({ buildDir, modules, log: silentLogger, ownPids: [process.pid] });
		return kernel;
	}

	async function runPair(ok: number, missing: number): Promise<{ pid: number; port: number }> {
		const script = fileURLToPath(new URL('./testing/http-pair.ts', import.meta.url));
		child = spawn(process.execPath, [script, String(ok), String(missing)], {
			stdio: ['pipe', 'pipe', 'inherit'],
		});
		const lines = createInterface(child.stdout!)[Symbol.asyncIterator]();
		const port = Number((await lines.next()).value);
		expect((await lines.next()).value).toBe('done');
		return { pid: child.pid!, port };
	}

	it('turns traffic into activity, exactly', async () => {
		const events = await open();
		const { pid, port } = await runPair(300, 70);
		const activity = await events.take();
		const outbound = rowOf(activity, pid, OUTBOUND, port);
		const inbound = rowOf(activity, pid, INBOUND, port);
		for (const side of [outbound, inbound]) {
			expect(side).toMatchObject({ http2xx: 300, http4xx: 70, http5xx: 0, httpUnknown: 0, active: 0 });
			expect(side.bytesSent).toBeGreaterThan(0);
		}
		expect(outbound).toMatchObject({ connects: 4, failedConnects: 0 });
		expect(outbound.bytesSent).toBe(inbound.bytesReceived);
		expect(outbound.bytesReceived).toBe(inbound.bytesSent);
		expect(rowOf(await events.take(), pid, OUTBOUND, port)).toMatchObject({ http2xx: 0, connects: 0 });
		const stats = await events.stats();
		expect(stats.features.every(({ ok, reason }) => ok && reason === '')).toBe(true);
		expect(stats.rings.flatMap(({ lost }) => Object.values(lost)).every((count) => count === 0)).toBe(true);
		expect(stats.tracker).toMatchObject({ malformed: 0, traps: 0 });
	});

	it('tells what its programs cost: their runs rise with the calls', async () => {
		const stats = new (loadKernelAddon(BUILD_DIR).RunStats)();
		try {
			const events = await open();
			const usage = async () => {
				const { bpf, thread } = await events.stats();
				const { runs, seconds } = bpf.programs.find(({ program }) => program === 'on_send_length')!;
				return { runs, seconds, mapBytes: bpf.mapBytes, thread };
			};
			const before = await usage();
			await runPair(300, 0);
			const after = await usage();
			// Each exchange is a call of either side at least.
			expect(after.runs - before.runs).toBeGreaterThanOrEqual(600);
			expect(after.seconds).toBeGreaterThan(before.seconds);
			// The data ring alone has 8 MiB.
			expect(after.mapBytes).toBeGreaterThan(8 << 20);
			expect(after.thread.cpuSeconds).toBeGreaterThan(before.thread.cpuSeconds);
			expect(after.thread.heapBytes).toBeGreaterThan(1 << 20);
		} finally {
			stats.close();
		}
	});

	it('hands over control records, those of before the first listener too', async () => {
		const events = await open();
		child = spawn('true');
		await once(child, 'exit');
		await events.take();
		const kinds: string[] = [];
		const listen = (records: Uint8Array) => {
			const of = parseRecords(records).filter((r): r is ProcessRecord => 'comm' in r && r.pid === child!.pid);
			kinds.push(...of.map(({ kind }) => kind));
		};
		events.onControl(listen);
		await expect.poll(() => kinds).toEqual(['start', 'exec', 'exit']);
	});

	/** A build directory with the BPF objects that `change` lets through. */
	async function withObjects(
		change: (name: string, object: Buffer) => Buffer | undefined,
		then: (dir: string) => Promise<void>,
	): Promise<void> {
		const dir = mkdtempSync(join(tmpdir(), 'codexray-build-'));
		try {
			for (const part of ['addon', 'core']) symlinkSync(join(BUILD_DIR, part), join(dir, part));
			mkdirSync(join(dir, 'bpf'));
			for (const name of readdirSync(join(BUILD_DIR, 'bpf'))) {
				const object = change(name, readFileSync(join(BUILD_DIR, 'bpf', name)));
				if (object) writeFileSync(join(dir, 'bpf', name), object);
			}
			await then(dir);
		} finally {
			rmSync(dir, { recursive: true });
		}
	}

	it('sees connections where the kernel has no hook for their data', async () => {
		const hook = Buffer.from('tp_btf/sock_send_length');
		const rename = (_: string, object: Buffer) => {
			for (let at = object.indexOf(hook); at >= 0; at = object.indexOf(hook, at + 1)) object[at + 7] = 0x58;
			return object;
		};
		await withObjects(rename, async (dir) => {
			const events = await open(dir);
			const { pid, port } = await runPair(20, 0);
			expect(rowOf(await events.take(), pid, OUTBOUND, port)).toMatchObject({
				connects: 4,
				active: 0,
				http2xx: 0,
			});
			const { features } = await events.stats();
			expect(features.map(({ feature, ok }) => [feature, ok])).toEqual([
				['processes', true],
				['connections', true],
				['socket-data', false],
			]);
			expect(features[2]!.reason).toContain('Xock_send_length');
		});
	});

	it('goes on without a feature that does not load, and says why', async () => {
		const leaveOut = (name: string, object: Buffer) => (name === 'sockets.bpf.o' ? undefined : object);
		await withObjects(leaveOut, async (dir) => {
			const events = await open(dir);
			const { features, rings } = await events.stats();
			expect(features.map(({ feature, ok }) => [feature, ok])).toEqual([
				['processes', true],
				['connections', false],
				['socket-data', false],
			]);
			expect(features[1]!.reason).toMatch(/sockets\.bpf\.o.*No such file/);
			expect(rings.map(({ ring }) => ring)).toEqual(['control']);
			expect((await events.take()).rows).toBe(0);
		});
	});

	it('leaves no thread behind', async () => {
		const threads = () => readdirSync('/proc/self/task').length;
		const before = threads();
		const events = await open();
		expect(threads()).toBeGreaterThan(before);
		await events.close();
		await events.close();
		await expect(events.take()).rejects.toThrow('ended');
		await expect.poll(threads).toBeLessThanOrEqual(before);
	});
});
