/** What containers do over the network, summed per container and destination from the core's activity rows. */

import { ACTIVITY, type Activity } from '../../../core-as/facade/index.ts';
import type { Snapshot } from '../../exposition/snapshot.ts';
import { formatAddress, formatEndpoint } from '../addresses.ts';
import type { Container } from '../containers/container.ts';
import { collectTcp, type PeerLabels } from './connection-metrics.ts';
import type { DestinationPolicy, SkipReason } from './destination-policy.ts';
import { RequestTotals } from './request-metrics.ts';

/** How long a destination without an established connection keeps its series. */
const IDLE_MS = 10 * 60_000;

const ROLE_OUTBOUND = 1;
const ROLE_INBOUND = 2;

interface Peer {
	container: Container;
	/** Columns of ACTIVITY up to `statuses`. */
	totals: Float64Array;
	requests: RequestTotals;
	/** The take that last had rows of this peer; the gauge of open connections is that take's. */
	take: number;
	lastUsedAt: number;
	labels: PeerLabels;
}

export interface ConnectionTableOptions {
	policy: DestinationPolicy;
	now: () => number;
	containerOf: (pid: number, cgroup: bigint) => Container | 'ignored' | undefined;
	/** Destinations of all containers, and of one; beyond it a new destination's activity is dropped and counted. */
	maxDestinations?: number;
	maxDestinationsPerContainer?: number;
}

export interface ConnectionTableStats {
	/** Rows taken in, and rows that reached a series. */
	received: number;
	sent: number;
	dropped: Record<SkipReason | 'ignored' | 'unresolved' | 'overflow' | 'unknown_role', number>;
	destinations: number;
	maxDestinations: number;
}

export class ConnectionTable {
	readonly #options: ConnectionTableOptions;
	readonly #maxDestinations: number;
	readonly #maxPerContainer: number;
	/** By container, then by destination; removed with the container. */
	readonly #outbound = new Map<Container, Map<string, Peer>>();
	readonly #inbound = new Map<Container, Peer>();
	#takes = 0;
	#destinations = 0;
	#received = 0;
	#sent = 0;
	readonly #dropped: ConnectionTableStats['dropped'] = {
		ephemeral_port: 0,
		loopback: 0,
		link_local: 0,
		ignored: 0,
		unresolved: 0,
		overflow: 0,
		unknown_role: 0,
	};

	constructor(options: ConnectionTableOptions) {
		this.#options = options;
		this.#maxDestinations = options.maxDestinations ?? 20_000;
		this.#maxPerContainer = options.maxDestinationsPerContainer ?? 2_000;
	}

	stats(): ConnectionTableStats {
		return {
			received: this.#received,
			sent: this.#sent,
			dropped: { ...this.#dropped },
			destinations: this.#destinations,
			maxDestinations: this.#maxDestinations,
		};
	}

	/** Adds the deltas of one take. Open connections have a row in every take, so no row means none. */
	absorb(activity: Activity): void {
		if (activity.width !== ACTIVITY.width) throw new Error(`BUG: activity rows of width ${activity.width}`);
		const now = this.#options.now();
		this.#takes++;
		for (let row = 0; row < activity.rows; row++) {
			this.#received++;
			const peer = this.#peerOf(activity, row, now);
			if (typeof peer === 'string') {
				this.#dropped[peer]++;
				continue;
			}
			this.#sent++;
			const values = activity.values.subarray(row * ACTIVITY.width, (row + 1) * ACTIVITY.width);
			if (peer.take !== this.#takes) peer.totals[ACTIVITY.active] = 0;
			for (let i = 0; i < ACTIVITY.statuses; i++) peer.totals[i]! += values[i]!;
			peer.requests.add(activity.protocols[row]!, values);
			peer.take = this.#takes;
			peer.lastUsedAt = now;
		}
		for (const destinations of this.#outbound.values()) {
			for (const peer of destinations.values()) {
				if (peer.take !== this.#takes) peer.totals[ACTIVITY.active] = 0;
			}
		}
	}

	/** Forgets destinations that have been idle for long. */
	sweep(): void {
		const now = this.#options.now();
		for (const destinations of this.#outbound.values()) {
			for (const [destination, peer] of destinations) {
				if (now - peer.lastUsedAt > IDLE_MS) {
					destinations.delete(destination);
					this.#destinations--;
				}
			}
		}
	}

	/** Forgets a container that is gone. */
	remove(container: Container): void {
		this.#destinations -= this.#outbound.get(container)?.size ?? 0;
		this.#outbound.delete(container);
		this.#inbound.delete(container);
	}

	collect(snapshot: Snapshot, shown: (container: Container) => boolean): void {
		for (const [container, destinations] of this.#outbound) {
			if (!shown(container)) continue;
			for (const peer of destinations.values()) {
				collectTcp(snapshot, peer.labels, peer.totals);
				peer.requests.collect(snapshot, 'outbound');
			}
		}
		for (const [container, peer] of this.#inbound) {
			if (shown(container)) peer.requests.collect(snapshot, 'inbound');
		}
	}

	#peerOf(activity: Activity, row: number, now: number): Peer | keyof ConnectionTableStats['dropped'] {
		const role = activity.roles[row]!;
		if (role !== ROLE_OUTBOUND && role !== ROLE_INBOUND) return 'unknown_role';
		const address = activity.addresses.subarray(row * 16, row * 16 + 16);
		const port = activity.ports[row]!;
		if (role === ROLE_OUTBOUND) {
			const skip = this.#options.policy.skips(address, port, activity.netns[row]!);
			if (skip !== undefined) return skip;
		}
		const container = this.#options.containerOf(activity.pids[row]!, activity.cgroups[row]!);
		if (container === undefined) return 'unresolved';
		if (container === 'ignored') return container;
		if (role === ROLE_OUTBOUND) return this.#destination(container, address, port, now) ?? 'overflow';
		let peer = this.#inbound.get(container);
		if (peer === undefined) {
			peer = newPeer(container, { base: container.labels, failed: container.labels }, now);
			this.#inbound.set(container, peer);
		}
		return peer;
	}

	#destination(container: Container, address: Uint8Array, port: number, now: number): Peer | undefined {
		let destinations = this.#outbound.get(container);
		if (destinations === undefined) {
			destinations = new Map();
			this.#outbound.set(container, destinations);
		}
		const destination = formatEndpoint(formatAddress(address), port);
		const known = destinations.get(destination);
		if (known !== undefined) return known;
		if (this.#destinations >= this.#maxDestinations || destinations.size >= this.#maxPerContainer) {
			return undefined;
		}
		this.#destinations++;
		// Without connection tracking the address that was asked for is the one that is known to answer.
		const base = container.labels.with(['destination', destination], ['actual_destination', destination]);
		const failed = container.labels.with(['destination', destination]);
		const peer = newPeer(container, { base, failed }, now);
		destinations.set(destination, peer);
		return peer;
	}
}

function newPeer(container: Container, labels: PeerLabels, now: number): Peer {
	return {
		container,
		totals: new Float64Array(ACTIVITY.statuses),
		requests: new RequestTotals(labels.base),
		take: 0,
		lastUsedAt: now,
		labels,
	};
}
