import { execFileSync } from 'node:child_process';
import { globSync, mkdirSync, rmdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { unpackDebian } from '../../setup/debian-packages.mjs';
import { root } from '../product/product.ts';
import { until } from '../product/waiting.ts';
import { RuntimeFiles } from './runtime-files.ts';

const debian = await unpackDebian(root, 'podman', ['podman', 'conmon', 'netavark', 'runc', 'iptables']);

/** What `podman stats` says of a container: seconds and bytes since its start, bytes of memory now. */
export interface PodmanStats {
	cpuSeconds: number;
	memoryBytes: number;
	/** Both directions of its network, in the order of podman. */
	networkBytes: [number, number];
	readBytes: number;
	writtenBytes: number;
}

/**
 * A real podman whose data, locks and network are its own: bridge and rules of iptables stand in a network namespace that goes with it.
 * Containers reach the namespace at `gateway`.
 */
export class Podman {
	readonly gateway = '10.89.77.1';
	private readonly files = new RuntimeFiles();
	/** Where it keeps its containers. */
	readonly root = join(this.files.dir, 'storage');
	/** Where its API answers after `serve`. */
	readonly socket = join(this.files.dir, 'podman.sock');
	private readonly namespace = `cx-podman-${String(Math.floor(Math.random() * 1e9))}`;
	private readonly containers: string[] = [];

	start(): void {
		const { dir, env } = this.files;
		// The command line of iptables that netavark asks for; packages make these links when they are installed.
		const links = join(dir, 'sbin');
		mkdirSync(links);
		for (const name of ['iptables', 'iptables-save', 'iptables-restore', 'ip6tables'])
			symlinkSync(join(debian, 'usr/sbin/xtables-nft-multi'), join(links, name));
		const [libraries = ''] = globSync(join(debian, 'usr/lib/*-linux-gnu'));
		env.PATH = [links, join(debian, 'usr/bin'), env.PATH].join(':');
		env.LD_LIBRARY_PATH = libraries;
		env.XTABLES_LIBDIR = join(libraries, 'xtables');
		env.HOME = dir;
		env.CONTAINERS_CONF = this.write(
			'containers.conf',
			// Limits as low as an unprivileged machine has them; runc, because crun refuses hybrid cgroups.
			`[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1000:1000"]
log_driver = "k8s-file"
[engine]
cgroup_manager = "cgroupfs"
conmon_path = ["${debian}/usr/bin/conmon"]
events_logger = "none"
helper_binaries_dir = ["${debian}/usr/lib/podman"]
lock_type = "file"
runtime = "runc"
static_dir = "${dir}/libpod"
tmp_dir = "${dir}/tmp"
volume_path = "${dir}/volumes"
[engine.runtimes]
runc = ["${debian}/usr/sbin/runc"]
[network]
network_backend = "netavark"
network_config_dir = "${dir}/networks"
`,
		);
		env.CONTAINERS_STORAGE_CONF = this.write(
			'storage.conf',
			`[storage]
driver = "vfs"
graphroot = "${this.root}"
runroot = "${dir}/run"
`,
		);
		this.files.run('ip', ['netns', 'add', this.namespace]);
		this.files.run('ip', ['-n', this.namespace, 'link', 'set', 'lo', 'up']);
		// Large packets: what podman counts has headers, what the agent counts has none.
		const subnet = ['--subnet', `${this.gateway}/24`, '--gateway', this.gateway];
		this.podman('network', 'create', ...subnet, '--opt', 'mtu=9000', 'test');
	}

	/** Starts a shell script in a container; returns the container's id. */
	run(script: string, options: string[] = []): string {
		const { rootfs } = this.files;
		const words = ['run', '--detach', '--network', 'test', ...options, '--rootfs', rootfs];
		const id = this.podman(...words, '/bin/sh', '-c', script).trim();
		this.containers.push(id);
		return id;
	}

	/** Starts its API, which Docker's clients can talk to. */
	async serve(): Promise<void> {
		this.files.daemon('podman', ['system', 'service', '--time', '0', `unix://${this.socket}`]);
		await until(
			// A socket is there before somebody listens.
			() =>
				new Promise<true>((resolve, reject) => {
					const probe = createConnection(this.socket, () => {
						probe.end();
						resolve(true);
					}).on('error', reject);
				}),
			() => 'the API of podman is not there',
		);
	}

	/** Runs a program where `gateway` is its own address, until the end. */
	beside(command: string, args: string[]): void {
		this.files.daemon('nsenter', [`--net=/run/netns/${this.namespace}`, command, ...args]);
	}

	/** Pid of the container's first process, as the host counts. */
	pid(id: string): number {
		return Number(this.podman('inspect', '--format', '{{.State.Pid}}', id));
	}

	stats(id: string): PodmanStats {
		const [told] = JSON.parse(this.podman('stats', '--no-stream', '--format', 'json', id));
		const pair = (words: string) => words.split(' / ').map(bytes) as [number, number];
		const [readBytes, writtenBytes] = pair(told.block_io);
		return {
			cpuSeconds: seconds(told.cpu_time),
			memoryBytes: pair(told.mem_usage)[0],
			networkBytes: pair(told.net_io),
			readBytes,
			writtenBytes,
		};
	}

	async close(): Promise<void> {
		if (this.containers.length > 0) this.podman('rm', '--force', '--time', '0', ...this.containers);
		await this.files.close();
		execFileSync('ip', ['netns', 'del', this.namespace]);
		// What podman leaves: the cgroup of its monitors, and the one around all.
		for (const left of ['libpod_parent/conmon', 'libpod_parent'])
			for (const folder of globSync([`/sys/fs/cgroup/${left}`, `/sys/fs/cgroup/*/${left}`])) {
				try {
					rmdirSync(folder);
				} catch {
					// Another podman uses it.
				}
			}
	}

	private podman(...args: string[]): string {
		return this.files.run('nsenter', [`--net=/run/netns/${this.namespace}`, 'podman', ...args]);
	}

	private write(name: string, text: string): string {
		const file = join(this.files.dir, name);
		writeFileSync(file, text);
		return file;
	}
}

const BYTES: Record<string, number> = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9 };
const SECONDS: Record<string, number> = { h: 3600, m: 60, s: 1, ms: 1e-3, µs: 1e-6, ns: 1e-9 };

/** `20.89MB`: decimal units, four digits. */
function bytes(words: string): number {
	const [, figure, unit = ''] = /^([\d.]+)(\w+)$/.exec(words) ?? [];
	return Number(figure) * (BYTES[unit] ?? Number.NaN);
}

/** `1m2.5s`, `31.3ms`: as Go writes durations. */
function seconds(words: string): number {
	return [...words.matchAll(/([\d.]+)(h|ms|m|s|µs|ns)/g)].reduce(
		(sum, [, figure, unit]) => sum + Number(figure) * SECONDS[unit!]!,
		0,
	);
}
