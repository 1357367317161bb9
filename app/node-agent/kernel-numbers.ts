/** The kernel side's statistics as stages and features of the agent's self metrics. */

import type { KernelStats } from './kernel-events.ts';
import type { FeatureStatus, StageNumbers } from './self-metrics.ts';

export function kernelStages(stats: KernelStats): StageNumbers[] {
	const { calls, tracker } = stats;
	const rings = stats.rings.map(({ ring, records, lost, fill }): StageNumbers => {
		const all = Object.entries(lost);
		return {
			stage: `ring_${ring}`,
			received: records + all.reduce((sum, [, count]) => sum + count, 0),
			sent: records,
			dropped: Object.fromEntries(all.map(([kind, count]) => [`lost_${kind}`, count])),
			fill,
		};
	});
	return [
		{
			stage: 'capture',
			dropped: {
				unreadable: calls.unreadable,
				no_storage: calls.noStorage,
				busy: calls.busy,
				muted: calls.muted,
				ignored: calls.ignored,
			},
		},
		...rings,
		{
			stage: 'tracker',
			received: tracker.records,
			dropped: {
				unknown_connection: tracker.unknownConnections,
				truncated: tracker.truncated,
				malformed: tracker.malformed,
				shed: tracker.shed,
			},
			errors: tracker.traps,
		},
		{
			stage: 'tracker_spans',
			received:
				tracker.spans +
				tracker.spansUnsampled +
				tracker.spansLimited +
				tracker.spansOverflow +
				tracker.spansUnnoted,
			sent: tracker.spans,
			dropped: {
				unsampled: tracker.spansUnsampled,
				limited: tracker.spansLimited,
				overflow: tracker.spansOverflow,
				unnoted: tracker.spansUnnoted,
			},
		},
	];
}

export function kernelFeatures(stats: KernelStats): FeatureStatus[] {
	return stats.features.map(({ feature, tier, ok, reason }) => ({ feature, tier, ok, reason }));
}
