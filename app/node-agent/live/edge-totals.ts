/** The agent's metrics of one moment, by who talks to whom. */

import type { Labels } from '../../exposition/labels.ts';
import { DEFAULT_BOUNDS, type Snapshot } from '../../exposition/snapshot.ts';

/** Of one pair of process group and destination, or of one that answers; counters since the start. */
export interface Totals {
	protocols: Set<string>;
	requests: number;
	errors: number;
	/** Requests by latency, by DEFAULT_BOUNDS. */
	buckets: number[];
	connects: number;
	failed: number;
	active: number;
	sent: number;
	received: number;
}

export interface Tick {
	time: number;
	/** By container and destination. */
	outbound: Map<string, Totals>;
	/** By container. */
	inbound: Map<string, Totals>;
	/** Container by the address that it listens on. */
	listens: Map<string, string>;
	lost: number;
}

const REQUESTS = /^container_([a-z0-9]+)_(inbound_)?(?:requests|queries|messages)(_duration_seconds)?_total$/;
const TCP = 'container_net_tcp_';
const TCP_TOTALS: Record<string, 'connects' | 'failed' | 'active' | 'sent' | 'received'> = {
	[`${TCP}successful_connects_total`]: 'connects',
	[`${TCP}failed_connects_total`]: 'failed',
	[`${TCP}active_connections`]: 'active',
	[`${TCP}bytes_sent_total`]: 'sent',
	[`${TCP}bytes_received_total`]: 'received',
};
const LISTEN = `${TCP}listen_info`;
const DROPPED = 'codexray_agent_stage_dropped_total';
/** Upper bounds of `Totals.buckets`, seconds. */
export const BOUNDS = [...DEFAULT_BOUNDS, Number.POSITIVE_INFINITY];

export function tickOf(snapshot: Snapshot): Tick {
	const tick: Tick = {
		time: snapshot.time,
		outbound: new Map(),
		inbound: new Map(),
		listens: new Map(),
		lost: 0,
	};
	for (const { name, samples, histograms } of snapshot.families()) {
		const tcp = TCP_TOTALS[name];
		const requests = REQUESTS.exec(name);
		if (tcp !== undefined) {
			for (const { labels, value } of samples) {
				const key = outboundKey(labels);
				if (key !== undefined) totalsIn(tick.outbound, key)[tcp] += value;
			}
		} else if (name === LISTEN) {
			for (const { labels, value } of samples) {
				const address = labelOf(labels, 'listen_addr')!;
				// Who listened there last is still the one that is called, unless another one does now.
				if (value === 1 || !tick.listens.has(address))
					tick.listens.set(address, labelOf(labels, 'container_id')!);
			}
		} else if (name === DROPPED) {
			for (const { labels, value } of samples)
				if (labelOf(labels, 'stage')?.startsWith('ring_')) tick.lost += value;
		} else if (requests !== null) {
			const [, protocol = '', inbound] = requests;
			const find = (labels: Labels) => {
				const key = inbound === undefined ? outboundKey(labels) : labelOf(labels, 'container_id');
				return key && totalsIn(inbound === undefined ? tick.outbound : tick.inbound, key);
			};
			for (const { labels, value } of samples) {
				const totals = find(labels);
				if (!totals) continue;
				totals.protocols.add(protocol);
				totals.requests += value;
				if (/^(5|failed$)/.test(labelOf(labels, 'status') ?? '')) totals.errors += value;
			}
			for (const { labels, counts } of histograms) {
				const totals = find(labels);
				for (let i = 0; totals && i < BOUNDS.length; i++) totals.buckets[i]! += counts[i] ?? 0;
			}
		}
	}
	return tick;
}

/** Those of `key`, new ones where there are none yet. */
export function totalsIn(map: Map<string, Totals>, key: string): Totals {
	let totals = map.get(key);
	if (totals === undefined) {
		totals = newTotals();
		map.set(key, totals);
	}
	return totals;
}

/** Undefined for what has no destination: no edge. */
function outboundKey(labels: Labels): string | undefined {
	const container = labelOf(labels, 'container_id');
	const destination = labelOf(labels, 'actual_destination') || labelOf(labels, 'destination');
	return container && destination ? edgeKey(container, destination) : undefined;
}

/** A zero byte stands in no id and no address. */
export const edgeKey = (client: string, server: string) => `${client}\0${server}`;
export const partsOf = (key: string) => key.split('\0') as [string, string];

function labelOf(labels: Labels, name: string): string | undefined {
	return labels.pairs.find(([known]) => known === name)?.[1];
}

export function newTotals(): Totals {
	return {
		protocols: new Set(),
		requests: 0,
		errors: 0,
		buckets: BOUNDS.map(() => 0),
		connects: 0,
		failed: 0,
		active: 0,
		sent: 0,
		received: 0,
	};
}

const COUNTERS = ['requests', 'errors', 'connects', 'failed', 'sent', 'received'] as const;

/** What came since `before`, which may be nothing; never below zero. */
export function difference(now: Totals, before: Totals | undefined): Totals {
	const delta = newTotals();
	for (const name of COUNTERS) delta[name] = Math.max(0, now[name] - (before?.[name] ?? 0));
	delta.buckets = now.buckets.map((count, i) => Math.max(0, count - (before?.buckets[i] ?? 0)));
	delta.active = now.active;
	delta.protocols = now.protocols;
	return delta;
}

export function accumulate(sum: Totals, delta: Totals): void {
	for (const name of COUNTERS) sum[name] += delta[name];
	for (const [i, count] of delta.buckets.entries()) sum.buckets[i]! += count;
	sum.active += delta.active;
	sum.protocols = new Set([...sum.protocols, ...delta.protocols]);
}

export function isQuiet(delta: Totals): boolean {
	return delta.active === 0 && COUNTERS.every((name) => delta[name] === 0);
}
