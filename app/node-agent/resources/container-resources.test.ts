import { describe, expect, test } from 'vitest';
import { Labels } from '../../exposition/labels.ts';
import { Snapshot } from '../../exposition/snapshot.ts';
import { parseCgroupFile } from '../containers/cgroup-file.ts';
import { Container } from '../containers/container.ts';
import { RecordedCgroups, RecordedFileSystems } from '../testing/recorded-cgroups.ts';
import { RecordedProc } from '../testing/recorded-proc.ts';
import { BlockDevices, parseDiskStats } from './block-devices.ts';
import { ContainerResources } from './container-resources.ts';
import type { TaskDelays } from './task-delays.ts';

const DEVICES = new BlockDevices(
	parseDiskStats(`   8       0 sda 100 0 2000 50 70 0 4000 60 0 90 110 0 0 0 0 0 0
   8       1 sda1 90 0 1800 40 60 0 3800 50 0 80 90 0 0 0 0 0 0
   8      16 sdb 5 0 80 4 6 0 90 5 0 8 9 0 0 0 0 0 0
`),
);

/** As runc's container has them on a host with controllers of v1 beside a unified hierarchy. */
const V1 = {
	'cpu/web/cpu.stat':
		'nr_periods 431\nnr_throttled 405\nthrottled_time 32250000000\nnr_bursts 0\nburst_time 0\n',
	'cpu/web/cpu.cfs_quota_us': '20000\n',
	'cpu/web/cpu.cfs_period_us': '100000\n',
	'cpuacct/web/cpuacct.usage': '8617250000\n',
	'memory/web/memory.stat': `cache 12288\nrss 4096\nrss_huge 0\nmapped_file 4096
hierarchical_memory_limit 67108864\ntotal_cache 1048576\ntotal_rss 2097152\ntotal_rss_huge 0\ntotal_mapped_file 524288\n`,
	'memory/web/memory.limit_in_bytes': '67108864\n',
	'memory/web/memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 2\n',
	'blkio/blkio.throttle.io_serviced': '8:0 Read 9\nTotal 9\n',
	'blkio/web/blkio.throttle.io_serviced':
		'8:0 Read 11\n8:0 Write 22\n8:0 Sync 33\n8:0 Async 0\n8:0 Discard 0\n8:0 Total 33\nTotal 33\n',
	'blkio/web/blkio.throttle.io_service_bytes':
		'8:0 Read 45056\n8:0 Write 90112\n8:0 Sync 135168\n8:0 Async 0\n8:0 Discard 0\n8:0 Total 135168\nTotal 135168\n',
};
const PRESSURE = (some: number, full: number) =>
	`some avg10=0.00 avg60=0.00 avg300=0.00 total=${some}\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=${full}\n`;
const pressureIn = (dir: string) => ({
	[`${dir}/cpu.pressure`]: PRESSURE(3_000_000, 1_000_000),
	[`${dir}/memory.pressure`]: PRESSURE(500_000, 250_000),
	[`${dir}/io.pressure`]: PRESSURE(10, 0),
});
const V2 = {
	'system.slice/web.service/cpu.stat':
		'usage_usec 8617250\nuser_usec 8000000\nsystem_usec 617250\nnr_periods 431\nnr_throttled 405\nthrottled_usec 32250000\n',
	'system.slice/web.service/cpu.max': '20000 100000\n',
	'system.slice/web.service/memory.stat': 'anon 2097152\nfile 1048576\nkernel 65536\nfile_mapped 524288\n',
	'system.slice/web.service/memory.max': '67108864\n',
	'system.slice/web.service/memory.events': 'low 0\nhigh 0\nmax 31\noom 2\noom_kill 2\noom_group_kill 0\n',
	'system.slice/web.service/io.stat': '8:16 8:0 rbytes=45056 wbytes=90112 rios=11 wios=22 dbytes=0 dios=0\n',
	...pressureIn('system.slice/web.service'),
};
const MOUNTS = `601 500 0:60 / / rw,relatime - overlay overlay rw,lowerdir=/var/lib/docker/l,upperdir=/var/lib/docker/u,workdir=/w
602 601 0:61 / /proc rw - proc proc rw
603 601 8:1 /docker/hosts /etc/hosts rw,relatime - ext4 /dev/sda1 rw
604 601 8:16 / /data rw,relatime - ext4 /dev/sdb rw
605 601 8:16 /conf /conf ro,relatime - ext4 /dev/sdb rw
`;

function setUp(given: {
	cgroup: string;
	element?: string;
	files?: Record<string, string>;
	kind?: 'runc' | 'host' | 'systemd';
	pids?: number[];
	delays?: TaskDelays;
	pressure?: boolean;
	/** The agent starts at 50 000, its first take is at 115 000. */
	bornAt?: number;
}) {
	const cgroups = new RecordedCgroups({ ...given.files });
	const proc = new RecordedProc();
	const pids = given.pids ?? [10];
	const bornAt = given.bornAt ?? 500;
	const fileSystems = new RecordedFileSystems();
	fileSystems.files.add('/etc/hosts');
	fileSystems.devices['/var/lib/docker/u'] = '8:1';
	for (const pid of pids) {
		proc.set(`${pid}/mountinfo`, MOUNTS);
		proc.setLink(`${pid}/ns/mnt`, 'mnt:[2]');
	}
	proc.setLink('1/ns/mnt', 'mnt:[1]');
	if (given.pressure !== false) proc.set('pressure/cpu', PRESSURE(0, 0));
	const kind = given.kind ?? 'runc';
	const cut = (path: string) => path.replace(/^(.*\/web(?:\.service)?)\/.*$/, '$1');
	const paths = parseCgroupFile(given.cgroup);
	const own = {
		v1: new Map([...paths.v1].map(([controller, path]) => [controller, cut(path)])),
		...(paths.v2 !== undefined && { v2: cut(paths.v2) }),
	};
	const identity = { id: '/runc/web', kind, image: '', ...(kind !== 'host' && { cgroups: own }) };
	const container = new Container(identity, new Labels([['container_id', '/runc/web']]), bornAt + 500);
	for (const pid of pids) container.addProcess(pid, bornAt);
	const ports = { proc, processFiles: proc, cgroups, fileSystems, delays: given.delays };
	const resources = new ContainerResources(ports, 50_000);
	let time = 100_000;
	/** Values of one take by name and labels, without the container's id. */
	const take = () => {
		time += 15_000;
		const snapshot = new Snapshot(time);
		resources.collect(snapshot, [container], DEVICES);
		const values: Record<string, number> = {};
		for (const { name, samples } of snapshot.families()) {
			for (const { labels, value } of samples) {
				const rest = labels.pairs.filter(([label, text]) => label !== 'container_id' && text !== '');
				const key = [name.replace('container_resources_', ''), ...rest.map((pair) => pair.join('='))];
				values[key.join(' ')] = value;
			}
		}
		return values;
	};
	return { take, proc, cgroups, container, fileSystems, now: () => time };
}

const HYBRID = '5:memory:/web\n4:blkio:/web\n3:cpuacct:/web\n2:cpu:/web\n0::/web\n';
const LIMITED = {
	cpu_limit_cores: 0.2,
	cpu_usage_seconds_total: 8.61725,
	cpu_throttled_seconds_total: 32.25,
	memory_limit_bytes: 67_108_864,
	memory_rss_bytes: 2_097_152 + 524_288,
	memory_cache_bytes: 1_048_576,
	container_oom_kills_total: 2,
};
const DISK = {
	'disk_reads_total device=sda mount_point=/': 11,
	'disk_writes_total device=sda mount_point=/': 22,
	'disk_read_bytes_total device=sda mount_point=/': 45_056,
	'disk_written_bytes_total device=sda mount_point=/': 90_112,
	'disk_size_bytes device=sda mount_point=/': 1000,
	'disk_used_bytes device=sda mount_point=/': 300,
	'disk_reserved_bytes device=sda mount_point=/': 50,
	'disk_size_bytes device=sdb mount_point=/data': 1000,
	'disk_used_bytes device=sdb mount_point=/data': 300,
	'disk_reserved_bytes device=sdb mount_point=/data': 50,
};
const WAITED = {
	'cpu_pressure_waiting_seconds_total kind=some': 3,
	'cpu_pressure_waiting_seconds_total kind=full': 1,
	'memory_pressure_waiting_seconds_total kind=some': 0.5,
	'memory_pressure_waiting_seconds_total kind=full': 0.25,
	'io_pressure_waiting_seconds_total kind=some': 0.000_01,
	'io_pressure_waiting_seconds_total kind=full': 0,
};

describe('a container with cgroups of its own', () => {
	test('v1 alone', () => {
		const { take } = setUp({ cgroup: HYBRID.replace('0::/web\n', ''), files: V1 });
		expect(take()).toEqual({ ...LIMITED, ...DISK });
	});

	test('controllers of v1, pressure from the unified hierarchy beside them', () => {
		const files = { ...V1, 'unified/cgroup.procs': '', ...pressureIn('unified/web') };
		const { take } = setUp({ cgroup: HYBRID, files });
		expect(take()).toEqual({ ...LIMITED, ...DISK, ...WAITED });
	});

	test('v2, where it has made cgroups below', () => {
		const { take } = setUp({ cgroup: '0::/system.slice/web.service/pool\n', files: V2 });
		expect(take()).toEqual({ ...LIMITED, ...DISK, ...WAITED });
	});

	test('without limits there are none', () => {
		const v1 = setUp({
			cgroup: HYBRID,
			files: {
				...V1,
				'cpu/web/cpu.cfs_quota_us': '-1\n',
				'memory/web/memory.limit_in_bytes': '9223372036854771712\n',
			},
		});
		const v2 = setUp({
			cgroup: '0::/system.slice/web.service\n',
			files: {
				...V2,
				'system.slice/web.service/cpu.max': 'max 100000\n',
				'system.slice/web.service/memory.max': 'max\n',
			},
		});
		for (const { take } of [v1, v2]) {
			const values = take();
			expect(values.cpu_usage_seconds_total).toBe(8.61725);
			expect(values.cpu_limit_cores).toBeUndefined();
			expect(values.memory_limit_bytes).toBeUndefined();
		}
	});

	test('a kernel without pressure is not asked for it, and of three files none counts where one is missing', () => {
		const files: Record<string, string> = { ...V2 };
		const without = setUp({ cgroup: '0::/system.slice/web.service\n', files, pressure: false });
		expect(Object.keys(without.take()).filter((key) => key.includes('pressure'))).toEqual([]);
		delete files['system.slice/web.service/io.pressure'];
		const partly = setUp({ cgroup: '0::/system.slice/web.service\n', files });
		expect(Object.keys(partly.take()).filter((key) => key.includes('pressure'))).toEqual([]);
	});

	test('without a controller its values are missing, others are there', () => {
		const { take } = setUp({ cgroup: '5:memory:/web\n', files: V1 });
		const values = take();
		expect(values.memory_rss_bytes).toBe(LIMITED.memory_rss_bytes);
		expect(values.cpu_usage_seconds_total).toBeUndefined();
		expect(Object.keys(values).filter((key) => key.startsWith('disk_reads'))).toEqual([]);
	});

	test('where v1 does not count what disks do, the processes know the bytes', () => {
		const files = { ...V1, 'blkio/blkio.throttle.io_serviced': 'Total 0\n' };
		const { take, proc } = setUp({ cgroup: HYBRID, files });
		const io = (read: number, written: number) => `read_bytes: ${read}\nwrite_bytes: ${written}\n`;
		proc.set('10/io', io(100, 200));
		take();
		proc.set('10/io', io(4196, 200));
		const disks = Object.entries(take()).filter(([key]) => /reads|writes|_bytes_total/.test(key));
		expect(Object.fromEntries(disks)).toEqual({ disk_read_bytes_total: 4096, disk_written_bytes_total: 0 });
	});

	test.each([
		['before the agent are counted from its first look on', 49_999, 0],
		['after it are counted from their start', 50_001, 100],
	])('bytes of processes that started %s', (_name, bornAt, bytes) => {
		const files = { ...V1, 'blkio/blkio.throttle.io_serviced': 'Total 0\n' };
		const { take, proc } = setUp({ cgroup: HYBRID, files, bornAt });
		proc.set('10/io', 'read_bytes: 100\nwrite_bytes: 100\n');
		expect(take()).toMatchObject({ disk_read_bytes_total: bytes, disk_written_bytes_total: bytes });
	});

	test('a service has those of the node that it uses, and not again what is mounted elsewhere', () => {
		const files: Record<string, string> = { ...V2 };
		const { take, proc } = setUp({ cgroup: '0::/system.slice/web.service\n', files, kind: 'systemd' });
		proc.set('10/mountinfo', `${MOUNTS}606 601 8:1 / /mnt rw - ext4 /dev/sda1 rw\n`);
		expect(Object.keys(take()).filter((key) => key.includes('size'))).toEqual([
			'disk_size_bytes device=sda mount_point=/',
		]);
	});

	test.each([
		['of an old container are read again after five minutes', 500, 20],
		['of a young one at once, because its runtime may just be mounting', 100_000, 1],
	])('mounts %s', (_name, bornAt, takes) => {
		const { take, proc } = setUp({ cgroup: HYBRID, files: V1, bornAt });
		const sizes = () => Object.keys(take()).filter((key) => key.includes('size')).length;
		proc.set('10/mountinfo', '');
		expect(sizes()).toBe(0);
		proc.set('10/mountinfo', MOUNTS);
		for (let i = 1; i < takes; i++) expect(sizes()).toBe(0);
		expect(sizes()).toBe(2);
	});

	test('one that is dead has nothing but its kills', () => {
		const { take, container, now } = setUp({ cgroup: HYBRID, files: V1 });
		take();
		container.oomKills.onVictim();
		container.removeProcess(10, now());
		expect(take()).toEqual({ container_oom_kills_total: 3 });
	});

	test('the first kills of one that the agent saw start are preceded by a 0', () => {
		const { take, container } = setUp({ cgroup: HYBRID, files: V1, pids: [] });
		container.addProcess(10, 2000);
		expect([take().container_oom_kills_total, take().container_oom_kills_total]).toEqual([0, 2]);
	});
});

describe('waiting', () => {
	/** Seconds for CPUs and disks, by process. */
	const delays = (values: Record<number, [number, number]>): TaskDelays => ({
		read: (pids) =>
			Float64Array.from([...pids].flatMap((pid) => values[pid] ?? [Number.NaN, Number.NaN])).map(
				(seconds) => seconds * 1e9,
			),
	});

	test('is summed over processes from the first look on, those that end included', () => {
		const values: Record<number, [number, number]> = { 10: [100, 7], 11: [50, 7] };
		const { take, container, now } = setUp({
			cgroup: HYBRID,
			files: V1,
			pids: [10, 11],
			delays: delays(values),
		});
		expect(take().cpu_delay_seconds_total).toBe(0);
		values[10] = [101, 7];
		values[11] = [52, 7];
		expect(take().cpu_delay_seconds_total).toBe(3);
		container.removeProcess(11, now());
		container.addProcess(12, now() + 1);
		values[12] = [4, 0];
		expect(take().cpu_delay_seconds_total).toBe(7);
		expect(Object.keys(take())).not.toContain('disk_delay_seconds_total');
	});

	test('for disks is told where the kernel counts it', () => {
		const values: Record<number, [number, number]> = { 10: [100, 7] };
		const { take, proc } = setUp({ cgroup: HYBRID, files: V1, delays: delays(values) });
		proc.set('sys/kernel/task_delayacct', '1\n');
		take();
		values[10] = [100, 7.5];
		expect(take().disk_delay_seconds_total).toBe(0.5);
	});
});

describe('a program of the host', () => {
	const stat = (pid: number, user: number, system: number) =>
		`${pid} (a) b) S 1 ${'0 '.repeat(9)}${user} ${system} 0 0 20 0 1 0 100 0`;
	const io = (read: number, written: number) =>
		`rchar: 9\nwchar: 9\nsyscr: 9\nsyscw: 9\nread_bytes: ${read}\nwrite_bytes: ${written}\ncancelled_write_bytes: 0\n`;

	test('has sums over its processes, and memory that they share once', () => {
		const { take, proc, container, now } = setUp({ cgroup: '0::/\n', kind: 'host', pids: [10, 11] });
		for (const pid of [10, 11]) {
			proc.set(`${pid}/stat`, stat(pid, 5000, 1000));
			proc.set(`${pid}/io`, io(1 << 20, 1 << 20));
			proc.set(
				`${pid}/status`,
				`Name:\ta\nRssAnon:\t     ${pid} kB\nRssFile:\t  2048 kB\nRssShmem:\t  ${pid} kB\n`,
			);
		}
		expect(take()).toEqual({
			cpu_usage_seconds_total: 0,
			disk_read_bytes_total: 0,
			disk_written_bytes_total: 0,
			memory_rss_bytes: (10 + 11 + 2048 + 11) * 1024,
			container_oom_kills_total: 0,
		});
		proc.set('10/stat', stat(10, 5150, 1050));
		proc.set('10/io', io(1 << 20, (1 << 20) + 4096));
		container.removeProcess(11, now());
		container.addProcess(12, now() + 5);
		proc.set('12/stat', stat(12, 25, 25));
		expect(take()).toMatchObject({
			cpu_usage_seconds_total: 2 + 0.5,
			disk_read_bytes_total: 0,
			disk_written_bytes_total: 4096,
		});
	});

	test('one whose files may not be read has what can be', () => {
		const { take, proc } = setUp({ cgroup: '0::/\n', kind: 'host' });
		proc.set('10/stat', stat(10, 1, 1));
		expect(take()).toMatchObject({ cpu_usage_seconds_total: 0, memory_rss_bytes: 0 });
	});
});
