import { describe, expect, test } from 'vitest';
import { Labels } from '../../exposition/labels.ts';
import { Container } from '../containers/container.ts';
import { ContainerFilter } from '../containers/container-filter.ts';
import { ContainerRegistry } from '../containers/container-registry.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { RecordedProc } from '../testing/recorded-proc.ts';
import type { OptOut } from './opt-outs.ts';
import { ProcessTable, type ProcessTableOptions } from './process-table.ts';

const DOCKER = `/docker/${'ab'.repeat(32)}`;
const DOCKER_ID = '/docker/abababababab';

function setUp(given: Partial<ProcessTableOptions> = {}) {
	const clock = new ManualClock();
	const proc = new RecordedProc({ files: {}, links: {} });
	proc.add(1, { cgroup: '0::/\n', exe: '/sbin/init', parent: 0 });
	proc.add(10, { cgroup: '0::/\n', exe: '/bin/bash' });
	const containers = new ContainerRegistry();
	const table = new ProcessTable({
		...{ proc, containers },
		host: { read: () => undefined },
		filter: new ContainerFilter(),
		nodeLabels: new Labels([]),
		ownPids: new Set([77]),
		now: () => clock.now(),
		...given,
	});
	table.scan();
	const record = (
		kind: 'start' | 'exec' | 'exit',
		pid: number,
		cgroup = 1n,
		rest: { parent?: number; comm?: string; oomVictim?: boolean } = {},
	) => table.onRecord({ kind, pid, cgroup, time: 0n, parent: 0, comm: '', oomVictim: false, ...rest });
	const idOf = (pid: number, cgroup = 1n) => {
		const found = table.containerOf(pid, cgroup);
		return found instanceof Container ? found.id : found;
	};
	return { clock, proc, containers, table, record, idOf };
}

describe('processes of the host', () => {
	test('are named by their executable, and appear when they touch the network', () => {
		const { proc, record, idOf, containers } = setUp();
		proc.add(20, { cgroup: '0::/user.slice/session-1.scope\n', exe: '/usr/bin/curl (deleted)' });
		record('start', 20, 1n, { parent: 10 });
		record('exec', 20, 1n, { comm: 'curl' });
		expect([...containers]).toEqual([]);
		expect(idOf(20)).toBe('/host/curl');
		expect([...containers].map(({ id }) => id)).toEqual(['/host/curl']);
	});

	test('an executable of several names has the one that is known', () => {
		const { proc, record, idOf } = setUp();
		proc.add(20, { cgroup: '0::/\n', exe: '/usr/bin/redis-check-rdb' });
		record('exec', 20, 1n, { comm: 'redis-server' });
		expect(idOf(20)).toBe('/host/redis-server');
	});

	test('a fork that executes nothing is what its parent is', () => {
		const { record, idOf } = setUp();
		record('start', 20, 1n, { parent: 10 });
		expect(idOf(20)).toBe('/host/bash');
	});

	test('gone before anybody looked, the name that it was executed under counts', () => {
		const { record, idOf, clock, table } = setUp();
		record('start', 20, 1n, { parent: 10 });
		record('exec', 20, 1n, { comm: 'curl' });
		record('exit', 20);
		expect(idOf(20)).toBe('/host/curl');
		clock.advance(2 * 60_000);
		table.sweep();
		expect(idOf(20)).toBe('/host/curl');
		clock.advance(1);
		table.sweep();
		expect(idOf(20)).toBeUndefined();
		expect(table.stats().unresolved).toBe(1);
	});

	test('gone, a link is followed as it was when seen alive', () => {
		const { proc, record, idOf } = setUp();
		proc.add(20, { cgroup: '0::/\n', exe: '/usr/bin/python3.11' });
		proc.set('20/comm', 'python3\n');
		record('exec', 20, 1n, { comm: 'python3' });
		record('start', 21, 1n, { parent: 10 });
		record('exec', 21, 1n, { comm: 'python3' });
		expect(idOf(21)).toBe('/host/python3.11');
	});

	test('gone, a name that may be cut tells nothing', () => {
		const { record, idOf, table } = setUp();
		record('start', 20, 1n, { parent: 10 });
		record('exec', 20, 1n, { comm: 'fifteen-bytes-x' });
		expect(idOf(20)).toBeUndefined();
		expect(table.stats().unresolved).toBe(1);
	});
});

describe('processes of containers', () => {
	test('count from their start, with what runs in them', () => {
		const { proc, record, containers } = setUp();
		proc.add(20, {
			cgroup: `0::${DOCKER}\n`,
			exe: '/usr/sbin/nginx',
			cmdline: 'nginx: master process nginx\0',
		});
		record('exec', 20, 7n, { comm: 'nginx' });
		const [container] = [...containers];
		expect(container).toMatchObject({ id: DOCKER_ID, kind: 'docker' });
		expect([...container!.applicationTypes]).toEqual(['nginx']);
		expect([...container!.processes.keys()]).toEqual([20]);
	});

	test('are found where they stand already, also what entered from outside, whose parent reads as 0', () => {
		const { proc, table, containers } = setUp();
		proc.add(20, { cgroup: `0::${DOCKER}\n`, exe: '/app', parent: 10 });
		proc.add(21, { cgroup: `0::${DOCKER}\n`, exe: '/bin/sh', parent: 0 });
		table.scan();
		expect([...containers].map(({ id, processes }) => [id, [...processes.keys()]])).toEqual([
			[DOCKER_ID, [20, 21]],
		]);
	});

	test('a short-lived child is known by its cgroup, though its parent is not known', () => {
		const { proc, record, idOf } = setUp();
		proc.add(20, { cgroup: `0::${DOCKER}\n`, exe: '/app' });
		record('exec', 20, 7n, { comm: 'app' });
		record('start', 30, 7n, { parent: 999 });
		record('exit', 30, 7n);
		expect(idOf(30, 7n)).toBe(DOCKER_ID);
		expect(idOf(31, 7n)).toBe(DOCKER_ID);
		expect(idOf(0, 7n)).toBe(DOCKER_ID);
	});

	test('a v1 container does not claim the unified cgroup that others share', () => {
		const { proc, record, idOf, table } = setUp();
		proc.add(20, { cgroup: `1:cpu:${DOCKER}\n0::/\n`, exe: '/app' });
		record('exec', 20, 1n, { comm: 'app' });
		expect(idOf(20)).toBe(DOCKER_ID);
		expect(idOf(31)).toBeUndefined();
		expect(table.stats().unresolved).toBe(1);
	});

	test.each([
		['v1 alone', ''],
		['v1 beside a unified hierarchy', `0::${DOCKER}\n`],
		['v1 beside that of the service above', '0::/system.slice/docker.service\n'],
	])(
		'one that has ended before anybody looked belongs to the container, which keeps its cgroups: %s',
		(_, unified) => {
			const { proc, record, idOf, containers } = setUp();
			const cgroup = `2:cpu:${DOCKER}\n1:memory:${DOCKER}\n${unified}`;
			proc.add(20, { cgroup, exe: '/bin/sh' });
			record('exec', 20, 5n, { comm: 'sh' });
			const { cgroups } = [...containers][0]!;
			proc.add(21, { cgroup, exe: '/bin/true', parent: 20 });
			proc.leaveZombie(21);
			record('start', 21, 5n, { parent: 20 });
			record('exec', 21, 5n, { comm: 'true' });
			expect(idOf(21, 5n)).toBe(DOCKER_ID);
			expect([...containers].map((each) => each.cgroups)).toEqual([cgroups]);
			expect([...cgroups!.v1.keys()]).toEqual(['cpu', 'memory']);
		},
	);

	test('a process that moves into a container by executing belongs there', () => {
		const { proc, record, containers } = setUp();
		record('start', 20, 1n, { parent: 10 });
		proc.add(20, { cgroup: `0::${DOCKER}\n`, exe: '/app', cmdline: 'java\0-jar\0' });
		record('exec', 20, 7n, { comm: 'java' });
		expect([...containers].map(({ id }) => id)).toEqual([DOCKER_ID]);
		record('exec', 20, 7n, { comm: 'java' });
		expect([...containers][0]!.processes.size).toBe(1);
	});

	test('a restart merges under one id and is counted', () => {
		const { proc, record, containers, clock } = setUp();
		const run = (pid: number) => {
			proc.add(pid, { cgroup: '0::/system.slice/web.service\n', exe: '/app' });
			record('exec', pid, 7n, { comm: 'app' });
		};
		run(20);
		const [unit] = [...containers];
		unit!.countRestarts();
		clock.advance(1000);
		record('exit', 20, 7n);
		expect(unit!.diedAt).toBe(clock.now());
		clock.advance(1000);
		run(21);
		unit!.countRestarts();
		expect([...containers]).toEqual([unit]);
		expect(unit).toMatchObject({ restarts: 1, diedAt: undefined });
		expect(unit!.age(clock.now())).toBe(2000);
	});

	test('the denylist wins over the allowlist', () => {
		const filter = new ContainerFilter([/^\/docker/], [/abab/]);
		const { proc, record, idOf, containers } = setUp({ filter });
		proc.add(20, { cgroup: `0::${DOCKER}\n`, exe: '/app' });
		record('exec', 20, 7n, { comm: 'app' });
		expect(idOf(20, 7n)).toBe('ignored');
		expect(idOf(10)).toBe('ignored');
		expect([...containers]).toEqual([]);
	});
});

describe('signals that a program opts out of', () => {
	const SIGNALS: OptOut[] = ['logs', 'traces', 'profiles'];
	const taken = (table: ProcessTable, pid: number) =>
		SIGNALS.filter((signal) => table.containerIdOf(pid, 0n, signal) !== undefined);

	test.each([
		['COROOT_LOG_MONITORING=disabled', ['traces', 'profiles']],
		['CODEXRAY_EBPF_TRACES=disabled', ['logs', 'profiles']],
		['COROOT_EBPF_PROFILING=is disabled here', ['logs', 'traces']],
		['CODEXRAY_EBPF_PROFILING=disabled\0COROOT_LOG_MONITORING=disabled', ['traces']],
		['CODEXRAY_EBPF_TRACES=enabled', SIGNALS],
		['X=disabled\0NOT_COROOT_LOG_MONITORING=disabled', SIGNALS],
	])('%j', (environment, expected) => {
		const { proc, record, table } = setUp();
		proc.add(20, { cgroup: '0::/\n', exe: '/usr/bin/curl' });
		proc.set('20/environ', `PATH=/bin\0${environment}\0`);
		record('exec', 20, 1n, { comm: 'curl' });
		expect(taken(table, 20)).toEqual(expected);
		// A fork has the environment of its parent.
		record('start', 21, 1n, { parent: 20 });
		expect(taken(table, 21)).toEqual(expected);
	});

	test('one process says so for its container while it lives, but not for other programs of the host', () => {
		const { proc, record, table } = setUp();
		const run = (pid: number, cgroup: string, environment: string) => {
			proc.add(pid, { cgroup: `0::${cgroup}\n`, exe: '/app' });
			proc.set(`${pid}/environ`, environment);
			record('exec', pid, 7n, { comm: 'app' });
			table.containerOf(pid, 7n);
		};
		run(20, DOCKER, 'CODEXRAY_LOG_MONITORING=disabled\0');
		run(21, DOCKER, '');
		expect(taken(table, 21)).toEqual(['traces', 'profiles']);
		record('exit', 20, 7n);
		expect(taken(table, 21)).toEqual(SIGNALS);
		run(30, '/', 'CODEXRAY_LOG_MONITORING=disabled\0');
		run(31, '/', '');
		expect(taken(table, 30)).toEqual(['traces', 'profiles']);
		expect(taken(table, 31)).toEqual(SIGNALS);
	});
});

test('the agent itself and its like are ignored', () => {
	const { proc, record, idOf } = setUp();
	proc.add(77, { cgroup: '0::/\n', exe: '/usr/bin/node' });
	record('exec', 77, 1n, { comm: 'node' });
	expect(idOf(77)).toBe('ignored');
});

test('a pid that is used again is another process', () => {
	const { proc, record, idOf } = setUp();
	proc.add(20, { cgroup: `0::${DOCKER}\n`, exe: '/app' });
	record('exec', 20, 7n, { comm: 'app' });
	record('exit', 20, 7n);
	proc.add(20, { cgroup: '0::/\n', exe: '/usr/bin/curl' });
	record('start', 20, 1n, { parent: 10 });
	record('exec', 20, 1n, { comm: 'curl' });
	expect(idOf(20)).toBe('/host/curl');
});

test('processes whose end was lost are found', () => {
	const { proc, record, containers, table } = setUp();
	proc.add(20, { cgroup: `0::${DOCKER}\n`, exe: '/app' });
	record('exec', 20, 7n, { comm: 'app' });
	proc.end(20);
	table.reconcile();
	expect([...containers][0]!.processes.size).toBe(0);
});

test('at the bound the dead go first, then new ones are refused and counted', () => {
	const { record, table, idOf } = setUp({ maxProcesses: 3 });
	record('start', 20, 1n, { parent: 10 });
	record('start', 21, 1n, { parent: 10 });
	expect(table.stats()).toMatchObject({ processes: 3, overflow: 1 });
	record('exit', 20);
	record('start', 22, 1n, { parent: 10 });
	expect(idOf(22)).toBe('/host/bash');
	expect(table.stats()).toMatchObject({ processes: 3, overflow: 1 });
});
