/** What was asked over each edge, how long it took and how often it failed: the spans of a sliding window. */

import type { SpanBatch } from '../../../core-as/facade/index.ts';
import { formatAddress, formatEndpoint } from '../addresses.ts';
import type { ProcessOwners } from '../processes/process-owners.ts';
import { edgeKey } from './edge-totals.ts';
import type { Latency } from './live-view.ts';
import { spanFacts } from './span-facts.ts';

/** What was seen of one detail within one tick. */
export interface Slot {
	tick: number;
	/** Latencies. */
	seconds: number[];
	errors: number;
}

export interface Detail {
	protocol: string;
	detail: string;
	/** In the order of ticks. */
	slots: Slot[];
}

const OUTBOUND = 1;
/** Details of one edge; what comes beyond is one detail of its own. */
const MAX_DETAILS = 500;
const REST = 'everything else';
/** Latencies kept of all edges, 8 MB; spans beyond it are not looked at. */
const MAX_LATENCIES = 1_000_000;

export class LiveDetails {
	readonly #containerOf: ProcessOwners['containerOf'];
	readonly #ticks: number;
	/** By `edgeKey` where it was asked, by container where it was answered; swept with the window. */
	readonly #byEdge = new Map<string, Map<string, Detail>>();
	#tick = 0;
	#latencies = 0;

	/** @param ticks how many the window spans */
	constructor(containerOf: ProcessOwners['containerOf'], ticks: number) {
		this.#containerOf = containerOf;
		this.#ticks = ticks;
	}

	/** By protocol and detail. */
	of(key: string): ReadonlyMap<string, Detail> | undefined {
		return this.#byEdge.get(key);
	}

	add(batch: SpanBatch): void {
		const keys = Array.from({ length: batch.sources }, (_, i) => {
			const container = this.#containerOf(batch.pids[i]!, batch.cgroups[i]!);
			if (container === undefined || batch.roles[i] !== OUTBOUND) return container;
			return edgeKey(container, formatEndpoint(formatAddress(batch.addresses, i * 16), batch.ports[i]!));
		});
		for (const { source, protocol, detail, seconds, failed } of spanFacts(batch)) {
			const key = keys[source];
			if (key === undefined || this.#latencies >= MAX_LATENCIES) continue;
			const slot = this.#slot(key, protocol, detail);
			slot.seconds.push(seconds);
			if (failed) slot.errors++;
			this.#latencies++;
		}
	}

	/** Ends a tick and forgets what left the window. */
	endTick(): void {
		this.#tick++;
		const first = this.#tick - this.#ticks;
		this.#latencies = 0;
		for (const [key, details] of this.#byEdge) {
			for (const [name, detail] of details) {
				while (detail.slots.length > 0 && detail.slots[0]!.tick < first) detail.slots.shift();
				if (detail.slots.length === 0) details.delete(name);
				for (const slot of detail.slots) this.#latencies += slot.seconds.length;
			}
			if (details.size === 0) this.#byEdge.delete(key);
		}
	}

	/** Forgets everything. */
	clear(): void {
		this.#byEdge.clear();
		this.#latencies = 0;
	}

	#slot(key: string, protocol: string, asked: string): Slot {
		let details = this.#byEdge.get(key);
		if (details === undefined) {
			details = new Map();
			this.#byEdge.set(key, details);
		}
		const full = details.size >= MAX_DETAILS && !details.has(`${protocol} ${asked}`);
		const detail = full ? REST : asked;
		const name = `${protocol} ${detail}`;
		let found = details.get(name);
		if (found === undefined) {
			found = { protocol, detail, slots: [] };
			details.set(name, found);
		}
		let slot = found.slots.at(-1);
		if (slot?.tick !== this.#tick) {
			slot = { tick: this.#tick, seconds: [], errors: 0 };
			found.slots.push(slot);
		}
		return slot;
	}
}

/** The same details of several destinations as one. */
export function joinDetails(maps: readonly ReadonlyMap<string, Detail>[]): Detail[] {
	const joined = new Map<string, Detail>();
	for (const [name, detail] of maps.flatMap((each) => [...each])) {
		const known = joined.get(name);
		joined.set(name, known ? { ...detail, slots: [...known.slots, ...detail.slots] } : detail);
	}
	return [...joined.values()];
}

export function latencyOf(slots: readonly Slot[]): Latency {
	const sorted = Float64Array.from(slots.flatMap((slot) => slot.seconds)).sort();
	const at = (q: number) => sorted[Math.max(0, Math.ceil(sorted.length * q) - 1)] ?? null;
	return { p50: at(0.5), p95: at(0.95), max: at(1) };
}
