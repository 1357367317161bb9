import { type LabelMatcher, opposite } from './selection.ts';

/** Times are milliseconds since the epoch, by the source's clock. */
export interface TimeRange {
	from: number;
	to: number;
}

/** What of a group is kept over a restart. */
export interface GroupState {
	id: number;
	names: string[];
	/** With one name whose series are too many for one answer: which part of them it is. */
	matchers?: LabelMatcher[];
	/** All between `downTo` and `upTo` was copied. */
	upTo: number;
	downTo: number;
	/** Ranges to copy once more, at most MAX_AGAIN. `after`: not before this time. */
	again: (TimeRange & { after: number })[];
	/** How much time one pull covers, ms: adapts to what the source answers well. */
	windowMs: number;
}

/** What a pull is for. */
export type PullKind = 'forward' | 'again' | 'back';

export interface Pull extends TimeRange {
	kind: PullKind;
	/** What lies between `to` and here is read beside, so that the end of a series is seen. */
	readTo: number;
}

export const MIN_WINDOW_MS = 60_000;
export const MAX_WINDOW_MS = 24 * 3_600_000;
const FIRST_WINDOW_MS = 3_600_000;
/** Samples of one pull: below, windows grow; above, they shrink. About 8 MB of remote read. */
const TARGET_SAMPLES = 500_000;
const MAX_AGAIN = 16;
/** Who is further behind reads what is newest first, and the rest with the past. */
const FAR_BEHIND_MS = 10 * 60_000;

/** First and longest pause after failures of one group. */
const MIN_BACKOFF_MS = 1_000;
const MAX_BACKOFF_MS = 60_000;

/** A group of metric names that is copied by itself: its watermarks, its pace, its failures. */
export class NameGroup {
	readonly state: GroupState;
	/** Failures in a row. */
	failures = 0;
	/** When the first of them was, by our clock. */
	failingSince: number | null = null;
	/** By our clock. */
	nextTryAt = 0;
	lastError: string | null = null;
	/** A pull of it is on its way. */
	busy = false;
	/** Until when, by the source's clock, a forward pull is not due. */
	notDueBefore = 0;

	constructor(state: GroupState) {
		this.state = state;
	}

	/** A group that has copied nothing yet, at time `now`. */
	static begin(id: number, names: string[], now: number): NameGroup {
		return new NameGroup({ id, names, upTo: now, downTo: now, again: [], windowMs: FIRST_WINDOW_MS });
	}

	/**
	 * What to pull next, or null when nothing is due. Newest first: what is new, then what is to be copied again, then
	 * the past down to `floor`. `overlapMs` before the watermark is read once more.
	 */
	next(now: number, floor: number, overlapMs: number): Pull | null {
		const { state } = this;
		// The source's clock went back: what it writes now lies before the watermark.
		if (state.upTo > now) state.upTo = now;
		if (state.downTo > state.upTo) state.downTo = state.upTo;
		// What is to come is not read again, it is read when it has come.
		if (state.again.some(({ to }) => to > now))
			state.again = state.again.flatMap((each) =>
				each.from < now ? [{ ...each, to: Math.min(each.to, now) }] : [],
			);
		if (now >= this.notDueBefore && now > state.upTo) {
			const newest = now - Math.max(state.windowMs, FAR_BEHIND_MS);
			if (state.upTo < newest) {
				this.pullAgain({ from: Math.max(floor, state.upTo - overlapMs), to: newest }, 0);
				state.upTo = newest;
			}
			const from = Math.max(state.upTo - overlapMs, floor);
			const to = Math.min(now, Math.max(from, state.upTo) + state.windowMs);
			return { kind: 'forward', from, to, readTo: to };
		}
		const again = state.again.find((each) => each.after <= now && each.from < now);
		if (again) {
			const to = Math.min(again.to, now);
			const readTo = Math.min(to + overlapMs, now);
			return { kind: 'again', from: Math.max(again.from, to - state.windowMs), to, readTo };
		}
		if (state.downTo > floor) {
			const to = state.downTo;
			const readTo = Math.min(to + overlapMs, now);
			return { kind: 'back', from: Math.max(floor, to - state.windowMs), to, readTo };
		}
		return null;
	}

	/** A pull was copied, `samples` came, and the source's clock shows `now`: nothing beyond it counts as copied. */
	copied(pull: Pull, samples: number, now: number): void {
		const { state } = this;
		this.failures = 0;
		this.lastError = null;
		if (pull.kind === 'forward') state.upTo = Math.max(state.upTo, Math.min(pull.to, now));
		else if (pull.kind === 'back') state.downTo = pull.from;
		else state.again = state.again.flatMap((each) => remainder(each, pull, now));
		const length = Math.max(1, pull.readTo - pull.from);
		const fitting = samples === 0 ? MAX_WINDOW_MS : (length * TARGET_SAMPLES) / samples;
		state.windowMs = clamp(Math.min(fitting, state.windowMs * 2), MIN_WINDOW_MS, MAX_WINDOW_MS);
	}

	/** The source says that a pull asks for too much; false when it cannot be shorter. */
	shorten(pull: Pull): boolean {
		const length = Math.min(this.state.windowMs, pull.to - pull.from);
		if (this.state.windowMs <= MIN_WINDOW_MS) return false;
		this.state.windowMs = clamp(length / 2, MIN_WINDOW_MS, MAX_WINDOW_MS);
		return true;
	}

	/** Half of the names leave for a group of their own, which goes on from the same place; null with one name. */
	split(id: number): NameGroup | null {
		const { names, ...rest } = this.state;
		if (names.length < 2) return null;
		const other = names.splice(names.length >> 1);
		return new NameGroup({ ...rest, again: rest.again.map((each) => ({ ...each })), id, names: other });
	}

	/** Of its only name the series that a matcher lets through leave for a group of their own, as names do. */
	divide(id: number, matcher: LabelMatcher): NameGroup {
		const { matchers = [], ...rest } = this.state;
		this.state.matchers = [...matchers, opposite(matcher)];
		return new NameGroup({
			...rest,
			names: [...rest.names],
			again: rest.again.map((each) => ({ ...each })),
			id,
			matchers: [...matchers, matcher],
		});
	}

	/** `random`: 0 to 1, for jitter over the upper half. */
	failed(error: string, now: number, random: number): void {
		this.failingSince ??= now;
		this.lastError = error;
		const ceiling = Math.min(MAX_BACKOFF_MS, MIN_BACKOFF_MS * 2 ** Math.min(this.failures, 20));
		this.failures++;
		this.nextTryAt = now + ceiling / 2 + (random * ceiling) / 2;
	}

	/** Asks for a range once more, for example because our store lost it. At the bound ranges are joined. */
	pullAgain(range: TimeRange, after: number): void {
		const { again } = this.state;
		again.push({ ...range, after });
		again.sort((a, b) => b.to - a.to);
		while (again.length > MAX_AGAIN) {
			const last = again.pop()!;
			const before = again.at(-1)!;
			before.from = Math.min(before.from, last.from);
			before.after = Math.max(before.after, last.after);
		}
	}
}

/** What of a range is left to copy once more. */
function remainder(
	range: GroupState['again'][number],
	pull: Pull,
	now: number,
): readonly GroupState['again'][number][] {
	if (range.after > now || pull.to < Math.min(range.to, now) || pull.from >= range.to) return [range];
	return pull.from <= range.from ? [] : [{ ...range, to: pull.from }];
}

function clamp(value: number, low: number, high: number): number {
	return Math.max(low, Math.min(high, Math.round(value)));
}
