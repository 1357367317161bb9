/** The numbers of encoder, spool and sender as stages of the agent's self metrics. */

import type { SenderStats } from '../delivery/sender.ts';
import type { SpoolStats } from '../delivery/spool.ts';
import type { StageNumbers } from './self-metrics.ts';

export function deliveryStages(
	metrics: StageNumbers,
	spool: SpoolStats,
	sender: SenderStats,
): StageNumbers[] {
	return [
		metrics,
		{
			stage: 'spool',
			received: spool.received,
			sent: spool.released,
			dropped: { ...spool.dropped, corrupt: spool.corruptRecords },
			errors: spool.errors,
			fill: spool.fill,
		},
		{
			stage: 'sender',
			received: sender.received,
			sent: sender.sent,
			dropped: Object.fromEntries(
				Object.entries(sender.dropped).map(([status, count]) => [`status_${status}`, count]),
			),
			errors: sender.errors,
		},
	];
}
