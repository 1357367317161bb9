/** Requests of application protocols as series: one entry a protocol, by its number in Activity.protocols. */

import { ACTIVITY, PROTOCOL } from '../../../core-as/facade/index.ts';
import type { Labels } from '../../exposition/labels.ts';
import { counter, histogram, type Snapshot } from '../../exposition/snapshot.ts';

interface RequestMetrics {
	requests: ReturnType<typeof counter>;
	duration: ReturnType<typeof histogram>;
}

interface ProtocolMetrics {
	/** Values of the label `status`, by column. */
	statuses: readonly string[];
	outbound: RequestMetrics;
	inbound: RequestMetrics;
}

/** @param noun what the parent system calls a request of this protocol */
function protocol(name: string, title: string, noun: string, statuses: readonly string[]): ProtocolMetrics {
	const by = statuses.length > 2 ? 'status class' : 'status';
	return {
		statuses,
		outbound: {
			requests: counter(
				`container_${name}_${noun}_total`,
				`${title} ${noun} that the container made, by ${by}.`,
			),
			duration: histogram(
				`container_${name}_${noun}_duration_seconds_total`,
				'Time until the answer, in seconds.',
			),
		},
		inbound: {
			requests: counter(
				`container_${name}_inbound_${noun}_total`,
				`${title} ${noun} that the container answered, by ${by}.`,
			),
			duration: histogram(
				`container_${name}_inbound_${noun}_duration_seconds_total`,
				'Time until the container answered, in seconds.',
			),
		},
	};
}

const DATABASE = ['ok', 'failed'] as const;

const PROTOCOLS: ReadonlyMap<number, ProtocolMetrics> = new Map([
	[PROTOCOL.http, protocol('http', 'HTTP', 'requests', ['1xx', '2xx', '3xx', '4xx', '5xx', 'unknown'])],
	[PROTOCOL.postgres, protocol('postgres', 'Postgres', 'queries', DATABASE)],
	[PROTOCOL.redis, protocol('redis', 'Redis', 'queries', DATABASE)],
]);

const COLUMNS = ACTIVITY.width - ACTIVITY.statuses;

/** Requests between a container and one peer, by protocol. */
export class RequestTotals {
	readonly #base: Labels;
	readonly #totals = new Map<number, Float64Array>();
	readonly #labels = new Map<string, Labels>();

	/** @param base labels of the series but the status */
	constructor(base: Labels) {
		this.#base = base;
	}

	/** @param values one row of an activity */
	add(protocol: number, values: Float64Array): void {
		let totals = this.#totals.get(protocol);
		if (totals === undefined) {
			totals = new Float64Array(COLUMNS);
			this.#totals.set(protocol, totals);
		}
		for (let i = 0; i < COLUMNS; i++) totals[i]! += values[ACTIVITY.statuses + i]!;
	}

	collect(snapshot: Snapshot, role: 'outbound' | 'inbound'): void {
		for (const [number, totals] of this.#totals) {
			const found = PROTOCOLS.get(number);
			if (found === undefined) continue;
			const { statuses } = found;
			const metrics = found[role];
			for (let i = 0; i < statuses.length; i++)
				if (totals[i]! > 0) snapshot.add(metrics.requests, this.#statusLabels(statuses[i]!), totals[i]!);
			const buckets = totals.subarray(ACTIVITY.buckets - ACTIVITY.statuses);
			if (buckets.some((count) => count > 0))
				snapshot.addHistogram(
					metrics.duration,
					this.#base,
					buckets,
					totals[ACTIVITY.durationSum - ACTIVITY.statuses]!,
				);
		}
	}

	#statusLabels(status: string): Labels {
		let labels = this.#labels.get(status);
		if (labels === undefined) {
			labels = this.#base.with(['status', status]);
			this.#labels.set(status, labels);
		}
		return labels;
	}
}
