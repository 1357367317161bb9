// A mock: invented resources of nodes and instances, for tests and screenshots of the pages only.
import type {
	AgentCost,
	ApplicationResources,
	Column,
	NodeList,
	NodeReport,
	NodeSummary,
} from '../src/api/resource-types.ts';
import type { ApplicationReport, ApplicationSummary, Feature, Instance } from '../src/api/types.ts';
import { random, type StoryName, storyMap } from './fixture-story.ts';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
const STEPS = 120;
/** Nobody heard the agents for these steps. */
const gap = (i: number) => i >= 64 && i < 70;

const NODES: [name: string, cores: number, memory: number, cpu: number, used: number][] = [
	['pay-1', 4, 16 * GIB, 0.86, 0.62],
	['pay-2', 4, 16 * GIB, 0.41, 0.55],
	['shop-1', 8, 32 * GIB, 0.33, 0.71],
	['shop-2', 8, 32 * GIB, 0.29, 0.97],
	['data-1.eu-central.internal.example', 16, 64 * GIB, 0.12, 0.44],
];

const FEATURES: Feature[] = [
	...['connections', 'cpu_profiles', 'processes', 'socket-data'].map((feature) => ({
		...{ feature, ok: true, tier: feature === 'cpu_profiles' ? 'perf_event' : 'tracepoint', reason: null },
		...{ state: 'works' as const, missing: null, works: null, command: null },
	})),
	{
		feature: 'task_delays',
		ok: false,
		state: 'off',
		tier: null,
		reason: 'the kernel does not answer on taskstats',
		missing: 'a kernel with CONFIG_TASKSTATS',
		works: 'Everything but how long containers waited for CPUs and disks.',
		command: null,
	},
];

/** Of a node whose agent was told so. */
const UNTIMED: Feature = {
	...{
		feature: 'bpf_stats',
		ok: false,
		state: 'off',
		tier: null,
		reason: 'switched off by --disable-bpf-stats',
	},
	...{ missing: null, works: 'Everything but how long the BPF programs of the agent run.', command: null },
};

const timesOf = (from: number, to: number) =>
	Array.from({ length: STEPS }, (_, i) => Math.round(from + ((i + 1) * (to - from)) / STEPS));

/** Values about `middle` that wobble, with the gap. */
function wobble(seed: number, middle: (i: number) => number, share = 0.12): (number | null)[] {
	const next = random(seed);
	return Array.from({ length: STEPS }, (_, i) => {
		const value = middle(i) * (1 - share / 2 + next() * share);
		return gap(i) ? null : value;
	});
}

const course = (column: (number | null)[]) => column.filter((_, i) => i % 3 === 0);
const last = (column: (number | null)[]) => column.at(-1) ?? null;

function nodesOf(story: StoryName): typeof NODES {
	if (story === 'empty') return [];
	if (story === 'first' || story === 'idle') return [['build-7', 2, 8 * GIB, 0.2, 0.3]];
	if (story !== 'large') return NODES;
	return Array.from({ length: 320 }, (_, i) => [`node-${i}`, 8, 32 * GIB, (i % 10) / 11, (i % 7) / 8]);
}

/** An agent that is older than resources sends none of them. */
const measured = (story: StoryName) => story !== 'first' && story !== 'idle';

function columnsOf(name: string, cpu: number, used: number) {
	const seed = name.length * 97 + name.charCodeAt(name.length - 1);
	return {
		cpu: wobble(seed, (i) => Math.min(0.98, cpu * (i > 48 ? 1.1 : 0.7))),
		memory: wobble(seed + 1, () => used, 0.02),
		disk: wobble(seed + 2, () => 9 * MIB, 0.9),
		network: wobble(seed + 3, () => 22 * MIB, 0.5),
	};
}

function summary(
	story: StoryName,
	[name, cores, memory, cpu, used]: (typeof NODES)[number],
	now: number,
): NodeSummary {
	const silent = story === 'late' && name === 'pay-2';
	const known = measured(story);
	const columns = columnsOf(name, cpu, used);
	const at = silent ? now - 26 * 60_000 : now - 8000;
	const figure = (column: (number | null)[]) => (silent || !known ? null : last(column));
	return {
		id: `${name}-machine:${name}`,
		name,
		machineId: `${name}-machine`,
		kernel: '6.18.5',
		status: silent ? 'unknown' : 'ok',
		sentence: silent ? `No samples since ${new Date(at).toISOString().slice(11, 16)} UTC.` : null,
		lastSampleAt: at,
		agentVersion: '0.1.0',
		cloud: known
			? {
					provider: 'aws',
					region: 'eu-central-1',
					availability_zone: 'eu-central-1b',
					instance_type: 'm5.xlarge',
					instance_id: 'i-0a1b2c3d4e5f',
				}
			: {},
		uptimeSeconds: silent ? null : 86_400 * (3 + name.length),
		containers: 4 + (name.length % 9),
		cores: known ? cores : null,
		memoryBytes: known ? memory : null,
		cpu: figure(columns.cpu),
		memory: figure(columns.memory),
		diskBytesPerSecond: figure(columns.disk),
		networkBytesPerSecond: figure(columns.network),
		courses: known
			? {
					cpu: course(columns.cpu),
					memory: course(columns.memory),
					disk: course(columns.disk),
					network: course(columns.network),
				}
			: { cpu: null, memory: null, disk: null, network: null },
	};
}

export function storyNodes(story: StoryName, from: number, to: number, now: number): NodeList {
	return {
		from,
		to,
		step: (to - from) / STEPS,
		nodes: nodesOf(story).map((node) => summary(story, node, now)),
	};
}

export function storyNode(
	story: StoryName,
	id: string,
	from: number,
	to: number,
	now: number,
): NodeReport | null {
	const found = nodesOf(story).find(([name]) => `${name}-machine:${name}` === id);
	if (!found) return null;
	const [name, , memory, cpu, used] = found;
	const known = measured(story);
	const timed = name !== 'shop-2';
	const node = summary(story, found, now);
	const columns = columnsOf(name, cpu, used);
	const part = (share: number) => columns.cpu.map((value) => (value === null ? null : value * share));
	const when = (column: Column) => (known ? column : null);
	const here = storyMap(story, from, to, now).applications.filter(
		(app) => app.kind !== 'ExternalService' && app.name.length % 3 === name.length % 3,
	);
	return {
		from,
		to,
		step: (to - from) / STEPS,
		node,
		times: timesOf(from, to),
		cpu: {
			byMode: known
				? (
						[
							['user', 0.68],
							['system', 0.22],
							['iowait', 0.06],
							['softirq', 0.04],
						] as const
					).map(([mode, share]) => ({ mode, share: part(share) }))
				: [],
		},
		memory: {
			total: when(timesOf(from, to).map((_, i) => (gap(i) ? null : memory))),
			available: when(columns.memory.map((value) => (value === null ? null : (1 - value) * memory))),
			free: null,
			cached: when(wobble(5, () => memory * 0.2)),
		},
		disks: known
			? ['nvme0n1', 'sdb', 'sr0'].map((device, i) => ({
					device,
					readBytesPerSecond: wobble(i + 11, () => (2 - i) * 3 * MIB, 0.8),
					writtenBytesPerSecond: wobble(i + 21, () => (2 - i) * 6 * MIB, 0.8),
					readsPerSecond: wobble(i + 31, () => (2 - i) * 120),
					writesPerSecond: wobble(i + 41, () => (2 - i) * 300),
					readSeconds: i === 2 ? null : wobble(i + 51, () => 0.0008, 0.6),
					writeSeconds: i === 2 ? null : wobble(i + 61, () => 0.0021, 0.6),
					busy: wobble(i + 71, () => (2 - i) * 0.12, 0.6),
				}))
			: [],
		interfaces: known
			? [
					{
						name: 'eth0',
						up: true,
						addresses: ['10.1.0.7', '2001:db8::7'],
						receivedBytesPerSecond: wobble(81, () => 14 * MIB, 0.5),
						transmittedBytesPerSecond: wobble(82, () => 8 * MIB, 0.5),
						receivedPacketsPerSecond: wobble(83, () => 11_000),
						transmittedPacketsPerSecond: wobble(84, () => 9000),
					},
				]
			: [],
		pressure: {
			some: {
				cpu: when(wobble(91, () => cpu * 0.2, 0.5)),
				memory: when(wobble(92, () => 0.002, 0.9)),
				io: when(wobble(93, () => 0.01, 0.9)),
			},
			full: { cpu: null, memory: null, io: null },
		},
		consumers: here.map((application, i) => {
			const cores = wobble(i + 101, () => 1.4 / (i + 1), 0.3);
			const bytes = wobble(i + 102, () => (900 * MIB) / (i + 1), 0.05);
			return {
				application,
				instances: 1 + (i % 3),
				cpuCores: known ? last(cores) : null,
				memoryBytes: known ? last(bytes) : null,
				courses: known ? { cpu: course(cores), memory: course(bytes) } : { cpu: null, memory: null },
			};
		}),
		consumersLeft: 0,
		agent: {
			cpu: wobble(6, () => 0.006, 0.4),
			memory: wobble(7, () => 84 * MIB, 0.02),
			features: timed ? FEATURES : [...FEATURES, UNTIMED],
			cost: known ? agentCost(timed) : { cpu: [], memory: [], wasm: [], programs: [], fills: [] },
			dropped: name === 'pay-1' ? [{ stage: 'ring_data', reason: 'ring_full', count: 1840 }] : [],
		},
	};
}

/** An agent at work: kernel events cost most, and its data ring is nearly full at times. */
function agentCost(timed: boolean): AgentCost {
	const cores: [string, number][] = [
		['main', 0.0021],
		['kernel-worker', 0.0028],
		['profiles', 0.0004],
		['runtime', 0.0009],
	];
	const memory: [string, string, number][] = [
		['main', 'heap', 27],
		['main', 'buffers', 1.2],
		['kernel-worker', 'heap', 14],
		['kernel-worker', 'buffers', 0.5],
		['runtime', 'native', 58],
		['bpf', 'maps', 12.5],
	];
	const programs: [string, number, number][] = [
		['on_send_length', 4100, 420e-9],
		['on_recv_length', 3900, 510e-9],
		['on_state', 60, 900e-9],
		['on_destroy', 30, 1200e-9],
		['on_fork', 6, 800e-9],
		['on_exec', 4, 1100e-9],
		['on_exit', 9, 700e-9],
		['on_sample', 396, 14e-6],
	];
	const fills: [string, number][] = [
		['ring_data', 0.7],
		['ring_control', 0.01],
		['processes', 0.04],
		['connections', 0.02],
		['spool', 0],
	];
	return {
		cpu: cores.map(([owner, mean], i) => ({ owner, cores: wobble(201 + i, () => mean, 0.4) })),
		memory: memory.map(([owner, kind, mebibytes], i) => ({
			...{ owner, kind },
			bytes: wobble(211 + i, () => mebibytes * MIB, 0.02),
		})),
		wasm: [
			{ owner: 'main', bytes: wobble(221, () => 12 * MIB, 0) },
			{ owner: 'kernel-worker', bytes: wobble(222, () => 109 * MIB, 0) },
		],
		programs: (timed ? programs : []).map(([program, perSecond, seconds], i) => ({
			program,
			runsPerSecond: wobble(231 + i, () => perSecond, 0.4),
			cores: wobble(231 + i, () => perSecond * seconds, 0.4),
		})),
		fills: fills.map(([stage, fill], i) => ({ stage, fill: wobble(251 + i, () => fill, 0.5) })),
	};
}

/** What the instances of an application use: the one in trouble is at its limit and was killed twice. */
export function storyResources(
	story: StoryName,
	application: ApplicationSummary,
	instances: readonly Instance[],
	from: number,
	to: number,
): ApplicationResources {
	const times = timesOf(from, to);
	const crit = application.status === 'crit';
	const flat = (value: number) => times.map((_, i) => (gap(i) ? null : value));
	const traffic = application.requestsPerSecond ?? 0;
	return {
		times,
		left: 0,
		instances: measured(story)
			? instances.map((one, n) => {
					const limit = application.name.length % 2 ? 2 : null;
					const seed = application.name.length * 13 + n;
					const busy = (i: number) => (crit && i > 48 ? 1.97 : 0.8 - n * 0.15);
					return {
						instance: one.id,
						name: one.name,
						node: one.node,
						cpu: {
							usage: wobble(seed, busy, 0.06),
							limit: crit || limit ? flat(2) : null,
							throttled: crit || limit ? wobble(seed + 1, (i) => (crit && i > 48 ? 0.45 : 0.004)) : null,
							delay: wobble(seed + 2, (i) => (crit && i > 48 ? 0.13 : 0.01)),
						},
						memory: {
							rss: wobble(seed + 3, (i) => (400 + (crit ? i * 4 : 0) - n * 40) * MIB, 0.02),
							cache: wobble(seed + 4, () => 96 * MIB),
							limit: crit ? flat(GIB) : null,
							oomKills: times.map((_, i) =>
								gap(i) ? null : crit && n === 0 && (i === 52 || i === 96) ? 1 : 0,
							),
						},
						restarts: times.map((_, i) =>
							gap(i) ? null : crit && n === 0 && (i === 53 || i === 97) ? 1 : 0,
						),
						pressure: {
							cpu: wobble(seed + 5, (i) => (crit && i > 48 ? 0.3 : 0.01)),
							memory: wobble(seed + 6, () => 0.001),
							io: wobble(seed + 7, () => 0.004),
						},
						diskDelay: null,
						disks: [
							{
								mountPoint: '/var/lib/data',
								device: 'nvme0n1',
								volume: 'pvc-5f1c',
								size: flat(50 * GIB),
								used: flat(31 * GIB),
								readsPerSecond: wobble(seed + 8, () => 40),
								writesPerSecond: wobble(seed + 9, () => 90),
								readBytesPerSecond: wobble(seed + 10, () => 0.6 * MIB, 0.8),
								writtenBytesPerSecond: wobble(seed + 11, () => 2.4 * MIB, 0.8),
							},
						],
					};
				})
			: [],
		network: {
			sentBytesPerSecond: traffic ? wobble(3, () => traffic * 2100) : null,
			receivedBytesPerSecond: traffic ? wobble(4, () => traffic * 420) : null,
		},
	};
}

export function withResources(
	story: StoryName,
	report: Omit<ApplicationReport, 'resources'>,
): ApplicationReport {
	const { application, instances, from, to } = report;
	return { ...report, resources: storyResources(story, application, instances, from, to) };
}
