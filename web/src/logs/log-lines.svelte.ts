import { api, type TimeBounds } from '../api/client.ts';
import type { ApiFailure } from '../api/failure.ts';
import type { LogFilters, LogList, LogRecord } from '../api/log-types.ts';
import { EMPTY_MS, Feed, failureOf, NEVER_MS } from '../state/feed.svelte.ts';
import { boundsOf, type TimeRange } from '../state/range.ts';
import { merged, unseen } from './log-merge.ts';

/** Lines of one answer. */
const PAGE = 200;
/** Lines that the page holds. Reading on stops there; while the tail runs the oldest are let go. */
export const MOST_LINES = 20_000;
const TAIL_PAGE = 1000;
/** Answers of one round of the tail; what does not fit is left out, and said so. */
const TAIL_PAGES = 3;
const TAIL_MS = 2000;
/** Answers that are read to find the line that an address names. */
const REACH_PAGES = 5;
/** Lines may arrive this much later than they were written. */
const LATE_MS = 10_000;

/** The lines of one question: the newest, older ones as they are scrolled to, new ones as they come. */
export class LogLines {
	/** The first answer, with the states that all pages have. */
	readonly feed: Feed<LogList>;
	lines: LogRecord[] = $state.raw([]);
	/** Came while the reader was further down. At most MOST_LINES, the newest. */
	waiting: LogRecord[] = $state.raw([]);
	/** Cursor to older lines. */
	next: string | null = $state.raw(null);
	readingOn = $state(false);
	/** Why older lines could not be had. */
	olderFailure: ApiFailure | null = $state.raw(null);
	/** Why the tail has nothing new, ms since when. */
	tailFailure: { failure: ApiFailure; since: number } | null = $state.raw(null);
	/** The tail could not follow: some lines are not shown. */
	leftOut = $state(false);
	/** The oldest were let go. */
	letGo = $state(false);
	/** The moment that "up to now" means for the lines shown, ms. */
	asOf = $state(Date.now());
	/** How often the lines were replaced by those of another answer. */
	round = $state(0);
	/** The range of the lines that the list showed last: the list itself goes while another question is loading. */
	rangeShown = '';
	/** Ids of `lines` and `waiting`. */
	#seen = new Set<string>();
	#range: () => TimeRange;
	#filters: () => LogFilters;
	#older: AbortController | null = null;

	constructor(range: () => TimeRange, filters: () => LogFilters) {
		this.#range = range;
		this.#filters = filters;
		this.feed = new Feed<LogList>(
			async (signal) => {
				this.asOf = Date.now();
				const page = await api.logs(this.bounds, { ...filters(), limit: PAGE }, signal);
				if (!signal.aborted) this.#begin(page);
				return page;
			},
			// A page that holds lines asks nothing by itself: rows must not move under a reader.
			() => (this.feed.data?.logs.length === 0 ? EMPTY_MS : NEVER_MS),
		);
	}

	get bounds(): TimeBounds {
		return boundsOf(this.#range(), this.asOf);
	}

	#begin(page: LogList): void {
		this.#older?.abort();
		this.#older = null;
		this.#seen = new Set(page.logs.map(({ id }) => id));
		this.lines = page.logs;
		this.next = page.next;
		this.waiting = [];
		this.readingOn = false;
		this.olderFailure = null;
		this.leftOut = false;
		this.letGo = false;
		this.round++;
	}

	/** Index of a line, reading on for it a few times; -1 when it is not among those. */
	async reach(id: string): Promise<number> {
		const { round } = this;
		for (let page = 0; ; page++) {
			const index = this.lines.findIndex((line) => line.id === id);
			if (index >= 0 || page === REACH_PAGES || this.next === null || round !== this.round) return index;
			const before = this.lines;
			await this.readOn();
			if (this.lines === before) return -1;
		}
	}

	/** Reads the next older lines, unless that is under way or there are none. */
	async readOn(): Promise<void> {
		if (this.readingOn || this.next === null || this.lines.length >= MOST_LINES) return;
		const flight = new AbortController();
		this.#older = flight;
		this.readingOn = true;
		try {
			const asked = { ...this.#filters(), limit: PAGE, before: this.next };
			const page = await api.logs(this.bounds, asked, flight.signal);
			if (flight.signal.aborted) return;
			const found = unseen(page.logs, this.#seen);
			for (const { id } of found) this.#seen.add(id);
			this.lines = [...this.lines, ...found];
			this.next = page.next;
			this.olderFailure = null;
		} catch (error) {
			if (flight.signal.aborted) return;
			this.olderFailure = failureOf(error);
		}
		this.readingOn = false;
	}

	/** Asks for new lines again and again. `held` says whether they wait instead of moving the rows. Returns the stop. */
	tail(held: () => boolean): () => void {
		const stop = new AbortController();
		const round = async () => {
			if (!document.hidden && this.feed.data !== null) await this.#follow(held, stop.signal);
			if (!stop.signal.aborted) timer = setTimeout(round, TAIL_MS);
		};
		let timer = setTimeout(round, 0);
		return () => {
			stop.abort();
			clearTimeout(timer);
			this.tailFailure = null;
		};
	}

	/** Puts the waiting lines among the others. */
	show(): void {
		if (this.waiting.length === 0) return;
		this.#keep(merged(this.lines, this.waiting, MOST_LINES + 1));
		this.waiting = [];
	}

	async #follow(held: () => boolean, signal: AbortSignal): Promise<void> {
		const newest = this.waiting[0]?.time ?? this.lines[0]?.time ?? this.bounds.from;
		const bounds = { from: newest - LATE_MS, to: Date.now() + LATE_MS };
		const found: LogRecord[] = [];
		try {
			let before: string | null = null;
			for (let page = 0; page < TAIL_PAGES; page++) {
				const asked: LogFilters & { limit: number; before: string | null } = {
					...this.#filters(),
					limit: TAIL_PAGE,
					before,
				};
				const answer: LogList = await api.logs(bounds, asked, signal);
				if (signal.aborted) return;
				found.push(...answer.logs);
				before = answer.next;
				if (before === null) break;
			}
			if (before !== null) this.leftOut = true;
			this.tailFailure = null;
		} catch (error) {
			if (signal.aborted) return;
			this.tailFailure = { failure: failureOf(error), since: this.tailFailure?.since ?? Date.now() };
			return;
		}
		const fresh = unseen(found, this.#seen);
		if (fresh.length === 0) return;
		for (const { id } of fresh) this.#seen.add(id);
		if (held()) this.waiting = merged(this.waiting, fresh, MOST_LINES);
		else this.#keep(merged(this.lines, fresh, MOST_LINES + 1));
	}

	/** Takes lines as those that are shown, and lets the oldest go when there are too many. */
	#keep(lines: LogRecord[]): void {
		if (lines.length > MOST_LINES) {
			this.lines = lines.slice(0, MOST_LINES);
			this.next = null;
			this.letGo = true;
			this.#seen = new Set(this.lines.map(({ id }) => id));
		} else this.lines = lines;
	}
}
