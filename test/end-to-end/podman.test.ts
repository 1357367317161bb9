import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Product, seriesOf } from '../product/product.ts';
import { until } from '../product/waiting.ts';
import { Podman, type PodmanStats } from '../runtimes/podman.ts';

// What containers of podman use under load, as the agent tells it, against `podman stats`.

const MIB = 1 << 20;
const SENT = 20 * MIB;
const HELD = 100 * MIB;
const BLOCKS = 300;
const PORT = 7000;

const product = new Product();
const podman = new Podman();
/** A directory on a disk, for what the container writes. */
const dir = mkdtempSync(join(tmpdir(), 'codexray-podman-'));
let container = '';
const name = `load${process.pid}`;
const id = `/podman/${name}`;

/** Sends, writes to disk and holds memory when it is told to, and goes on until it is ended; what is counted of a process must not end with it. */
const worker = `while [ ! -e /data/go ]; do usleep 50000; done
head -c ${SENT} /dev/zero | nc ${podman.gateway} ${PORT} &
(i=0; while [ $i -lt ${BLOCKS} ]; do head -c 65536 /dev/zero; i=$((i+1)); done; sleep 1000) |
	dd of=/data/file bs=64k iflag=fullblock oflag=direct &
(head -c ${HELD} /dev/zero; sleep 1000) | tail -c ${HELD}`;

beforeAll(async () => {
	await product.start(['--no-engine'], { CODEXRAY_PODMAN_ROOT: podman.root });
	podman.start();
	const listening = join(dir, 'listening');
	const server = `require('net').createServer((s) => s.resume()).listen(${PORT}, () => require('fs').writeFileSync('${listening}', ''))`;
	podman.beside(process.execPath, ['-e', server]);
	await until(
		() => (existsSync(listening) ? true : undefined),
		() => 'nobody listens for the bytes',
	);
	const limits = ['--memory', '256m', '--cpus', '0.5'];
	container = podman.run(worker, ['--name', name, ...limits, '--volume', `${dir}:/data`]);
	await until(
		() => value('container_info'),
		() => `${id} is not seen`,
	);
	writeFileSync(join(dir, 'go'), '');
	await until(
		() =>
			existsSync(join(dir, 'file')) && statSync(join(dir, 'file')).size === BLOCKS * 65_536
				? true
				: undefined,
		() => 'the file is not written',
		60_000,
	);
	await until(
		() => (podman.stats(container).memoryBytes >= HELD ? true : undefined),
		() => 'the memory is not taken',
		60_000,
	);
	await until(
		() => (Math.max(...podman.stats(container).networkBytes) >= SENT ? true : undefined),
		() => 'the bytes are not sent',
		60_000,
	);
});
afterAll(async () => {
	await podman.close();
	await product.remove();
	rmSync(dir, { recursive: true, force: true });
});

/** Sum over the container's series of a metric, such as those of several destinations; undefined: it has none. */
async function value(metric: string, of = id): Promise<number | undefined> {
	const own = seriesOf(await product.metrics(), metric).filter(({ labels }) => labels.container_id === of);
	return own.length === 0 ? undefined : own.reduce((sum, each) => sum + each.value, 0);
}

/** The agent's value lies between podman's before and after, or 5 % around them. */
async function expectSame(told: () => Promise<number>, read: (stats: PodmanStats) => number, of = container) {
	const before = read(podman.stats(of));
	const own = await told();
	const after = read(podman.stats(of));
	expect(own).toBeGreaterThanOrEqual(Math.min(before, after) * 0.95);
	expect(own).toBeLessThanOrEqual(Math.max(before, after) * 1.05);
}

test('CPU time', async () => {
	const hog = podman.run('while :; do :; done', ['--rm', '--name', `hog${process.pid}`, '--cpus', '0.2']);
	const own = `/podman/hog${process.pid}`;
	await until(
		() => (podman.stats(hog).cpuSeconds >= 1 ? true : undefined),
		() => 'no CPU time is used',
		60_000,
	);
	const metric = 'container_resources_cpu_usage_seconds_total';
	await expectSame(
		async () => (await value(metric, own))!,
		({ cpuSeconds }) => cpuSeconds,
		hog,
	);
	expect(await value('container_resources_cpu_limit_cores', own)).toBe(0.2);
	expect(await value('container_resources_cpu_limit_cores')).toBe(0.5);
});

test('memory, with the cache that podman counts too', async () => {
	const told = async () =>
		(await value('container_resources_memory_rss_bytes'))! +
		(await value('container_resources_memory_cache_bytes'))!;
	await expectSame(told, ({ memoryBytes }) => memoryBytes);
	expect(await value('container_resources_memory_limit_bytes')).toBe(256 * MIB);
});

test('bytes over the network', async () => {
	// Which direction comes first is not the same in all versions of podman; of the other one there are acknowledgements only.
	const told = async () => (await value('container_net_tcp_bytes_sent_total'))!;
	// Podman, who was asked before, counts headers, too: its figure is reached before the last bytes are sent.
	await until(
		async () => ((await told()) >= SENT ? true : undefined),
		() => 'the bytes are not counted',
	);
	expect(await told()).toBe(SENT);
	await expectSame(told, ({ networkBytes }) => Math.max(...networkBytes));
});

test('bytes to disk', async () => {
	// Kernels that do not count for cgroup v1 leave podman without a figure; then the processes have it.
	const counted = podman.stats(container).writtenBytes > 0;
	const ofProcesses = () => {
		const [file = ''] = globSync(`/sys/fs/cgroup/{,memory/}libpod_parent/libpod-${container}/cgroup.procs`);
		return readFileSync(file, 'utf8')
			.trim()
			.split('\n')
			.map((pid) => Number(/^write_bytes: (\d+)/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))![1]))
			.reduce((sum, bytes) => sum + bytes, 0);
	};
	const told = async () => (await value('container_resources_disk_written_bytes_total'))!;
	expect(await told()).toBeGreaterThanOrEqual(BLOCKS * 65_536);
	await expectSame(told, ({ writtenBytes }) => (counted ? writtenBytes : ofProcesses()));
});
