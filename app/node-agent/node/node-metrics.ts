/** Metrics of the node itself. */

import type { Labels } from '../../exposition/labels.ts';
import { gauge, type Snapshot } from '../../exposition/snapshot.ts';
import type { ProcFiles } from '../processes/proc-files.ts';
import type { BlockDevices } from '../resources/block-devices.ts';
import type { CloudFacts } from './cloud/cloud-facts.ts';
import type { HostFiles } from './host-files.ts';
import { type InterfaceAddresses, NodeNetwork } from './node-network.ts';
import { NodeResources } from './node-resources.ts';

const NODE_INFO = gauge('node_info', 'The node: its host name and kernel.');
const AGENT_INFO = gauge('node_agent_info', 'The agent that observes the node.');
const CLOUD_INFO = gauge('node_cloud_info', 'What the cloud says of the node, and what was set for it.');
const UPTIME = gauge('node_uptime_seconds', 'Seconds since the node was booted.');

export interface NodeFacts {
	hostname: string;
	kernelVersion: string;
	agentVersion: string;
	cloud: CloudFacts;
}

export interface NodeMetricsOptions {
	proc: ProcFiles;
	host: HostFiles;
	nodeLabels: Labels;
	facts: NodeFacts;
	addresses: InterfaceAddresses | undefined;
}

export class NodeMetrics {
	readonly #proc: ProcFiles;
	readonly #node: Labels;
	readonly #info: Labels;
	readonly #agent: Labels;
	readonly #cloud: Labels;
	readonly #resources: NodeResources;
	readonly #network: NodeNetwork;

	constructor(options: NodeMetricsOptions) {
		const { proc, nodeLabels, facts } = options;
		this.#proc = proc;
		this.#node = nodeLabels;
		this.#info = nodeLabels.with(['hostname', facts.hostname], ['kernel_version', facts.kernelVersion]);
		this.#agent = nodeLabels.with(['version', facts.agentVersion]);
		this.#cloud = cloudLabels(nodeLabels, facts.cloud);
		this.#resources = new NodeResources(proc, nodeLabels);
		this.#network = new NodeNetwork(options);
	}

	collect(snapshot: Snapshot, devices: BlockDevices): void {
		snapshot.add(NODE_INFO, this.#info, 1);
		snapshot.add(AGENT_INFO, this.#agent, 1);
		snapshot.add(CLOUD_INFO, this.#cloud, 1);
		const uptime = Number.parseFloat(this.#proc.read('uptime') ?? '');
		if (Number.isFinite(uptime)) snapshot.add(UPTIME, this.#node, uptime);
		this.#resources.collect(snapshot, devices);
		this.#network.collect(snapshot);
	}
}

function cloudLabels(node: Labels, cloud: CloudFacts): Labels {
	return node.with(
		['provider', cloud.provider],
		['account_id', cloud.accountId],
		['instance_id', cloud.instanceId],
		['instance_type', cloud.instanceType],
		['instance_life_cycle', cloud.lifeCycle],
		['region', cloud.region],
		['availability_zone', cloud.availabilityZone],
		['availability_zone_id', cloud.availabilityZoneId],
		['local_ipv4', cloud.localIPv4],
		['public_ipv4', cloud.publicIPv4],
	);
}

/** Labels that containers of the node have beside their own: with zone and region where the cloud says both. */
export function labelsForContainers(node: Labels, { availabilityZone, region }: CloudFacts): Labels {
	if (availabilityZone === '' || region === '') return node;
	return node.with(['az', availabilityZone], ['region', region]);
}
