import type { NameGroup } from './name-group.ts';
import type { SourceKind } from './prometheus-source.ts';

export interface SourceStatus {
	/** Without a password. */
	address: string;
	/** How samples are read; null until the source has answered. */
	kind: SourceKind | null;
	/** Why it cannot be asked for its names. */
	error: string | null;
	names: number;
	groups: number;
	/** Groups that failed last time. */
	failing: number;
	/** How far the group that is furthest behind is behind the source's clock, ms; null without groups. */
	lagMs: number | null;
	/** How much of the past is copied, 0 to 1. */
	backFill: number;
	/** The groups that are furthest behind or fail, at most MAX_LISTED. */
	slowest: GroupStatus[];
}

export interface GroupStatus {
	id: number;
	names: number;
	/** The first of them. */
	firstName: string;
	lagMs: number;
	/** How much time one pull covers, ms. */
	windowMs: number;
	/** In a row. */
	failures: number;
	error: string | null;
}

const MAX_LISTED = 10;

export function statusOf(o: {
	address: string;
	kind: SourceKind | null;
	error: string | null;
	now: number;
	floor: number;
	groups: readonly NameGroup[];
}): SourceStatus {
	const lag = ({ state }: NameGroup) => Math.max(0, o.now - state.upTo);
	let names = 0;
	const inParts = new Set<string>();
	let failing = 0;
	let copied = 0;
	let lagMs: number | null = null;
	for (const group of o.groups) {
		if (group.state.matchers) inParts.add(group.state.names[0]!);
		else names += group.state.names.length;
		if (group.failures > 0) failing++;
		const whole = Math.max(1, o.now - o.floor);
		let missing = 0;
		for (const range of group.state.again) missing += Math.max(0, Math.min(range.to, o.now) - range.from);
		const present = o.now - Math.max(group.state.downTo, o.floor) - missing;
		copied += Math.min(1, Math.max(0, present) / whole);
		lagMs = Math.max(lagMs ?? 0, lag(group));
	}
	const slowest = [...o.groups]
		.sort((a, b) => b.failures - a.failures || lag(b) - lag(a))
		.slice(0, MAX_LISTED)
		.map((group) => ({
			id: group.state.id,
			names: group.state.names.length,
			firstName: group.state.names[0] ?? '',
			lagMs: lag(group),
			windowMs: group.state.windowMs,
			failures: group.failures,
			error: group.lastError,
		}));
	return {
		address: o.address,
		kind: o.kind,
		error: o.error,
		names: names + inParts.size,
		groups: o.groups.length,
		failing,
		lagMs,
		backFill: o.groups.length === 0 ? 0 : copied / o.groups.length,
		slowest,
	};
}
