/**
 * Who talks to whom on this node right now: rates over a sliding window, from the agent's own metrics, and what was
 * asked, from the spans of the same requests.
 */

import type { SpanBatch } from '../../../core-as/facade/index.ts';
import type { Snapshot } from '../../exposition/snapshot.ts';
import { histogramQuantile } from '../../promql/histogram-quantile.ts';
import type { ProcessOwners } from '../processes/process-owners.ts';
import {
	accumulate,
	BOUNDS,
	difference,
	edgeKey,
	isQuiet,
	newTotals,
	partsOf,
	type Tick,
	type Totals,
	tickOf,
	totalsIn,
} from './edge-totals.ts';
import { type Detail, joinDetails, LiveDetails, latencyOf, type Slot } from './live-details.ts';
import { type Latency, type LiveEdge, type LiveView, OTHERS } from './live-view.ts';

/** With fewer of the requests seen as spans, percentiles come from the metrics' buckets. */
const ENOUGH = 0.9;
/** With fewer of them timed by the metrics, some waited for data, and their spans say nothing of the server. */
const TIMED = 0.98;

export interface LiveEdgesOptions extends Pick<ProcessOwners, 'containerOf'> {
	/** Ticks that the window spans. */
	ticks: number;
}

export class LiveEdges {
	readonly #max: number;
	/** Oldest first, one more than the window spans: its beginning. */
	readonly #ticks: Tick[] = [];
	readonly #details: LiveDetails;

	constructor({ ticks, containerOf }: LiveEdgesOptions) {
		this.#max = ticks + 1;
		this.#details = new LiveDetails(containerOf, ticks);
	}

	/** Spans count to the tick that the next snapshot ends. */
	addSpans(batch: SpanBatch): void {
		this.#details.add(batch);
	}

	/** Ends a tick; the first is where the window begins. */
	add(snapshot: Snapshot): void {
		if (this.#ticks.length === 0) this.#details.clear();
		this.#ticks.push(tickOf(snapshot));
		if (this.#ticks.length > this.#max) this.#ticks.shift();
		this.#details.endTick();
	}

	view(): LiveView {
		const newest = this.#ticks.at(-1);
		const oldest = this.#ticks[0];
		if (newest === undefined || oldest === undefined || newest === oldest)
			return { time: newest?.time ?? 0, seconds: 0, lost: 0, edges: [] };
		const edges = new Map<string, Gathered>();
		const answered = new Map<string, Totals>();
		for (const [key, totals] of newest.outbound) {
			const delta = difference(totals, oldest.outbound.get(key));
			if (isQuiet(delta)) continue;
			const [client, destination] = partsOf(key);
			const server = newest.listens.get(destination) ?? destination;
			gather(edges, client, server, delta, this.#details.of(key));
			accumulate(totalsIn(answered, server), delta);
		}
		for (const [server, totals] of newest.inbound) {
			const all = difference(totals, oldest.inbound.get(server));
			const known = totalsIn(answered, server);
			const rest = difference(all, known);
			// The two ends of a request are counted a moment apart, so a few may be in one count and not in the other.
			const least = known.requests === 0 ? 0 : Math.max(1, all.requests / 20);
			if (rest.requests > least) gather(edges, OTHERS, server, rest, this.#details.of(server));
		}
		const seconds = (newest.time - oldest.time) / 1000;
		return {
			time: newest.time,
			seconds,
			lost: newest.lost - oldest.lost,
			edges: [...edges.values()].map((gathered) => edgeOf(gathered, seconds)),
		};
	}
}

/** One edge of the view while it is put together: several destinations may be one server. */
interface Gathered {
	client: string;
	server: string;
	totals: Totals;
	details: ReadonlyMap<string, Detail>[];
}

function gather(
	edges: Map<string, Gathered>,
	client: string,
	server: string,
	delta: Totals,
	details: ReadonlyMap<string, Detail> | undefined,
): void {
	const key = edgeKey(client, server);
	let edge = edges.get(key);
	if (edge === undefined) {
		edge = { client, server, totals: newTotals(), details: [] };
		edges.set(key, edge);
	}
	accumulate(edge.totals, delta);
	if (details !== undefined) edge.details.push(details);
}

function edgeOf({ client, server, totals, details }: Gathered, seconds: number): LiveEdge {
	const joined = joinDetails(details);
	const slots = joined.flatMap((detail) => detail.slots);
	const detailed = totals.requests > 0 ? Math.min(1, seen(slots) / totals.requests) : 1;
	return {
		client,
		server,
		protocols: [...totals.protocols].sort(),
		requestsPerSecond: totals.requests / seconds,
		errorsPerSecond: totals.errors / seconds,
		latency: edgeLatency(totals, slots, detailed),
		connectsPerSecond: totals.connects / seconds,
		failedConnectsPerSecond: totals.failed / seconds,
		activeConnections: totals.active,
		bytesSentPerSecond: totals.sent / seconds,
		bytesReceivedPerSecond: totals.received / seconds,
		detailed,
		details: joined.map(({ protocol, detail, slots: own }) => ({
			protocol,
			detail,
			requestsPerSecond: seen(own) / seconds,
			errorsPerSecond: own.reduce((sum, slot) => sum + slot.errors, 0) / seconds,
			latency: latencyOf(own),
		})),
	};
}

function edgeLatency({ requests, buckets }: Totals, slots: readonly Slot[], detailed: number): Latency {
	let timed = 0;
	const cumulative = buckets.map((count) => {
		timed += count;
		return timed;
	});
	const exact = latencyOf(slots);
	const comparable = timed >= TIMED * requests;
	if (comparable && detailed >= ENOUGH) return exact;
	const at = (q: number) => histogramQuantile(q, BOUNDS, cumulative);
	return { p50: at(0.5), p95: at(0.95), max: comparable ? exact.max : null };
}

function seen(slots: readonly Slot[]): number {
	return slots.reduce((sum, slot) => sum + slot.seconds.length, 0);
}
