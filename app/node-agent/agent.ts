/**
 * The node agent: between the kernel's events and the metrics that leave the node. Counts accumulate here; any
 * number of readers take them without stealing from each other.
 */

import type { Clock } from '../clock.ts';
import { Snapshot } from '../exposition/snapshot.ts';
import { type Feature, featureOf } from '../features/feature.ts';
import type { Logger } from '../logging/logger.ts';
import { ConnectionTable } from './connections/connection-table.ts';
import { DestinationPolicy, type PortRange } from './connections/destination-policy.ts';
import type { Container } from './containers/container.ts';
import type { ContainerFilter } from './containers/container-filter.ts';
import { ContainerMetrics } from './containers/container-metrics.ts';
import { ContainerNames } from './containers/container-names.ts';
import { ContainerRegistry } from './containers/container-registry.ts';
import type { ContainerRuntime } from './containers/container-runtime.ts';
import { decodeControlBatch } from './control-records.ts';
import { CostMeter, type CostSources } from './cost/cost-numbers.ts';
import type { KernelEvents, KernelStats } from './kernel-events.ts';
import { kernelFeatures, kernelStages } from './kernel-numbers.ts';
import { ListenTable } from './listens/listen-table.ts';
import type { HostFiles } from './node/host-files.ts';
import type { NodeIdentity } from './node/node-identity.ts';
import { labelsForContainers, type NodeFacts, NodeMetrics } from './node/node-metrics.ts';
import type { InterfaceAddresses } from './node/node-network.ts';
import type { OptOut } from './processes/opt-outs.ts';
import { hostNetworkNamespace, type ProcFiles } from './processes/proc-files.ts';
import { ProcessTable } from './processes/process-table.ts';
import { BlockDevices, parseDiskStats } from './resources/block-devices.ts';
import { ContainerResources, type ResourcePorts } from './resources/container-resources.ts';
import { type FeatureStatus, SelfMetrics, type StageNumbers } from './self-metrics.ts';

/** How often lost exit records are looked for. */
const RECONCILE_MS = 60_000;

export interface NodeAgentOptions {
	kernel: KernelEvents;
	proc: ProcFiles;
	host: HostFiles;
	/** Where resources of containers are read; undefined: they are not wanted. */
	resources: Omit<ResourcePorts, 'proc'> | undefined;
	/** Undefined where the agent is in another network namespace than the node. */
	addresses: InterfaceAddresses | undefined;
	clock: Clock;
	log: Logger;
	identity: NodeIdentity;
	facts: NodeFacts;
	filter: ContainerFilter;
	/** Who is asked what containers are called; undefined: nobody. */
	runtimes?: readonly ContainerRuntime[];
	ephemeralPorts: PortRange[];
	minContainerAgeMs: number;
	ownPids: ReadonlySet<number>;
	/** What the agent costs; undefined: nobody asks. */
	cost?: CostSources;
	/** Stages behind the agent: remote write, spool, sender. */
	furtherStages?: () => StageNumbers[];
	/** Adds what is known elsewhere about containers. */
	furtherMetrics?: (snapshot: Snapshot) => void;
	/** Features that work beside the kernel thread's. */
	furtherFeatures?: () => FeatureStatus[];
	/** Says what to do about a feature that does not work. */
	explain?: (status: FeatureStatus) => Feature;
}

export class NodeAgent {
	readonly #options: NodeAgentOptions;
	readonly #containers = new ContainerRegistry();
	readonly #containerMetrics = new ContainerMetrics();
	readonly #resources: ContainerResources | undefined;
	readonly #names: ContainerNames;
	readonly #processes: ProcessTable;
	/** Processes of containers that have just got their id: what they listen on is looked for. */
	#justNamed: number[] = [];
	readonly #listens: ListenTable;
	readonly #connections: ConnectionTable;
	readonly #node: NodeMetrics;
	readonly #self: SelfMetrics;
	readonly #cost = new CostMeter();
	#controlRecords = 0;
	#controlUnknown = 0;
	#controlErrors = 0;
	#takeErrors = 0;
	/** Control records that the kernel lost, as of the last take. */
	#controlLost = 0;
	#reconciledAt: number;
	/** Takes come one after the other. */
	#lastTake: Promise<unknown> = Promise.resolve();

	constructor(options: NodeAgentOptions) {
		this.#options = options;
		const { proc, host, filter, ownPids, identity } = options;
		const now = () => options.clock.now();
		this.#reconciledAt = now();
		const hostNetns = hostNetworkNamespace(proc);
		const containers = this.#containers;
		const { clock, log, runtimes = [] } = options;
		this.#names = new ContainerNames({ runtimes, clock, log });
		this.#names.onNamed = (rawId) => this.#justNamed.push(...this.#processes.onNamed(rawId));
		this.#processes = new ProcessTable({
			...{ proc, host, containers, names: this.#names, filter, ownPids, now },
			nodeLabels: labelsForContainers(identity.labels, options.facts.cloud),
		});
		this.#resources = options.resources && new ContainerResources({ ...options.resources, proc }, now());
		const containerOf = (pid: number, cgroup: bigint) => this.#processes.containerOf(pid, cgroup);
		this.#listens = new ListenTable({ proc, now, hostNetns, containerOf });
		const isListening = (address: Uint8Array, port: number) => this.#listens.isListening(address, port);
		const policy = new DestinationPolicy({ ephemeralPorts: options.ephemeralPorts, hostNetns, isListening });
		this.#connections = new ConnectionTable({ policy, now, containerOf });
		this.#node = new NodeMetrics({ ...options, nodeLabels: identity.labels });
		this.#self = new SelfMetrics(identity.labels);
	}

	/**
	 * Looks at what runs already, then takes the records that came since the kernel programs were attached, which
	 * is before: nothing falls between, and what was seen twice is settled by the later record.
	 */
	start(): void {
		this.#listens.scan(this.#processes.scan());
		this.#options.kernel.onControl((batch) => this.#onControl(batch));
	}

	/** Id of the container that a process belongs to, or belonged to lately. */
	containerIdOf(pid: number, cgroup: bigint, signal: OptOut): string | undefined {
		return this.#processes.containerIdOf(pid, cgroup, signal);
	}

	/** Id of a container that runs, by that of its runtime (64 hex digits); undefined: not known. */
	containerIdOfRaw(rawId: string): string | undefined {
		return this.#names.idOf(rawId);
	}

	/** Resolves when every container that is known now has its id. */
	named(): Promise<void> {
		return this.#names.settled();
	}

	/** All metrics now, what the kernel still holds included. */
	take(): Promise<Snapshot> {
		const take = this.#lastTake.then(() => this.#take());
		this.#lastTake = take.catch(() => {});
		return take;
	}

	async #take(): Promise<Snapshot> {
		const { kernel, proc, clock, log, cost, minContainerAgeMs } = this.#options;
		try {
			const activity = await kernel.take();
			await this.#names.settled();
			this.#scanNamed();
			this.#connections.absorb(activity);
		} catch (error) {
			// What was counted so far stays true, and is shown.
			this.#takeErrors++;
			log.error('activity of the kernel is lost', { error });
		}
		const stats = await kernel.stats();
		this.#recover(stats);
		this.#sweep();
		const now = clock.now();
		const snapshot = new Snapshot(now);
		const shown = (container: Container) => container.age(now) >= minContainerAgeMs;
		const containers = [...this.#containers].filter(shown);
		for (const container of containers) this.#containerMetrics.collect(snapshot, container);
		const devices = new BlockDevices(parseDiskStats(proc.read('diskstats') ?? ''));
		this.#resources?.collect(snapshot, containers, devices);
		this.#listens.collect(snapshot, shown);
		this.#connections.collect(snapshot, shown);
		this.#options.furtherMetrics?.(snapshot);
		this.#node.collect(snapshot, devices);
		this.#self.collect(snapshot, {
			stages: [...kernelStages(stats), ...this.#stages(), ...(this.#options.furtherStages?.() ?? [])],
			features: this.#features(stats),
			unresolved: this.#processes.stats().unresolved,
			cost: cost && this.#cost.read(cost, stats),
		});
		return snapshot;
	}

	#onControl(batch: Uint8Array): void {
		const { records, unknown, error } = decodeControlBatch(batch);
		this.#controlRecords += records.length + unknown;
		this.#controlUnknown += unknown;
		if (error !== undefined) {
			this.#controlErrors++;
			this.#options.log.error('control records of the kernel are dropped', { error });
		}
		for (const record of records) {
			if ('port' in record) this.#listens.onRecord(record);
			else this.#processes.onRecord(record);
		}
	}

	/** Sockets whose records came before their container had its id. */
	#scanNamed(): void {
		const pids = this.#justNamed;
		this.#justNamed = [];
		if (pids.length > 0) this.#listens.scan(pids);
	}

	/** Lost control records are made good from /proc, as far as it still shows what they said. */
	#recover(stats: KernelStats): void {
		const control = stats.rings.find(({ ring }) => ring === 'control');
		const lost = Object.values(control?.lost ?? {}).reduce((sum, count) => sum + count, 0);
		if (lost === this.#controlLost) return;
		this.#options.log.warn('control records were lost, /proc is read again', {
			lost: lost - this.#controlLost,
		});
		this.#controlLost = lost;
		this.#processes.reconcile();
		this.#listens.scan(this.#options.proc.pids());
	}

	#sweep(): void {
		const now = this.#options.clock.now();
		if (now - this.#reconciledAt >= RECONCILE_MS) {
			this.#reconciledAt = now;
			this.#processes.reconcile();
		}
		this.#processes.sweep();
		this.#listens.sweep();
		this.#connections.sweep();
		for (const container of this.#containers.sweep(now)) {
			this.#connections.remove(container);
			this.#listens.remove(container);
		}
	}

	#features(stats: KernelStats): Feature[] {
		const { furtherFeatures, explain } = this.#options;
		const all = [...kernelFeatures(stats), ...(furtherFeatures?.() ?? [])];
		return all.map((status) =>
			explain === undefined ? featureOf({ ...status, reason: status.reason || null }) : explain(status),
		);
	}

	#stages(): StageNumbers[] {
		const processes = this.#processes.stats();
		const connections = this.#connections.stats();
		return [
			{
				stage: 'control',
				received: this.#controlRecords,
				sent: this.#controlRecords - this.#controlUnknown,
				dropped: { unknown_kind: this.#controlUnknown },
				errors: this.#controlErrors,
			},
			{
				stage: 'processes',
				received: processes.records,
				dropped: { overflow: processes.overflow },
				fill: processes.processes / processes.maxProcesses,
			},
			{ stage: 'containers', dropped: { overflow: this.#containers.overflow }, fill: this.#containers.fill },
			...((this.#options.runtimes?.length ?? 0) > 0 ? [this.#names.stats()] : []),
			{ stage: 'listens', dropped: { overflow: this.#listens.overflow }, fill: this.#listens.fill },
			{
				stage: 'connections',
				received: connections.received,
				sent: connections.sent,
				errors: this.#takeErrors,
				dropped: connections.dropped,
				fill: connections.destinations / connections.maxDestinations,
			},
		];
	}
}
