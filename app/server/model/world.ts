import type { Feature } from '../../features/feature.ts';
import { IncreaseSum } from '../../promql/increase.ts';
import type { TimeGrid } from '../../promql/time-grid.ts';
import type { Labels } from '../../telemetry/labels.ts';
import {
	type ApplicationIdentity,
	applicationId,
	externalService,
	identifyContainer,
} from './application-id.ts';
import { getOrAdd, RequestSums } from './request-sums.ts';

export class Node {
	readonly key: string;
	readonly machineId: string;
	hostname: string | null = null;
	kernel: string | null = null;
	lastSampleAt: number | null = null;
	/** Bounded by the features that agents have. */
	readonly #features = new Map<string, { feature: Feature; at: number }>();

	constructor(key: string, machineId: string) {
		this.key = key;
		this.machineId = machineId;
	}

	get name(): string {
		return this.hostname ?? this.machineId.slice(0, 12);
	}

	/** What the agent said of a feature; the last word counts. */
	addFeature(feature: Feature, at: number): void {
		const known = this.#features.get(feature.feature);
		if (known === undefined || at > known.at) this.#features.set(feature.feature, { feature, at });
	}

	/** By name. */
	features(): Feature[] {
		return [...this.#features.values()]
			.map(({ feature }) => feature)
			.sort((a, b) => (a.feature < b.feature ? -1 : 1));
	}
}

export interface Instance {
	id: string;
	name: string;
	node: Node;
	containerId: string;
	application: Application;
	/** Addresses that are open now. */
	listens: Set<string>;
	lastSampleAt: number | null;
}

export class Application {
	readonly id: string;
	readonly identity: ApplicationIdentity;
	readonly types = new Set<string>();
	readonly instances = new Map<string, Instance>();
	/** Requests as its own instances answered them. */
	readonly inbound: RequestSums;
	/** Links by the other end's id. */
	readonly clients = new Map<string, Link>();
	readonly dependencies = new Map<string, Link>();
	lastSampleAt: number | null = null;

	constructor(identity: ApplicationIdentity, grid: TimeGrid) {
		this.identity = identity;
		this.id = applicationId(identity);
		this.inbound = new RequestSums(grid);
	}
}

/** What one application asks of another, as the asking side saw it. */
export class Link {
	readonly from: Application;
	readonly to: Application;
	readonly protocols = new Set<string>();
	readonly requests: RequestSums;
	readonly connects: IncreaseSum;
	readonly failedConnects: IncreaseSum;
	readonly bytesSent: IncreaseSum;
	readonly bytesReceived: IncreaseSum;
	activeConnections = 0;
	lastSampleAt: number | null = null;

	constructor(from: Application, to: Application, grid: TimeGrid) {
		this.from = from;
		this.to = to;
		this.requests = new RequestSums(grid);
		this.connects = new IncreaseSum(grid);
		this.failedConnects = new IncreaseSum(grid);
		this.bytesSent = new IncreaseSum(grid);
		this.bytesReceived = new IncreaseSum(grid);
	}
}

/** Everything that the samples of one range say about the estate. Bounded by the series that it was built from. */
export class World {
	readonly grid: TimeGrid;
	readonly cluster: string;
	readonly nodes = new Map<string, Node>();
	readonly applications = new Map<string, Application>();
	readonly links = new Map<string, Link>();
	readonly #instances = new Map<string, Instance>();
	/** The newest sample of all. */
	lastSampleAt: number | null = null;

	constructor(grid: TimeGrid, cluster: string) {
		this.grid = grid;
		this.cluster = cluster;
	}

	node(labels: Labels): Node {
		const key = nodeKey(labels);
		return getOrAdd(this.nodes, key, () => new Node(key, labels.machine_id ?? ''));
	}

	application(identity: ApplicationIdentity): Application {
		return getOrAdd(this.applications, applicationId(identity), () => new Application(identity, this.grid));
	}

	external(name: string): Application {
		return this.application(externalService(name));
	}

	/** Node names must be known before the first call: they are part of instance names. */
	instance(containerId: string, node: Node): Instance {
		const id = instanceId(containerId, node.key);
		return getOrAdd(this.#instances, id, () => {
			const identity = identifyContainer(containerId, this.cluster, node.name);
			const application = this.application(identity.application);
			const instance: Instance = {
				id,
				name: identity.instance,
				node,
				containerId,
				application,
				listens: new Set(),
				lastSampleAt: null,
			};
			application.instances.set(id, instance);
			return instance;
		});
	}

	link(from: Application, to: Application): Link {
		return getOrAdd(this.links, `${from.id}>${to.id}`, () => {
			const link = new Link(from, to, this.grid);
			from.dependencies.set(to.id, link);
			to.clients.set(from.id, link);
			return link;
		});
	}
}

/** The node of a series. Cloned machines share the machine id or the system UUID, so it takes both. */
export function nodeKey({ machine_id: machine = '', system_uuid: uuid = '' }: Labels): string {
	return uuid ? `${machine}:${uuid.replaceAll('-', '').toLowerCase()}` : machine;
}

export function instanceId(containerId: string, key: string): string {
	return `${containerId}@${key}`;
}

/** Moves a last-sample time on. */
export function sampled(thing: { lastSampleAt: number | null }, at: number): void {
	if (thing.lastSampleAt === null || at > thing.lastSampleAt) thing.lastSampleAt = at;
}
