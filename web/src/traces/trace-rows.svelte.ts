import { api, type TimeBounds } from '../api/client.ts';
import type { ApiFailure } from '../api/failure.ts';
import type { TraceFilters, TraceList, TraceSummary } from '../api/trace-types.ts';
import { EMPTY_MS, Feed, failureOf, NEVER_MS } from '../state/feed.svelte.ts';
import { boundsOf, type TimeRange } from '../state/range.ts';

/** Traces of one answer. */
const PAGE = 50;
/** Traces that the page holds; reading on stops there. */
export const MOST_TRACES = 5_000;

/** The traces of one question: the newest, and older ones as they are scrolled to. */
export class TraceRows {
	/** The first answer, with the states that all pages have. */
	readonly feed: Feed<TraceList>;
	traces: TraceSummary[] = $state.raw([]);
	/** Why older ones could not be had. */
	olderFailure: ApiFailure | null = $state.raw(null);
	readingOn = $state(false);
	/** The moment that "up to now" means for the traces shown, ms. */
	asOf = $state(Date.now());
	#next: string | null = $state.raw(null);
	#range: () => TimeRange;
	#filters: () => TraceFilters;
	#older: AbortController | null = null;

	constructor(range: () => TimeRange, filters: () => TraceFilters) {
		this.#range = range;
		this.#filters = filters;
		this.feed = new Feed<TraceList>(
			async (signal) => {
				this.asOf = Date.now();
				const page = await api.traces(this.bounds, { ...filters(), limit: PAGE }, signal);
				if (!signal.aborted) this.#begin(page);
				return page;
			},
			() => (this.feed.data?.traces.length === 0 ? EMPTY_MS : NEVER_MS),
		);
	}

	get bounds(): TimeBounds {
		return boundsOf(this.#range(), this.asOf);
	}

	/** There are more than are here. */
	get more(): boolean {
		return this.#next !== null && this.traces.length < MOST_TRACES;
	}

	async readOn(): Promise<void> {
		if (!this.more || this.readingOn) return;
		this.readingOn = true;
		this.olderFailure = null;
		const flight = new AbortController();
		this.#older = flight;
		try {
			const filters = { ...this.#filters(), limit: PAGE, before: this.#next };
			const page = await api.traces(this.bounds, filters, flight.signal);
			if (flight.signal.aborted) return;
			const known = new Set(this.traces.map(({ traceId }) => traceId));
			this.traces = [...this.traces, ...page.traces.filter(({ traceId }) => !known.has(traceId))];
			this.#next = page.next;
		} catch (error) {
			if (flight.signal.aborted) return;
			this.olderFailure = failureOf(error);
		} finally {
			if (!flight.signal.aborted) this.readingOn = false;
		}
	}

	#begin(page: TraceList): void {
		this.#older?.abort();
		this.readingOn = false;
		this.olderFailure = null;
		this.traces = page.traces;
		this.#next = page.next;
	}
}
