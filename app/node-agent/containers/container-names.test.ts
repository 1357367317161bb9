import { expect, test } from 'vitest';
import { Labels } from '../../exposition/labels.ts';
import { silentLogger } from '../../logging/logger.ts';
import { ProcessTable } from '../processes/process-table.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { RecordedProc } from '../testing/recorded-proc.ts';
import { Container } from './container.ts';
import { ContainerFilter } from './container-filter.ts';
import { ContainerNames } from './container-names.ts';
import { ContainerRegistry } from './container-registry.ts';
import type { ContainerMetadata, ContainerRuntime } from './container-runtime.ts';

const RAW = 'ab'.repeat(32);
const WEB: ContainerMetadata = { name: 'web', labels: {}, environment: {}, image: 'nginx:1' };

function setUp(inspect: ContainerRuntime['inspect'], max?: number) {
	const clock = new ManualClock();
	const asked: string[] = [];
	const runtime: ContainerRuntime = {
		...{ name: 'docker', kinds: ['docker'], place: () => '/run/docker.sock' },
		inspect: (id, signal) => {
			asked.push(id);
			return inspect(id, signal);
		},
	};
	const names = new ContainerNames({ runtimes: [runtime], clock, log: silentLogger, ...(max && { max }) });
	const proc = new RecordedProc({ files: {}, links: {} });
	proc.add(1, { cgroup: '0::/\n', exe: '/sbin/init', parent: 0 });
	const containers = new ContainerRegistry();
	const table = new ProcessTable({
		...{ proc, containers, names },
		host: { read: () => undefined },
		filter: new ContainerFilter(),
		nodeLabels: new Labels([]),
		ownPids: new Set(),
		now: () => clock.now(),
	});
	names.onNamed = (rawId) => table.onNamed(rawId);
	table.scan();
	const exec = (pid: number, rawId = RAW) => {
		proc.add(pid, { cgroup: `0::/docker/${rawId}\n`, exe: '/bin/nginx' });
		const record = {
			kind: 'exec',
			pid,
			cgroup: 7n,
			time: 0n,
			parent: 0,
			comm: 'nginx',
			oomVictim: false,
		} as const;
		table.onRecord(record);
	};
	const idOf = (pid: number) => {
		const found = table.containerOf(pid, 7n);
		return found instanceof Container ? found.id : found;
	};
	return { clock, names, asked, table, containers, exec, idOf };
}

test('a container is nothing until its runtime has answered, then all its processes have the name', async () => {
	let answer: (metadata: ContainerMetadata) => void = () => {};
	const pending = new Promise<ContainerMetadata>((resolve) => {
		answer = resolve;
	});
	const { names, asked, table, containers, exec, idOf } = setUp(() => pending);
	exec(20);
	exec(21);
	expect([idOf(20), table.containerIdOf(20, 7n, 'logs')]).toEqual([undefined, undefined]);
	expect([...containers]).toEqual([]);
	answer(WEB);
	await names.settled();
	exec(22);
	expect([idOf(20), idOf(21), idOf(22)]).toEqual(Array(3).fill('/docker/web'));
	expect(table.containerIdOf(20, 7n, 'logs')).toBe('/docker/web');
	const [container] = [...containers];
	expect([container!.image, [...container!.processes.keys()]]).toEqual(['nginx:1', [20, 21, 22]]);
	expect([asked, names.idOf(RAW)]).toEqual([[RAW], '/docker/web']);
	// Gone processes that only their cgroup is known of.
	expect(idOf(99)).toBe('/docker/web');
});

test('one that its runtime does not know keeps its digits, and is not asked for again', async () => {
	const { names, asked, exec, idOf } = setUp(async () => undefined);
	exec(20);
	await names.settled();
	exec(21);
	expect([idOf(20), idOf(21)]).toEqual(['/docker/abababababab', '/docker/abababababab']);
	expect([asked.length, names.stats().dropped]).toEqual([1, { unknown: 1, unanswered: 0 }]);
});

test('a runtime that refuses is asked again', async () => {
	let refusals = 2;
	const { clock, names, asked, exec, idOf } = setUp(async () => {
		if (refusals-- > 0) throw new Error('refused');
		return WEB;
	});
	exec(20);
	for (let i = 0; i < 20; i++) {
		await new Promise(setImmediate);
		clock.advance(50);
	}
	await names.settled();
	expect([asked.length, idOf(20)]).toEqual([3, '/docker/web']);
	expect(names.stats()).toMatchObject({ received: 1, sent: 1, errors: 2 });
});

test('one that never answers is waited for two seconds; what it says later changes nothing', async () => {
	let answer: (metadata: ContainerMetadata) => void = () => {};
	let told: AbortSignal | undefined;
	const { clock, names, exec, idOf } = setUp((_, signal) => {
		told = signal;
		return new Promise((resolve) => {
			answer = resolve;
		});
	});
	exec(20);
	clock.advance(1_999);
	await new Promise(setImmediate);
	expect([idOf(20), told?.aborted]).toEqual([undefined, false]);
	clock.advance(1);
	await names.settled();
	expect([idOf(20), told?.aborted]).toEqual(['/docker/abababababab', true]);
	answer(WEB);
	await new Promise(setImmediate);
	exec(21);
	expect([idOf(20), idOf(21)]).toEqual(['/docker/abababababab', '/docker/abababababab']);
	expect(names.stats().dropped).toEqual({ unknown: 0, unanswered: 1 });
});

test('the container that only holds a pod is not looked at', async () => {
	const labels = { 'io.kubernetes.pod.name': 'web-0', 'io.kubernetes.container.name': 'POD' };
	const { names, containers, exec, idOf } = setUp(async () => ({ ...WEB, labels }));
	exec(20);
	await names.settled();
	expect([idOf(20), [...containers]]).toEqual(['ignored', []]);
});

test('a restart under the same name is the same container', async () => {
	const { names, containers, exec } = setUp(async () => WEB);
	exec(20);
	await names.settled();
	exec(21, 'cd'.repeat(32));
	await names.settled();
	expect([...containers].map(({ id, processes }) => [id, processes.size])).toEqual([['/docker/web', 2]]);
});

test('answers are remembered for so many containers', async () => {
	const { names, exec, idOf } = setUp(async () => WEB, 2);
	for (const [i, digits] of ['aa', 'bb', 'cc'].entries()) exec(20 + i, digits.repeat(32));
	expect([idOf(20), idOf(22)]).toEqual([undefined, '/docker/cccccccccccc']);
	await names.settled();
	expect(idOf(20)).toBe('/docker/web');
	exec(30, 'dd'.repeat(32));
	await names.settled();
	expect(names.idOf('aa'.repeat(32))).toBeUndefined();
	expect([idOf(30), names.stats().fill]).toEqual(['/docker/web', 1]);
});
