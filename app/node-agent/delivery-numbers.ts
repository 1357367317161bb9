/** The numbers of encoder, spool and sender as stages of the agent's self metrics. */

import type { SenderStats } from '../delivery/sender.ts';
import type { SpoolStats } from '../delivery/spool.ts';
import type { StageNumbers } from './self-metrics.ts';

export function deliveryStages(
	metrics: StageNumbers,
	spool: SpoolStats,
	sender: SenderStats,
): StageNumbers[] {
	return [metrics, ...outletStages('', spool, sender)];
}

/** @param signal after whose spool and sender the stages are named; '' for metrics, which came first */
export function outletStages(signal: string, spool: SpoolStats, sender: SenderStats): StageNumbers[] {
	const suffix = signal === '' ? '' : `_${signal}`;
	return [
		{
			stage: `spool${suffix}`,
			received: spool.received,
			sent: spool.released,
			dropped: { ...spool.dropped, corrupt: spool.corruptRecords },
			errors: spool.errors,
			fill: spool.fill,
		},
		{
			stage: `sender${suffix}`,
			received: sender.received,
			sent: sender.sent,
			dropped: Object.fromEntries(
				Object.entries(sender.dropped).map(([status, count]) => [`status_${status}`, count]),
			),
			errors: sender.errors,
		},
	];
}
