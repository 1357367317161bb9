import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
	copyFileSync,
	existsSync,
	linkSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { Product, root, seriesOf } from '../product/product.ts';
import { until } from '../product/waiting.ts';
import { Docker } from '../runtimes/docker.ts';
import { Runc } from '../runtimes/runc.ts';

// What containers use under load, as the agent tells it, against the kernel's own files.

const product = new Product();
const docker = new Docker();
const runc = new Runc();
/** A directory on a disk, for what containers write. */
const dir = mkdtempSync(join(tmpdir(), 'codexray-resources-'));
const MIB = 1 << 20;

beforeAll(async () => {
	await Promise.all([product.start(['--no-engine']), docker.start()]);
});
afterAll(async () => {
	await docker.close();
	await runc.close();
	await product.remove();
	rmSync(dir, { recursive: true, force: true });
});

const CGROUPS = '/sys/fs/cgroup';
/** Whether controllers are those of v1 here, maybe beside a unified hierarchy. */
const v1 = existsSync(`${CGROUPS}/memory`);

/** Files of a container's cgroup as the kernel has them, found through one of its processes. */
function cgroupOf(pid: number) {
	const lines = readFileSync(`/proc/${pid}/cgroup`, 'utf8').trim().split('\n');
	const read = (controller: string, file: string) => {
		const own = (line: string) => line.split(':')[1]!.split(',').includes(controller);
		const line = lines.find((each) => (v1 ? own(each) : each.startsWith('0::')))!;
		const path = line.slice(line.indexOf(':', line.indexOf(':') + 1) + 1);
		return readFileSync(join(CGROUPS, v1 ? controller : '', path, file), 'utf8');
	};
	const keyed = (controller: string, file: string, key: string) =>
		Number(new RegExp(`^${key} (\\d+)$`, 'm').exec(read(controller, file))?.[1]);
	const io = (file: string, key: string, v2Key: string) =>
		v1
			? Number(
					new RegExp(`^\\d+:\\d+ ${key} (\\d+)$`, 'm').exec(read('blkio', `blkio.throttle.${file}`))?.[1] ??
						0,
				)
			: Number(new RegExp(`\\b${v2Key}=(\\d+)`).exec(read('io', 'io.stat'))?.[1] ?? 0);
	return {
		cpuSeconds: () =>
			v1 ? Number(read('cpuacct', 'cpuacct.usage')) / 1e9 : keyed('cpu', 'cpu.stat', 'usage_usec') / 1e6,
		throttledSeconds: () =>
			v1
				? keyed('cpu', 'cpu.stat', 'throttled_time') / 1e9
				: keyed('cpu', 'cpu.stat', 'throttled_usec') / 1e6,
		rssBytes: () =>
			v1
				? keyed('memory', 'memory.stat', 'total_rss') + keyed('memory', 'memory.stat', 'total_mapped_file')
				: keyed('memory', 'memory.stat', 'anon') + keyed('memory', 'memory.stat', 'file_mapped'),
		cacheBytes: () => keyed('memory', 'memory.stat', v1 ? 'total_cache' : 'file'),
		oomKills: () =>
			v1 ? keyed('memory', 'memory.oom_control', 'oom_kill') : keyed('memory', 'memory.events', 'oom_kill'),
		readBytes: () => io('io_service_bytes', 'Read', 'rbytes'),
		writtenBytes: () => io('io_service_bytes', 'Write', 'wbytes'),
		reads: () => io('io_serviced', 'Read', 'rios'),
		writes: () => io('io_serviced', 'Write', 'wios'),
	};
}

/** Value of a container's series, whatever its other labels; undefined where there is none. */
const valueIn = (text: string, metric: string, id: string) =>
	seriesOf(text, metric).find(({ labels }) => labels.container_id === id)?.value;
const value = async (metric: string, id: string) => valueIn(await product.metrics(), metric, id);
const resource = (name: string) => `container_resources_${name}`;

/** Waits until a counter of the kernel has come to `least`. */
const reach = (what: string, read: () => number, least: number) =>
	until(
		() => (read() >= least ? true : undefined),
		() => `${what} does not reach ${least}: ${read()}`,
		90_000,
	);

/** The agent's value lies between the kernel's before and after, or 5 % around them. */
async function expectSame(metric: string, id: string, read: () => number): Promise<void> {
	const before = read();
	const told = await value(metric, id);
	const after = read();
	expect(told, metric).toBeGreaterThanOrEqual(Math.min(before, after) * 0.95);
	expect(told, metric).toBeLessThanOrEqual(Math.max(before, after) * 1.05);
}

describe('a container of Docker that wants more CPU than it may have', () => {
	let id = '';
	let pid = 0;

	beforeAll(() => {
		const container = docker.run('while :; do :; done', ['--cpus', '0.2', '--memory', '64m']);
		id = `/docker/${container.slice(0, 12)}`;
		pid = docker.pid(container);
	});

	test('usage, limit and throttling', async () => {
		const kernel = cgroupOf(pid);
		await reach('CPU time', kernel.cpuSeconds, 1);
		await expectSame(resource('cpu_usage_seconds_total'), id, kernel.cpuSeconds);
		await expectSame(resource('cpu_throttled_seconds_total'), id, kernel.throttledSeconds);
		expect(kernel.throttledSeconds()).toBeGreaterThan(0);
		expect(await value(resource('cpu_limit_cores'), id)).toBe(0.2);
		expect(await value(resource('memory_limit_bytes'), id)).toBe(64 * MIB);
		await expectSame(resource('memory_rss_bytes'), id, kernel.rssBytes);
	});

	test('waiting for a CPU', async () => {
		const delay = () => Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[1]) / 1e9;
		const metric = resource('cpu_delay_seconds_total');
		const outer = delay();
		const start = (await value(metric, id))!;
		const inner = delay();
		// Another one on the same CPU, so that somebody must wait.
		execFileSync('taskset', ['-pc', '0', String(pid)]);
		const rival = spawn('taskset', ['-c', '0', process.execPath, '-e', 'for(;;);'], { stdio: 'ignore' });
		onTestFinished(() => {
			rival.kill('SIGKILL');
		});
		await reach('waiting', delay, inner + 0.5);
		const least = delay() - inner;
		const rise = (await value(metric, id))! - start;
		expect(rise).toBeGreaterThanOrEqual(least * 0.95);
		expect(rise).toBeLessThanOrEqual((delay() - outer) * 1.05);
	});
});

describe('a container of Docker that writes to disk', () => {
	const BLOCKS = 300;
	/** Kernels that do not count for v1 leave the bytes to the processes. */
	const counted = !v1 || /^\d+:/.test(readFileSync(`${CGROUPS}/blkio/blkio.throttle.io_serviced`, 'utf8'));
	let container = '';
	let id = '';
	let pid = 0;

	beforeAll(async () => {
		// One process reads before the agent's first look, one writes and one reads after it, and all stay.
		writeFileSync(join(dir, 'before'), Buffer.alloc(1 << 17));
		const script = `dd if=/data/before bs=64k iflag=direct | sleep 1000 &
while [ ! -e /data/go ]; do usleep 50000; done
(i=0; while [ $i -lt ${BLOCKS} ]; do head -c 65536 /dev/zero; i=$((i+1)); done; sleep 1000) |
	dd of=/data/file bs=64k iflag=fullblock oflag=direct &
while [ ! -s /data/file ]; do usleep 50000; done
dd if=/data/file bs=64k iflag=direct | sleep 1000`;
		container = docker.run(script, ['--volume', `${dir}:/data`]);
		id = `/docker/${container.slice(0, 12)}`;
		pid = docker.pid(container);
		// A table of mounts that was read while the runtime was mounting is read again after some seconds.
		let mounts: (string | undefined)[] = [];
		await until(
			async () => {
				mounts = mountPoints(await product.metrics());
				return mounts.join() === '/,/data' ? true : undefined;
			},
			() => `the mounts of ${id} are ${mounts}`,
		);
		writeFileSync(join(dir, 'go'), '');
	});

	const mountPoints = (text: string) =>
		seriesOf(text, resource('disk_size_bytes'))
			.filter(({ labels }) => labels.container_id === id)
			.map(({ labels }) => labels.mount_point)
			.sort();

	/** Sums over the processes of the container. */
	const ofProcesses = (key: string) => () => {
		const pids = readFileSync(`${CGROUPS}/${v1 ? 'memory' : ''}/docker/${container}/cgroup.procs`, 'utf8');
		return pids
			.trim()
			.split('\n')
			.map((each) =>
				Number(new RegExp(`^${key}: (\\d+)`, 'm').exec(readFileSync(`/proc/${each}/io`, 'utf8'))![1]),
			)
			.reduce((sum, bytes) => sum + bytes, 0);
	};

	test('bytes and operations of the device', async () => {
		const kernel = cgroupOf(pid);
		const written = counted ? kernel.writtenBytes : ofProcesses('write_bytes');
		const read = counted ? kernel.readBytes : ofProcesses('read_bytes');
		await reach('writes', written, BLOCKS * 65_536);
		await reach('reads', read, 3 * 65_536);
		await expectSame(resource('disk_written_bytes_total'), id, written);
		await expectSame(resource('disk_read_bytes_total'), id, read);
		if (!counted) return;
		await expectSame(resource('disk_writes_total'), id, kernel.writes);
		await expectSame(resource('disk_reads_total'), id, kernel.reads);
		expect(kernel.writes()).toBeGreaterThanOrEqual(BLOCKS);
	});

	test('its root and its volume, each as full as df says, the device counted once', async () => {
		const text = await product.metrics();
		const own = (metric: string) =>
			seriesOf(text, resource(metric)).filter(({ labels }) => labels.container_id === id);
		const sizes = own('disk_size_bytes');
		expect(mountPoints(text)).toEqual(['/', '/data']);
		const [device] = new Set(sizes.map(({ labels }) => labels.device));
		expect(readFileSync('/proc/diskstats', 'utf8')).toMatch(new RegExp(` ${device} `));
		const df = (column: string) =>
			Number(execFileSync('df', ['-B1', `--output=${column}`, dir], { encoding: 'utf8' }).split('\n')[1]);
		expect(sizes[1]!.value).toBe(df('size'));
		const used = df('used');
		expect(Math.abs(own('disk_used_bytes')[0]!.value - used)).toBeLessThan(used * 0.05);
		expect(own('disk_written_bytes_total')).toHaveLength(1);
	});
});

test('a container keeps its limits when a child of it ends and nobody asks for that', async () => {
	const name = `zombie-${process.pid}`;
	const id = `/runc/${name}`;
	// `sleep` asks for no children. With a slash, as BusyBox runs its own programs without executing them.
	runc.run(name, '(usleep 1500000; exec /bin/usleep 0) & exec /bin/sleep 1000', {
		memory: { limit: 32 * MIB },
		cpu: { quota: 30_000, period: 100_000 },
	});
	const limits = async () => {
		const text = await product.metrics();
		return [
			valueIn(text, resource('cpu_limit_cores'), id),
			valueIn(text, resource('memory_limit_bytes'), id),
		];
	};
	let seen: Awaited<ReturnType<typeof limits>>;
	await until(
		async () => {
			seen = await limits();
			return seen[0] === 0.3 && seen[1] === 32 * MIB ? true : undefined;
		},
		() => `the limits of ${name} are ${seen}`,
	);
	const pid = runc.pid(name);
	// What is executed last is over before the agent looks.
	const { agent } = product.run();
	process.kill(agent, 'SIGSTOP');
	onTestFinished(() => {
		process.kill(agent, 'SIGCONT');
	});
	await until(
		() => {
			const child = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
			return readFileSync(`/proc/${child}/stat`, 'utf8').includes(') Z ') ? true : undefined;
		},
		() => 'the child does not end',
	);
	process.kill(agent, 'SIGCONT');
	expect(await limits()).toEqual([0.3, 32 * MIB]);
});

describe('memory', () => {
	/** Keeps `megabytes` in memory: BusyBox's tail holds what it may have to print. */
	const hold = (megabytes: number) => `head -c ${megabytes * MIB} /dev/zero | tail -c ${megabytes * MIB}`;

	test('a process of a container that is killed for its memory, while the container goes on', async () => {
		const script = `for i in 1 2 3; do ${hold(200)} >/dev/null; usleep 300000; done; sleep 1000`;
		const container = docker.run(script, ['--memory', '48m', '--memory-swap', '48m']);
		const id = `/docker/${container.slice(0, 12)}`;
		const kernel = cgroupOf(docker.pid(container));
		await reach('kills', kernel.oomKills, 3);
		const told = await until(
			async () =>
				(await value('container_oom_kills_total', id)) ? value('container_oom_kills_total', id) : undefined,
			() => 'no kills',
		);
		expect(told).toBe(3);
	});

	test('a container that ends with its victim, and is started again under its name', async () => {
		const name = `oom-${process.pid}`;
		const id = `/runc/${name}`;
		const limit = { memory: { limit: 48 * MIB, swap: 48 * MIB } };
		const restarts = async () => (await value('container_restarts_total', id)) ?? -1;
		for (const kills of [1, 2]) {
			const before = await restarts();
			const go = `oom-go-${kills}`;
			// The victim is the container's first process, and takes the cgroup with it.
			const script = `while [ ! -e /data/${go} ]; do usleep 50000; done; exec tail -c ${200 * MIB} /dev/zero`;
			runc.run(name, script, limit, { '/data': dir });
			await until(
				async () => ((await restarts()) > before ? true : undefined),
				() => `${name} is not seen`,
			);
			writeFileSync(join(dir, go), '');
			await until(
				() => (runc.status(name) === 'stopped' ? true : undefined),
				() => `${name} does not end`,
				60_000,
			);
			const told = await until(
				async () => {
					const now = await value('container_oom_kills_total', id);
					return now === kills ? now : undefined;
				},
				() => 'the kill is not told',
			);
			expect(told).toBe(kills);
		}
	});

	test('limit, anonymous memory and cache of a container of runc', async () => {
		const name = `memory-${process.pid}`;
		const id = `/runc/${name}`;
		// A reader of its own keeps the memory: what it has read must wait until its input ends.
		runc.run(name, `(head -c ${30 * MIB} /dev/zero; sleep 1000) | tail -c ${30 * MIB}`, {
			memory: { limit: 256 * MIB },
			cpu: { quota: 50_000, period: 100_000 },
		});
		await until(
			async () => ((await value(resource('memory_limit_bytes'), id)) === 256 * MIB ? true : undefined),
			() => 'no limit',
		);
		const kernel = cgroupOf(runc.pid(name));
		await reach('memory', kernel.rssBytes, 25 * MIB);
		await expectSame(resource('memory_rss_bytes'), id, kernel.rssBytes);
		await expectSame(resource('memory_cache_bytes'), id, kernel.cacheBytes);
		await expectSame(resource('cpu_usage_seconds_total'), id, kernel.cpuSeconds);
		expect(await value(resource('cpu_limit_cores'), id)).toBe(0.5);
	});

	test.skipIf(!existsSync('/proc/pressure/cpu') || (v1 && !existsSync(`${CGROUPS}/unified`)))(
		'pressure of a container, also where its controllers are those of v1',
		async () => {
			const id = `/runc/memory-${process.pid}`;
			const file = join(CGROUPS, v1 ? 'unified' : '', `memory-${process.pid}`, 'cpu.pressure');
			const read = () => Number(/^some .*total=(\d+)/m.exec(readFileSync(file, 'utf8'))![1]) / 1e6;
			await expectSame(resource('cpu_pressure_waiting_seconds_total'), id, read);
		},
	);
});

describe('a program of the host', () => {
	const name = `hog-${String(Math.floor(Math.random() * 9000) + 1000)}`;
	const id = `/host/${name}`;
	const executable = join(dir, name);
	const MEGABYTES = 40;
	let child: ChildProcess;

	afterAll(() => {
		child?.kill('SIGKILL');
	});

	test('has sums over its processes', async () => {
		try {
			linkSync(process.execPath, executable);
		} catch {
			copyFileSync(process.execPath, executable);
		}
		const words = [join(root, 'test/programs/hog.mjs'), '1500', String(MEGABYTES), join(dir, 'hog-file')];
		child = spawn(executable, words, { stdio: ['pipe', 'pipe', 'inherit'] });
		const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
		await lines.next();
		const start = await until(
			() => value(resource('cpu_usage_seconds_total'), id),
			() => 'the program is not seen',
		);
		const written = (await value(resource('disk_written_bytes_total'), id))!;
		child.stdin!.write('go\n');
		await lines.next();
		const used = (await value(resource('cpu_usage_seconds_total'), id))! - start;
		const own = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
		const ticks = Number(own[11]) + Number(own[12]);
		expect(used).toBeGreaterThanOrEqual(1.5 * 0.95);
		expect(used).toBeLessThanOrEqual((ticks / 100) * 1.05);
		const bytes = (await value(resource('disk_written_bytes_total'), id))! - written;
		expect(bytes).toBeGreaterThanOrEqual(MEGABYTES * MIB);
		expect(bytes).toBeLessThan(MEGABYTES * MIB * 1.05);
		const rss = () =>
			Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))![1]) * 1024;
		await expectSame(resource('memory_rss_bytes'), id, rss);
	});
});

describe('the node', () => {
	test('CPU, memory and disks are those of /proc', async () => {
		const cpu = () => Number(readFileSync('/proc/stat', 'utf8').split('\n')[0]!.split(/\s+/)[1]) / 100;
		const user = (text: string) =>
			seriesOf(text, 'node_resources_cpu_usage_seconds_total').find(({ labels }) => labels.mode === 'user')!
				.value;
		const before = cpu();
		const text = await product.metrics();
		expect(user(text)).toBeGreaterThanOrEqual(before);
		expect(user(text)).toBeLessThanOrEqual(cpu());
		const total = Number(/^MemTotal:\s+(\d+)/.exec(readFileSync('/proc/meminfo', 'utf8'))![1]) * 1024;
		expect(seriesOf(text, 'node_resources_memory_total_bytes')[0]!.value).toBe(total);
		for (const { labels, value: told } of seriesOf(text, 'node_resources_disk_written_bytes_total')) {
			const line = readFileSync('/proc/diskstats', 'utf8')
				.split('\n')
				.find((each) => each.includes(` ${labels.device} `))!;
			expect(told).toBeLessThanOrEqual(Number(line.trim().split(/\s+/)[9]) * 512);
			expect(told).toBeGreaterThan(0);
		}
	});

	test('traffic of an interface', async () => {
		const suffix = String(Math.floor(Math.random() * 9000) + 1000);
		const [device, namespace] = [`eth${suffix}`, `cx-traffic-${suffix}`];
		const ip = (...args: string[]) => execFileSync('ip', args);
		ip('netns', 'add', namespace);
		onTestFinished(() => {
			ip('netns', 'del', namespace);
		});
		ip('link', 'add', device, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace);
		const third = Math.floor(Math.random() * 200) + 20;
		ip('addr', 'add', `10.232.${third}.1/24`, 'dev', device);
		ip('link', 'set', device, 'up');
		ip('-n', namespace, 'addr', 'add', `10.232.${third}.2/24`, 'dev', 'eth0');
		ip('-n', namespace, 'link', 'set', 'eth0', 'up');
		const own = async (metric: string) =>
			seriesOf(await product.metrics(), metric).find(({ labels }) => labels.interface === device)?.value;
		await until(
			async () => ((await own('node_net_interface_up')) === 1 ? true : undefined),
			() => 'the interface is not up',
		);
		expect(
			seriesOf(await product.metrics(), 'node_net_interface_ip').map(({ labels }) => labels.ip),
		).toContain(`10.232.${third}.1`);
		const start = (await own('node_net_transmitted_bytes_total'))!;
		const program = `const s=require('dgram').createSocket('udp4');let n=0;const go=()=>n++<500?s.send(Buffer.alloc(1000),9,'10.232.${third}.2',go):s.close();go()`;
		execFileSync(process.execPath, ['-e', program]);
		// Payload, UDP, IP and Ethernet.
		const bytes = 500 * (1000 + 8 + 20 + 14);
		const sent = (await own('node_net_transmitted_bytes_total'))! - start;
		expect(sent).toBeGreaterThanOrEqual(bytes);
		expect(sent).toBeLessThan(bytes * 1.05);
	});
});
