/** Which outbound connections become series. */

import { isLinkLocal, isLoopback } from '../addresses.ts';

export interface PortRange {
	first: number;
	last: number;
}

/** The kernel's own default for net.ipv4.ip_local_port_range. */
export const DEFAULT_EPHEMERAL_PORTS: PortRange = { first: 32_768, last: 60_999 };

/** gRPC's customary port lies inside the ephemeral range and is kept. */
const GRPC_PORT = 50_051;

export type SkipReason = 'ephemeral_port' | 'loopback' | 'link_local';

export interface DestinationPolicyOptions {
	ephemeralPorts: PortRange[];
	hostNetns: number | undefined;
	/** Whether a socket of this node listens there. */
	isListening: (address: Uint8Array, port: number) => boolean;
}

export class DestinationPolicy {
	readonly #options: DestinationPolicyOptions;

	constructor(options: DestinationPolicyOptions) {
		this.#options = options;
	}

	/** Why a connection to this address from this network namespace is not reported; undefined when it is. */
	skips(address: Uint8Array, port: number, netns: number): SkipReason | undefined {
		const { hostNetns, ephemeralPorts, isListening } = this.#options;
		if (isLinkLocal(address)) return 'link_local';
		if (isLoopback(address) && hostNetns !== undefined && netns !== hostNetns) return 'loopback';
		const ephemeral = ephemeralPorts.some((range) => port >= range.first && port <= range.last);
		// Every such port would become a series of its own; but where something listens, it is a service's.
		if (ephemeral && port !== GRPC_PORT && !isListening(address, port)) return 'ephemeral_port';
		return undefined;
	}
}
