/** The node agent put together on Node: kernel, /proc, metrics listener, spool and sender. */

import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname, networkInterfaces, release } from 'node:os';
import { join } from 'node:path';
import { type Clock, systemClock } from '../../app/clock.ts';
import type { Feature } from '../../app/features/feature.ts';
import type { Logger } from '../../app/logging/logger.ts';
import { NodeAgent } from '../../app/node-agent/agent.ts';
import { ContainerFilter } from '../../app/node-agent/containers/container-filter.ts';
import type { ProcessUsage } from '../../app/node-agent/cost/usage.ts';
import { diagnose, type HostFacts, logStatus, traceStatus } from '../../app/node-agent/diagnosis.ts';
import { AgentError } from '../../app/node-agent/errors.ts';
import type { KernelEvents, KernelFeature } from '../../app/node-agent/kernel-events.ts';
import { openMetricsListener } from '../../app/node-agent/metrics-listener.ts';
import { findCloud } from '../../app/node-agent/node/cloud/cloud-metadata.ts';
import { identifyNode, type NodeIdentity } from '../../app/node-agent/node/node-identity.ts';
import { labelsForContainers, type NodeFacts } from '../../app/node-agent/node/node-metrics.ts';
import type { AgentOptions } from '../../app/node-agent/options.ts';
import type { OptOut } from '../../app/node-agent/processes/opt-outs.ts';
import { hostNetworkNamespace, networkNamespace } from '../../app/node-agent/processes/proc-files.ts';
import type { ProcessOwners } from '../../app/node-agent/processes/process-owners.ts';
import { nextTake } from '../../app/node-agent/scrape-schedule.ts';
import type { FeatureStatus } from '../../app/node-agent/self-metrics.ts';
import { type CoreModules, createCodec } from '../../core-as/facade/index.ts';
import type { AgentOutlet } from './agent-outlet.ts';
import { openKernelEvents } from './events/kernel-events.ts';
import { openRunStats, type RunStats } from './events/run-stats.ts';
import { readHostFacts } from './host-facts.ts';
import { openLogOutlet } from './logs/log-outlet.ts';
import { requestMetadata } from './metadata-request.ts';
import { type MetricsOutlet, openMetricsOutlet } from './metrics-outlet.ts';
import { NodeCgroupFiles } from './procfs/cgroup-files.ts';
import { NodeFileSystems } from './procfs/file-systems.ts';
import { KeptFiles } from './procfs/kept-files.ts';
import { NodeHostFiles, NodeProcFiles } from './procfs/procfs.ts';
import { openTaskDelays } from './procfs/task-delays.ts';
import { ProfileDelivery } from './profiles/profile-delivery.ts';
import { containerRuntimes } from './runtimes/container-runtimes.ts';
import { openSpanOutlet, spanSettings } from './spans/span-outlet.ts';
import { threadUsage } from './thread-usage.ts';
import { loadCoreModules } from './wasm/core-modules.ts';

/** How long a flush waits until what it wrote is delivered, and how long the end of the agent does. */
const FLUSH_MS = 5_000;
const LAST_SEND_MS = 2_000;

export interface NodeAgentSettings extends AgentOptions {
	buildDir: string;
	/** Folder of the built core. */
	coreDir: string;
	version: string;
	log: Logger;
}

export interface RunningNodeAgent {
	/** `http://host:port/metrics` */
	metricsUrl: string;
	/** Of the kernel, logs, traces and profiles. */
	features: Feature[];
	/** Resolves when the agent cannot go on; the caller then ends and lets itself be started again. */
	failure: Promise<Error>;
	/** Takes all metrics now, puts them on disk, and waits a while until they are delivered. */
	flush(): Promise<void>;
	/** A last take goes to disk, and to the server if it answers at once. */
	close(): Promise<void>;
}

/** Rejects when the build is missing, the listener's port is taken, or the data directory cannot be written. */
export async function startNodeAgent(settings: NodeAgentSettings): Promise<RunningNodeAgent> {
	const { log } = settings;
	const clock = systemClock;
	makeDataDir(settings.dataDir);
	const host = new NodeHostFiles();
	const proc = new NodeProcFiles();
	const identity = identifyNode(host, () => persistedId(settings.dataDir));
	const ownPids = [...new Set([process.pid, ...settings.ownPids])];
	const spans = spanSettings(settings);
	const cloud = findCloud(host, requestMetadata, settings.cloud);
	const modules = await loadCoreModules(settings.coreDir);
	const kernel = await openKernelEvents({
		...{ buildDir: settings.buildDir, modules, ownPids, log },
		...(spans && { spans }),
	});
	const hostFacts = await readHostFacts(settings.buildDir);
	const explain = (status: FeatureStatus) => diagnose(status, hostFacts);
	const signals = signalStatuses(settings, hostFacts, (await kernel.stats()).features);
	const runStats = openRunStats(settings.buildDir, settings.disableBpfStats);
	const outlets: AgentOutlet[] = [];
	/** Of what stands beside the kernel's thread. */
	const furtherFeatures = () => [...signals, ...outlets.flatMap((outlet) => outlet.features?.() ?? [])];
	try {
		const { facts: cloudFacts, error } = await cloud;
		if (error !== undefined) log.warn('the cloud does not say what it knows of this node', { error });
		const facts: NodeFacts = {
			hostname: nodeHostname(proc, host),
			kernelVersion: release(),
			agentVersion: settings.version,
			cloud: cloudFacts,
		};
		const { delays, status } = openTaskDelays(settings.buildDir);
		const inHostNetwork = networkNamespace(proc, 'self') === hostNetworkNamespace(proc);
		const agent = new NodeAgent({
			...{ kernel, proc, host, clock, log, identity, facts },
			resources: {
				processFiles: new KeptFiles('/proc/'),
				cgroups: new NodeCgroupFiles(settings.cgroupRoot),
				fileSystems: new NodeFileSystems(),
				delays,
			},
			addresses: inHostNetwork ? networkInterfaces : undefined,
			filter: new ContainerFilter(settings.containerAllowlist, settings.containerDenylist),
			runtimes: containerRuntimes(settings.runtimePlaces),
			ephemeralPorts: settings.ephemeralPorts,
			minContainerAgeMs: settings.minContainerAgeMs,
			ownPids: new Set(ownPids),
			cost: {
				process: processUsage,
				parts: () => outlets.flatMap((outlet) => outlet.usage?.() ?? []),
				timedShare: runStats.share,
			},
			furtherStages: () => outlets.flatMap((outlet) => outlet.stages()),
			furtherMetrics: (snapshot) => {
				for (const outlet of outlets) outlet.collect?.(snapshot);
			},
			furtherFeatures: () => [status, runStats.status, ...furtherFeatures()],
			explain,
		});
		// Before logs are looked for: whose they are is told by the processes.
		agent.start();
		await agent.named();
		const metrics = await openOutlets({
			settings,
			kernel,
			agent,
			identity,
			facts,
			ownPids,
			modules,
			proc,
			outlets,
		});
		const features = async () => [...(await kernel.stats()).features, ...furtherFeatures()].map(explain);
		return await run({ settings, clock, kernel, runStats, agent, metrics, outlets, features });
	} catch (error) {
		await Promise.allSettled(outlets.map((outlet) => outlet.close()));
		runStats.close();
		await kernel.close();
		throw error;
	}
}

/** Opens the way of each signal that has an endpoint, into `outlets`; returns that of metrics. */
async function openOutlets(o: {
	settings: NodeAgentSettings;
	kernel: KernelEvents;
	agent: NodeAgent;
	identity: NodeIdentity;
	facts: NodeFacts;
	ownPids: number[];
	modules: CoreModules;
	proc: NodeProcFiles;
	outlets: AgentOutlet[];
}): Promise<MetricsOutlet | undefined> {
	const { settings, kernel, agent, identity, outlets } = o;
	const { metricsEndpoint, tracesEndpoint, logsEndpoint } = settings;
	const shared = {
		...{ ...settings, modules: o.modules, codec: createCodec(o.modules), clock: systemClock },
		host: { name: o.facts.hostname, id: identity.machineId },
	};
	const ownersFor = (signal: OptOut): ProcessOwners => ({
		containerOf: (pid, cgroup) => agent.containerIdOf(pid, cgroup, signal),
		named: () => agent.named(),
	});
	let metrics: MetricsOutlet | undefined;
	if (metricsEndpoint !== undefined) {
		const { instance } = identity;
		metrics = await openMetricsOutlet({ ...shared, endpoint: metricsEndpoint, instance });
		outlets.push(metrics);
	}
	if (tracesEndpoint !== undefined)
		outlets.push(
			await openSpanOutlet({ ...shared, ...ownersFor('traces'), kernel, endpoint: tracesEndpoint }),
		);
	if (logsEndpoint !== undefined && !settings.disableLogParsing) {
		const nodeLabels = labelsForContainers(identity.labels, o.facts.cloud);
		outlets.push(
			await openLogOutlet({
				...{ ...shared, proc: o.proc, nodeLabels, endpoint: logsEndpoint },
				containerOf: ownersFor('logs').containerOf,
				containerOfRaw: (rawId) => agent.containerIdOfRaw(rawId),
			}),
		);
	}
	outlets.push(await ProfileDelivery.open({ ...shared, ...ownersFor('profiles'), ownPids: o.ownPids }));
	return metrics;
}

async function run(o: {
	settings: NodeAgentSettings;
	clock: Clock;
	kernel: KernelEvents;
	runStats: RunStats;
	agent: NodeAgent;
	metrics: MetricsOutlet | undefined;
	outlets: AgentOutlet[];
	features: () => Promise<Feature[]>;
}): Promise<RunningNodeAgent> {
	const { settings, clock, kernel, runStats, agent, metrics, outlets } = o;
	const { log } = settings;
	const listener = await openMetricsListener({
		...settings.listen,
		take: () => agent.take(),
		onError: (error) => log.error('a scrape failed', { error }),
	});
	const stopping = new AbortController();
	let fail: (error: Error) => void = () => {};
	const failure = new Promise<Error>((resolve) => {
		fail = resolve;
	});
	/** Also without a server: what the kernel holds must come in while the processes are still known. */
	const push = async () => {
		const snapshot = await agent.take();
		await metrics?.append(snapshot);
	};
	const loop = (async () => {
		const startedAt = clock.now();
		while (!stopping.signal.aborted) {
			const now = clock.now();
			await clock.sleep(nextTake(now, startedAt, settings.scrapeIntervalMs) - now, stopping.signal);
			if (stopping.signal.aborted) return;
			// A take fails only with the kernel's thread, which does not come back.
			await push().catch(fail);
		}
	})();
	const settle = (ms: number) => Promise.all(outlets.map((outlet) => outlet.settle(ms)));
	return {
		metricsUrl: listener.url,
		features: await o.features(),
		failure,
		async flush() {
			await push();
			await settle(FLUSH_MS);
		},
		async close() {
			stopping.abort();
			await loop;
			await listener.close();
			await push().catch((error) => log.error('the last take failed', { error }));
			await settle(LAST_SEND_MS);
			await Promise.all(outlets.map((outlet) => outlet.close()));
			runStats.close();
			await kernel.close();
		},
	};
}

/** Logs and traces, which have no programs of their own. */
function signalStatuses(
	{ logsEndpoint, tracesEndpoint, tracesSampling, disableLogParsing }: AgentOptions,
	facts: HostFacts,
	kernel: KernelFeature[],
): FeatureStatus[] {
	const unwanted = (feature: string, reason: string) => ({
		feature,
		tier: '',
		ok: false,
		reason,
		unwanted: true,
	});
	return [
		disableLogParsing
			? unwanted('logs', 'switched off by --disable-log-parsing')
			: logsEndpoint === undefined
				? unwanted('logs', 'no endpoint for logs')
				: logStatus(facts),
		tracesEndpoint === undefined
			? unwanted('traces', 'no endpoint for traces')
			: tracesSampling === 0
				? unwanted('traces', 'switched off by --traces-sampling 0')
				: traceStatus(kernel),
	];
}

function makeDataDir(dir: string): void {
	try {
		mkdirSync(dir, { recursive: true, mode: 0o700 });
	} catch (error) {
		throw new AgentError('CXR_AGENT_DATA_DIR', `${dir}: ${(error as Error).message}.`, { cause: error });
	}
}

/** Made once, for machines that have no id of their own. */
function persistedId(dir: string): string {
	const file = join(dir, 'machine-id');
	try {
		const id = readFileSync(file, 'utf8').trim();
		if (id !== '') return id;
	} catch {
		// The first start.
	}
	const id = randomBytes(16).toString('hex');
	writeFileSync(file, `${id}\n`, { mode: 0o600 });
	return id;
}

/** In a container with a UTS namespace of its own the node's name stands in the node's file. */
function nodeHostname(proc: NodeProcFiles, host: NodeHostFiles): string {
	const [node, own] = [proc.link('1/ns/uts'), proc.link('self/ns/uts')];
	const name = node !== undefined && node !== own ? host.read('/etc/hostname')?.trim() : undefined;
	return name || hostname();
}

function processUsage(): ProcessUsage {
	// Before the process, so that a thread never seems to have used more.
	const main = threadUsage();
	const { user, system } = process.cpuUsage();
	return { residentBytes: process.memoryUsage.rss(), cpuSeconds: (user + system) / 1e6, main };
}
