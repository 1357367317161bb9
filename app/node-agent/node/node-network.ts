/** Network interfaces of the node: those to the outside, not those that runtimes make for containers. */

import { DerivedLabels } from '../../exposition/derived-labels.ts';
import type { Labels } from '../../exposition/labels.ts';
import { gauge, kernelCounter, type Snapshot } from '../../exposition/snapshot.ts';
import type { ProcFiles } from '../processes/proc-files.ts';
import type { HostFiles } from './host-files.ts';

const COUNTERS = [
	[kernelCounter('node_net_received_bytes_total', 'Bytes that the interface received.'), 0],
	[kernelCounter('node_net_received_packets_total', 'Packets that the interface received.'), 1],
	[kernelCounter('node_net_transmitted_bytes_total', 'Bytes that the interface sent.'), 8],
	[kernelCounter('node_net_transmitted_packets_total', 'Packets that the interface sent.'), 9],
] as const;
const UP = gauge('node_net_interface_up', '1 when the interface is up.');
const IP = gauge('node_net_interface_ip', 'Address of the interface.');

const INTERFACE =
	/^(?:en[pP]\d+(?:p\d+)?s\d+|eth\d|eno\d|ens\d|em\d|bond\d|p\d+p\d|enx[0-9a-f]|br\d|vmbr\d|wl(?:p\d+s|an|o|x[0-9a-f])\d*)/;

/** Addresses of the node by interface, as `os.networkInterfaces` gives them. */
export type InterfaceAddresses = () => Record<string, readonly { address: string }[] | undefined>;

export interface NodeNetworkOptions {
	proc: ProcFiles;
	host: HostFiles;
	nodeLabels: Labels;
	/** Undefined where the agent is in another network namespace than the node, and cannot say. */
	addresses: InterfaceAddresses | undefined;
}

export class NodeNetwork {
	readonly #options: NodeNetworkOptions;
	readonly #labels = new DerivedLabels();

	constructor(options: NodeNetworkOptions) {
		this.#options = options;
	}

	collect(snapshot: Snapshot): void {
		const { proc, host, nodeLabels } = this.#options;
		for (const line of (proc.read('1/net/dev') ?? proc.read('net/dev') ?? '').split('\n')) {
			const [name, values] = line.split(':');
			const device = name!.trim();
			if (values === undefined || !INTERFACE.test(device)) continue;
			const counts = values.trim().split(/\s+/);
			const labels = this.#labels.of(nodeLabels, ['interface', device]);
			for (const [metric, column] of COUNTERS) snapshot.add(metric, labels, Number(counts[column]));
			const state = host.read(`/sys/class/net/${device}/operstate`)?.trim();
			if (state !== undefined) snapshot.add(UP, labels, state === 'up' ? 1 : 0);
		}
		this.#collectAddresses(snapshot);
	}

	#collectAddresses(snapshot: Snapshot): void {
		const { addresses, nodeLabels } = this.#options;
		for (const [device, all] of Object.entries(addresses?.() ?? {})) {
			if (!INTERFACE.test(device)) continue;
			for (const { address } of all ?? []) {
				// Link-local and multicast ones say nothing of where the node can be reached.
				if (/^(?:169\.254\.|fe[89ab]|ff|22[4-9]\.|23\d\.)/i.test(address)) continue;
				// Made anew each time: private IPv6 addresses change for ever.
				snapshot.add(IP, nodeLabels.with(['interface', device], ['ip', address]), 1);
			}
		}
	}
}
