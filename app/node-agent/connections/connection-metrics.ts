/** Names, labels and help of what connections become; compatible with the agents that the server knows. */

import { ACTIVITY } from '../../../core-as/facade/index.ts';
import type { Labels } from '../../exposition/labels.ts';
import { counter, gauge, type Snapshot } from '../../exposition/snapshot.ts';

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

/** Labels of one peer's series, derived once. */
export interface PeerLabels {
	base: Labels;
	/** Failed connects know no actual destination. */
	failed: Labels;
}

/** @param totals accumulated columns of ACTIVITY up to `statuses`, `active` being the gauge now */
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

function isOnlyFailures(totals: Float64Array): boolean {
	return totals.every((value, column) => value === 0 || column === ACTIVITY.failedConnects);
}
