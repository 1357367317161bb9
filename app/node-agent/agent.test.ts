import { describe, expect, test } from 'vitest';
import { createCodec } from '../../core-as/facade/index.ts';
import { builtModules } from '../../core-as/testing/modules.ts';
import { renderExposition } from '../exposition/exposition.ts';
import { RemoteWriteEncoder } from '../exposition/remote-write.ts';
import { silentLogger } from '../logging/logger.ts';
import { parseIPv4 } from './addresses.ts';
import { NodeAgent, type NodeAgentOptions } from './agent.ts';
import { ContainerFilter } from './containers/container-filter.ts';
import { NO_CLOUD } from './node/cloud/cloud-facts.ts';
import { identifyNode } from './node/node-identity.ts';
import { decodeWriteRequest, labelsOf } from './testing/decode-write-request.ts';
import { FakeKernel } from './testing/fake-kernel.ts';
import { ManualClock } from './testing/manual-clock.ts';
import { type ParsedSeries, parseExposition } from './testing/parse-exposition.ts';
import { RecordedCgroups, RecordedFileSystems } from './testing/recorded-cgroups.ts';
import { RecordedProc, readRecordedTree } from './testing/recorded-proc.ts';

const codec = createCodec(await builtModules());
const HOST_NETNS = 4026531833;
const CONTAINER_NETNS = 4026532181;
const PYTHON = 13230;
const FRONT = 8708;

const HOST_FILES: Record<string, string> = {
	'/etc/machine-id': '0123456789abcdef0123456789abcdef\n',
	'/run/runc/agent-front/state.json': JSON.stringify(readRecordedTree('runc-state')),
};

function setUp(given: Partial<NodeAgentOptions> = {}) {
	const kernel = new FakeKernel();
	const proc = new RecordedProc(readRecordedTree('bare-and-runc'), {
		files: {},
		links: { 'self/ns/net': `net:[${HOST_NETNS}]` },
	});
	const clock = new ManualClock();
	const cgroups = new RecordedCgroups();
	const host = { read: (path: string) => HOST_FILES[path] };
	const agent = new NodeAgent({
		...{ kernel, proc, host, clock, log: silentLogger, addresses: undefined },
		resources: {
			...{ processFiles: proc, cgroups, fileSystems: new RecordedFileSystems(), delays: undefined },
		},
		identity: identifyNode(host, () => 'unused'),
		facts: { hostname: 'web-1', kernelVersion: '6.18.0', agentVersion: '0.1.0', cloud: NO_CLOUD },
		filter: new ContainerFilter(),
		ephemeralPorts: [{ first: 32_768, last: 60_999 }],
		minContainerAgeMs: 0,
		ownPids: new Set([1234]),
		cost: {
			process: () => ({
				residentBytes: 1000,
				cpuSeconds: 9,
				main: { cpuSeconds: 4, heapBytes: 400, bufferBytes: 40, wasmBytes: { codec: 4000 } },
			}),
			parts: () => [],
			timedShare: () => 1,
		},
		...given,
	});
	agent.start();
	const families = async () => parseExposition(renderExposition(await agent.take()));
	/** Series of one metric, shown or not. */
	const series = async (name: string): Promise<ParsedSeries[]> => {
		const stem = name.replace(/_(bucket|sum|count)$/, '');
		const all = await families();
		return ((all.get(name) ?? all.get(stem))?.series ?? []).filter((each) => each.name === name);
	};
	/** Values by the given labels. */
	const values = async (name: string, ...labels: string[]) =>
		Object.fromEntries(
			(await series(name)).map((each) => [labels.map((label) => each.labels[label]).join(' '), each.value]),
		);
	return { agent, kernel, proc, cgroups, clock, families, series, values };
}

describe('what runs when the agent starts', () => {
	test('a container is reported with image and what it listens on', async () => {
		const { series, values, proc } = setUp();
		expect(
			(await series('container_info')).find((each) => each.labels.container_id === '/runc/agent-front'),
		).toEqual({
			name: 'container_info',
			labels: {
				machine_id: '0123456789abcdef0123456789abcdef',
				system_uuid: '',
				container_id: '/runc/agent-front',
				app_id: '',
				image: 'example/front:1.2',
				systemd_triggered_by: '',
				systemd_type: '',
			},
			value: 1,
		});
		// Its namespace has loopback alone, which nobody outside can reach.
		expect(await values('container_net_tcp_listen_info', 'container_id', 'listen_addr')).toEqual({
			'/host/python3.11 127.0.0.1:8123': 1,
		});
		expect(proc.read(`${FRONT}/cmdline`)).toContain('httpd');
	});

	test('a container of Docker has its name, also for what it listened on before the name was there', async () => {
		const proc = new RecordedProc(readRecordedTree('bare-and-runc'), {
			files: {},
			links: { 'self/ns/net': `net:[${HOST_NETNS}]` },
		});
		proc.set(`${FRONT}/cgroup`, `0::/docker/${'ab'.repeat(32)}\n`);
		proc.set(
			`${FRONT}/net/fib_trie`,
			proc.read(`${PYTHON}/net/fib_trie`)!.replaceAll('192.0.2.2', '10.9.0.2'),
		);
		const metadata = { name: 'front', labels: {}, environment: {}, image: 'example/front:2' };
		const { values } = setUp({
			proc,
			runtimes: [
				{ name: 'docker', kinds: ['docker'], place: () => undefined, inspect: async () => metadata },
			],
		});
		expect(await values('container_info', 'container_id', 'image')).toMatchObject({
			'/docker/front example/front:2': 1,
		});
		expect(await values('container_net_tcp_listen_info', 'container_id', 'listen_addr')).toMatchObject({
			'/docker/front 10.9.0.2:8080': 1,
		});
		expect(await values('codexray_agent_stage_sent_total', 'stage')).toMatchObject({ container_names: 1 });
	});

	test('a wildcard becomes the addresses of its namespace, without link-local ones', async () => {
		const { kernel, values, proc } = setUp();
		const trie = proc.read(`${PYTHON}/net/fib_trie`)!;
		proc.set(`${FRONT}/net/fib_trie`, trie.replaceAll('192.0.2.2', '10.9.0.2'));
		proc.set(`${FRONT}/net/if_inet6`, proc.read(`${PYTHON}/net/if_inet6`)!);
		kernel.control({
			kind: 'listen',
			pid: FRONT,
			netns: CONTAINER_NETNS,
			port: 81,
			address: parseIPv4('0.0.0.0')!,
		});
		kernel.control({
			kind: 'listen',
			pid: PYTHON,
			netns: HOST_NETNS,
			port: 82,
			address: parseIPv4('0.0.0.0')!,
		});
		expect(await values('container_net_tcp_listen_info', 'container_id', 'listen_addr', 'proxy')).toEqual({
			'/host/python3.11 127.0.0.1:8123 ': 1,
			'/host/python3.11 127.0.0.1:82 ': 1,
			'/host/python3.11 192.0.2.2:82 ': 1,
			'/runc/agent-front 10.9.0.2:81 ': 1,
			// The recorded server listens on [::], so on both families.
			'/runc/agent-front 10.9.0.2:8080 ': 1,
			'/runc/agent-front [fd00::2]:8080 ': 1,
		});
	});

	test('node, agent, features and stages', async () => {
		const { families } = setUp();
		const all = await families();
		expect(all.get('node_info')?.series[0]?.labels).toMatchObject({
			hostname: 'web-1',
			kernel_version: '6.18.0',
		});
		expect(all.get('node_agent_info')?.series[0]?.labels.version).toBe('0.1.0');
		expect(all.get('node_uptime_seconds')?.series[0]?.value).toBe(2135.05);
		expect(all.get('codexray_agent_feature_status')?.series[0]).toMatchObject({
			labels: { feature: 'socket-data', tier: 'A', reason: '' },
			value: 1,
		});
		const stages = all.get('codexray_agent_stage_dropped_total')!.series.map((each) => each.labels.stage);
		for (const stage of ['ring_data', 'ring_control', 'tracker', 'connections', 'processes']) {
			expect(stages).toContain(stage);
		}
	});
});

describe('resources', () => {
	// Below that of who started it, as recorded.
	const MEMORY = 'memory/outer/0123456789abcdef0123456789abcdef/agent-front';
	const own = (values: Record<string, number>) => values['/runc/agent-front'];

	test('of a container come from its cgroups, where /proc says that they lie', async () => {
		const { values, cgroups } = setUp();
		cgroups.files['cpuacct/agent-front/cpuacct.usage'] = '2500000000\n';
		cgroups.files[`${MEMORY}/memory.stat`] = 'total_cache 3\ntotal_rss 4\ntotal_mapped_file 1\n';
		expect(own(await values('container_resources_cpu_usage_seconds_total', 'container_id'))).toBe(2.5);
		expect(own(await values('container_resources_memory_rss_bytes', 'container_id'))).toBe(5);
	});

	test('a victim of the out-of-memory killer counts for its container when the cgroup is gone with it', async () => {
		const { kernel, values, cgroups } = setUp();
		const kills = async () => own(await values('container_oom_kills_total', 'container_id'));
		cgroups.files[`${MEMORY}/memory.oom_control`] = 'oom_kill_disable 0\nunder_oom 0\noom_kill 0\n';
		expect(await kills()).toBe(0);
		delete cgroups.files[`${MEMORY}/memory.oom_control`];
		kernel.control({ kind: 'exit', pid: FRONT, oomVictim: true });
		kernel.control({ kind: 'exit', pid: FRONT, oomVictim: true });
		expect(await kills()).toBe(1);
	});

	test('zone and region stand on series of containers, not of the node', async () => {
		const cloud = { ...NO_CLOUD, availabilityZone: 'eu-west-1a', region: 'eu-west-1' };
		const facts = { hostname: 'web-1', kernelVersion: '6.18.0', agentVersion: '0.1.0', cloud };
		const { series } = setUp({ facts });
		const zones = async (name: string) => (await series(name)).map(({ labels }) => labels.az);
		expect(await zones('container_info')).toContain('eu-west-1a');
		expect(await zones('container_oom_kills_total')).toContain('eu-west-1a');
		expect(await zones('node_info')).toEqual([undefined]);
	});
});

describe('requests', () => {
	const outbound = { pid: PYTHON, role: 'outbound', address: '10.0.0.9', port: 80 } as const;

	test('outbound ones are counted by destination and status class, with latency', async () => {
		const { kernel, values } = setUp();
		const buckets = [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
		kernel.activity({
			...outbound,
			values: { connects: 2, connectSeconds: 0.5, active: 1, http2xx: 1, httpUnknown: 1, durationSum: 11 },
			buckets,
		});
		const labels = ['container_id', 'destination', 'actual_destination'];
		const key = '/host/python3.11 10.0.0.9:80 10.0.0.9:80';
		expect(await values('container_http_requests_total', ...labels, 'status')).toEqual({
			[`${key} 2xx`]: 1,
			[`${key} unknown`]: 1,
		});
		expect(await values('container_net_tcp_successful_connects_total', ...labels)).toEqual({ [key]: 2 });
		expect(await values('container_net_tcp_connection_time_seconds_total', ...labels)).toEqual({
			[key]: 0.5,
		});
		const bucketValues = await values('container_http_requests_duration_seconds_total_bucket', 'le');
		expect(bucketValues).toMatchObject({ '0.005': 1, '10': 1, '+Inf': 2 });
		expect(await values('container_http_requests_duration_seconds_total_count', ...labels)).toEqual({
			[key]: 2,
		});
		expect(await values('container_net_tcp_retransmits_total', ...labels)).toEqual({});
	});

	test('takes do not steal from each other', async () => {
		const { kernel, values, agent } = setUp();
		kernel.activity({ ...outbound, values: { http2xx: 3 } });
		const encoder = new RemoteWriteEncoder([]);
		const [first, second] = await Promise.all([agent.take(), agent.take()]);
		const pushed = [first, second].flatMap((snapshot) =>
			[...encoder.encode(snapshot).requests].flatMap(({ columns }) =>
				decodeWriteRequest(codec.encodeRemoteWrite(columns, new Uint8Array(0)))
					.timeseries.filter((each) => labelsOf(each).__name__ === 'container_http_requests_total')
					.map((each) => each.samples.at(-1)!.value),
			),
		);
		expect(pushed).toEqual([3, 3]);
		kernel.activity({ ...outbound, values: { http2xx: 2 } });
		expect(await values('container_http_requests_total', 'status')).toEqual({ '2xx': 5 });
		expect(await values('container_http_requests_total', 'status')).toEqual({ '2xx': 5 });
	});

	test('inbound ones carry the status alone', async () => {
		const { kernel, series } = setUp();
		kernel.activity({
			pid: FRONT,
			netns: CONTAINER_NETNS,
			role: 'inbound',
			address: '10.9.0.2',
			port: 8080,
			values: { http5xx: 4 },
			buckets: [4],
		});
		const [only, ...others] = await series('container_http_inbound_requests_total');
		expect(others).toEqual([]);
		expect(only).toMatchObject({ value: 4, labels: { container_id: '/runc/agent-front', status: '5xx' } });
		expect(only!.labels).not.toHaveProperty('destination');
		expect(await series('container_http_inbound_requests_duration_seconds_total_count')).toHaveLength(1);
	});

	test('failed connects know no actual destination, and alone make no other series', async () => {
		const { kernel, series } = setUp();
		kernel.activity({ ...outbound, values: { failedConnects: 2 } });
		const [failed] = await series('container_net_tcp_failed_connects_total');
		expect(failed!.labels.destination).toBe('10.0.0.9:80');
		expect(failed!.labels).not.toHaveProperty('actual_destination');
		expect(await series('container_net_tcp_successful_connects_total')).toEqual([]);
	});

	test('open connections of several processes add up; without a row there is none', async () => {
		const { kernel, values } = setUp();
		kernel.activity({ ...outbound, values: { active: 2 } }, { ...outbound, pid: 99, values: { active: 1 } });
		kernel.control({ kind: 'start', pid: 99, parent: PYTHON, cgroup: 1n });
		const active = () => values('container_net_tcp_active_connections', 'container_id');
		expect(await active()).toEqual({ '/host/python3.11': 3 });
		kernel.activity({ ...outbound, values: { active: 1 } });
		expect(await active()).toEqual({ '/host/python3.11': 1 });
		expect(await active()).toEqual({ '/host/python3.11': 0 });
	});

	test('what is not reported is counted by reason', async () => {
		const { kernel, values, series } = setUp();
		const one = { http2xx: 1 };
		kernel.activity(
			{ ...outbound, port: 40_000, values: one },
			{ ...outbound, address: '169.254.169.254', values: one },
			{ ...outbound, pid: FRONT, netns: CONTAINER_NETNS, address: '127.0.0.1', values: one },
			{ ...outbound, pid: 1234, values: one },
			{ ...outbound, pid: 777_777, cgroup: 5n, values: one },
		);
		expect(await values('codexray_agent_cpu_seconds_total', 'owner')).toEqual({
			...{ main: 4, 'kernel-worker': 3, runtime: 2 },
		});
		expect(await values('codexray_agent_memory_bytes', 'owner', 'kind')).toMatchObject({
			...{ 'main heap': 400, 'runtime native': 230, 'bpf maps': 4096 },
		});
		expect(await values('codexray_agent_wasm_memory_bytes', 'owner')).toEqual({
			...{ codec: 4000, l7: 3000 },
		});
		expect(await values('codexray_agent_bpf_runs_total', 'program')).toEqual({ on_state: 7 });
		expect(await values('codexray_agent_bpf_run_seconds_total', 'program')).toEqual({ on_state: 0.5 });
		const dropped = await values('codexray_agent_stage_dropped_total', 'stage', 'reason');
		expect(dropped).toMatchObject({
			'connections ephemeral_port': 1,
			'connections link_local': 1,
			'connections loopback': 1,
			'connections ignored': 1,
			'connections unresolved': 1,
		});
		expect(await series('container_http_requests_total')).toEqual([]);
	});

	test('an ephemeral port is a service where something listens, and 50051 always is', async () => {
		const { kernel, values } = setUp();
		kernel.control({
			kind: 'listen',
			pid: PYTHON,
			netns: HOST_NETNS,
			port: 40_000,
			address: parseIPv4('0.0.0.0')!,
		});
		kernel.activity(
			{ ...outbound, address: '127.0.0.1', port: 40_000, values: { http2xx: 1 } },
			{ ...outbound, port: 50_051, values: { http2xx: 1 } },
		);
		expect(Object.keys(await values('container_http_requests_total', 'destination'))).toEqual([
			'127.0.0.1:40000',
			'10.0.0.9:50051',
		]);
	});

	test('a failed take loses nothing that was counted before', async () => {
		const { kernel, values } = setUp();
		kernel.activity({ ...outbound, values: { http2xx: 1 } });
		expect(await values('container_http_requests_total', 'status')).toEqual({ '2xx': 1 });
		kernel.failures = 1;
		expect(await values('container_http_requests_total', 'status')).toEqual({ '2xx': 1 });
	});
});

describe('ages', () => {
	test('a young container is silent, and what it did meanwhile is told later', async () => {
		const { kernel, clock, values, proc } = setUp({ minContainerAgeMs: 30_000 });
		proc.add(500, { cgroup: `0::/docker/${'a'.repeat(64)}`, exe: '/app', net: 1 });
		kernel.control({ kind: 'exec', pid: 500, cgroup: 7n, comm: 'app' });
		kernel.activity({
			pid: 500,
			cgroup: 7n,
			role: 'outbound',
			address: '10.0.0.9',
			port: 80,
			values: { http2xx: 2 },
		});
		expect(await values('container_http_requests_total', 'container_id')).toEqual({});
		clock.advance(30_000);
		expect(await values('container_http_requests_total', 'container_id')).toEqual({
			'/docker/aaaaaaaaaaaa': 2,
		});
	});

	test('a destination without connections goes after ten minutes, a dead container too', async () => {
		const { kernel, clock, values } = setUp();
		kernel.activity({
			pid: PYTHON,
			role: 'outbound',
			address: '10.0.0.9',
			port: 80,
			values: { connects: 1, active: 1 },
		});
		const destinations = () => values('container_net_tcp_successful_connects_total', 'destination');
		expect(Object.keys(await destinations())).toEqual(['10.0.0.9:80']);
		clock.advance(9 * 60_000);
		kernel.activity({ pid: PYTHON, role: 'outbound', address: '10.0.0.9', port: 80, values: { active: 1 } });
		expect(Object.keys(await destinations())).toEqual(['10.0.0.9:80']);
		clock.advance(10 * 60_000 + 1);
		expect(await destinations()).toEqual({});
		expect(await values('container_info', 'container_id')).toHaveProperty(['/runc/agent-front']);
		kernel.control({ kind: 'exit', pid: FRONT });
		clock.advance(10 * 60_000 + 1);
		expect(await values('container_info', 'container_id')).not.toHaveProperty(['/runc/agent-front']);
	});

	test('a container that comes back after its id was forgotten listens again', async () => {
		const { kernel, clock, values, proc } = setUp();
		const address = parseIPv4('127.0.0.1')!;
		const listens = () => values('container_net_tcp_listen_info', 'container_id');
		const ids = async () => Object.keys(await values('container_info', 'container_id'));
		kernel.control({ kind: 'exit', pid: PYTHON });
		expect(await listens()).toEqual({ '/host/python3.11': 0 });
		clock.advance(10 * 60_000 + 1);
		expect(await ids()).toEqual(['/runc/agent-front']);
		proc.add(700, { cgroup: '0::/', exe: '/usr/bin/python3.11', net: HOST_NETNS });
		kernel.control({ kind: 'exec', pid: 700, comm: 'python3.11' });
		kernel.control({ kind: 'listen', pid: 700, netns: HOST_NETNS, port: 8123, address });
		expect(await listens()).toEqual({ '/host/python3.11': 1 });
		expect(await listens()).toEqual({ '/host/python3.11': 1 });
	});

	test('a closed socket says 0 for ten minutes', async () => {
		const { kernel, clock, values, proc } = setUp();
		const address = parseIPv4('127.0.0.1')!;
		kernel.control({ kind: 'unlisten', pid: 0, netns: HOST_NETNS, port: 8123, address });
		const listens = () => values('container_net_tcp_listen_info', 'listen_addr');
		// Another socket of the same address is still there.
		expect(await listens()).toEqual({ '127.0.0.1:8123': 1 });
		proc.set(`${PYTHON}/net/tcp`, '');
		kernel.control({ kind: 'unlisten', pid: 0, netns: HOST_NETNS, port: 8123, address });
		expect(await listens()).toEqual({ '127.0.0.1:8123': 0 });
		clock.advance(10 * 60_000 + 1);
		expect(await listens()).toEqual({});
	});
});

test("a socket that pid 1 opened for a service is the service's", async () => {
	const tree = readRecordedTree('bare-and-runc');
	const fd = Object.entries(tree.links).find(
		([path, to]) => path.startsWith(`${PYTHON}/fd/`) && to === 'socket:[27381]',
	)!;
	const proc = new RecordedProc(tree, { files: {}, links: { '1/fd/30': fd[1] } });
	proc.add(1, { cgroup: '0::/init.scope\n', exe: '/usr/lib/systemd/systemd', net: HOST_NETNS, parent: 0 });
	proc.set('1/net/tcp', proc.read(`${PYTHON}/net/tcp`)!);
	const { values } = setUp({ proc });
	expect(await values('container_net_tcp_listen_info', 'container_id')).toEqual({ '/host/python3.11': 1 });
});

test('lost control records are made good from /proc', async () => {
	const { kernel, proc, clock, values } = setUp();
	proc.end(FRONT);
	proc.add(600, { cgroup: '0::/', exe: '/usr/bin/late', net: HOST_NETNS });
	proc.setLink('600/fd/3', 'socket:[4711]');
	const late = '2: 0100007F:0050 00000000:0000 0A 0:0 0:0 0 0 0 4711 1\n';
	for (const pid of [PYTHON, 600]) proc.set(`${pid}/net/tcp`, proc.read(`${PYTHON}/net/tcp`)! + late);
	const listens = () => values('container_net_tcp_listen_info', 'container_id', 'listen_addr');
	expect(await listens()).not.toHaveProperty(['/host/late 127.0.0.1:80']);
	kernel.controlLost = 1;
	expect(await listens()).toHaveProperty(['/host/late 127.0.0.1:80'], 1);
	clock.advance(10 * 60_000 + 1);
	expect(await values('container_info', 'container_id')).not.toHaveProperty(['/runc/agent-front']);
});
