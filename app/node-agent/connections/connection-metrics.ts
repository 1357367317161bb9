/** Names, labels and help of what connections become; compatible with the agents that the server knows. */

import { ACTIVITY } from '../../../core-as/facade/index.ts';
import type { Labels } from '../metrics/labels.ts';
import { counter, gauge, histogram, type Snapshot } from '../metrics/snapshot.ts';

const CONNECTS = counter(
	'container_net_tcp_successful_connects_total',
	'Outbound TCP connections that were established.',
);
const CONNECT_SECONDS = counter(
	'container_net_tcp_connection_time_seconds_total',
	'Time spent establishing outbound TCP connections.',
);
const FAILED = counter('container_net_tcp_failed_connects_total', 'Outbound TCP connections that failed.');
const ACTIVE = gauge('container_net_tcp_active_connections', 'Outbound TCP connections that are open.');
const RETRANSMITS = counter('container_net_tcp_retransmits_total', 'Retransmitted TCP segments.');
const BYTES_SENT = counter('container_net_tcp_bytes_sent_total', 'Bytes sent over outbound connections.');
const BYTES_RECEIVED = counter(
	'container_net_tcp_bytes_received_total',
	'Bytes received over outbound connections.',
);

interface RequestMetrics {
	requests: ReturnType<typeof counter>;
	duration: ReturnType<typeof histogram>;
}

export const HTTP_OUTBOUND: RequestMetrics = {
	requests: counter(
		'container_http_requests_total',
		'HTTP requests that the container made, by status class.',
	),
	duration: histogram('container_http_requests_duration_seconds_total', 'Time until the answer, in seconds.'),
};

export const HTTP_INBOUND: RequestMetrics = {
	requests: counter(
		'container_http_inbound_requests_total',
		'HTTP requests that the container answered, by status class.',
	),
	duration: histogram(
		'container_http_inbound_requests_duration_seconds_total',
		'Time until the container answered, in seconds.',
	),
};

/** Status classes by column, from `http1xx` on. */
const STATUSES = ['1xx', '2xx', '3xx', '4xx', '5xx', 'unknown'] as const;

/** Labels of one peer's series, derived once. */
export interface PeerLabels {
	base: Labels;
	/** Failed connects know no actual destination. */
	failed: Labels;
	statuses: Map<string, Labels>;
}

/** @param totals accumulated columns of ACTIVITY, `active` being the gauge now */
export function collectTcp(snapshot: Snapshot, labels: PeerLabels, totals: Float64Array): void {
	if (totals[ACTIVITY.failedConnects]! > 0) {
		snapshot.add(FAILED, labels.failed, totals[ACTIVITY.failedConnects]!);
		if (isOnlyFailures(totals)) return;
	}
	snapshot.add(CONNECTS, labels.base, totals[ACTIVITY.connects]!);
	snapshot.add(CONNECT_SECONDS, labels.base, totals[ACTIVITY.connectSeconds]!);
	snapshot.add(ACTIVE, labels.base, totals[ACTIVITY.active]!);
	snapshot.add(BYTES_SENT, labels.base, totals[ACTIVITY.bytesSent]!);
	snapshot.add(BYTES_RECEIVED, labels.base, totals[ACTIVITY.bytesReceived]!);
	const retransmits = totals[ACTIVITY.retransmits]!;
	if (retransmits > 0) snapshot.add(RETRANSMITS, labels.base, retransmits);
}

export function collectHttp(
	snapshot: Snapshot,
	metrics: RequestMetrics,
	labels: PeerLabels,
	totals: Float64Array,
): void {
	for (let i = 0; i < STATUSES.length; i++) {
		const count = totals[ACTIVITY.http1xx + i]!;
		if (count > 0) snapshot.add(metrics.requests, statusLabels(labels, STATUSES[i]!), count);
	}
	const buckets = totals.subarray(ACTIVITY.buckets, ACTIVITY.width);
	if (buckets.some((count) => count > 0)) {
		snapshot.addHistogram(metrics.duration, labels.base, buckets, totals[ACTIVITY.durationSum]!);
	}
}

function isOnlyFailures(totals: Float64Array): boolean {
	return totals.every((value, column) => value === 0 || column === ACTIVITY.failedConnects);
}

function statusLabels(labels: PeerLabels, status: string): Labels {
	let found = labels.statuses.get(status);
	if (found === undefined) {
		found = labels.base.with(['status', status]);
		labels.statuses.set(status, found);
	}
	return found;
}
