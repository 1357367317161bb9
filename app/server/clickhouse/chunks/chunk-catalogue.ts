import { DAY_HOURS, type StoredState } from '../../metrics/chunk-table.ts';
import { epochOf, type Fact, type LogEntry } from './chunk-fact.ts';
import { ChunkLosses } from './chunk-losses.ts';
import type { ChunkPlace } from './chunk-select.ts';
import { MergeMarks } from './merge-marks.ts';

/** Hours that a condition lists; beyond, it gives their bounds. */
const MAX_HOURS = 2_000;
const MAX_HOUR = 0xffffffff;

/** What of the tables counts, as the log says. Conditions hold numbers of ours alone. */
export class ChunkCatalogue {
	state: StoredState = { watermark: null, version: 0, lastSid: 0 };
	/** Places of closed days. */
	readonly closed = new Map<number, number>();
	readonly marks = new MergeMarks();
	readonly losses = new ChunkLosses();
	/** Days that may have rows in `open`. */
	readonly openDays = new Set<number>();
	/** Hours that may have partial rows. */
	readonly partialHours = new Set<number>();
	/** Of each epoch the last piece that counts. */
	readonly #tops = new Map<number, number>();
	/** Pieces that do not count, both included, rising; neighbours are one. */
	#dead: [number, number][] = [];
	readonly #cleared = new Map<number, number>();
	/** Hours fall, so that the first one is the highest. */
	#floors: { hour: number; upTo: number }[] = [];

	/** Entries of one epoch, in any order; what a dead change says does not count. `dead` are such of which no entry says it. */
	static of(entries: readonly LogEntry[], dead: readonly [number, number][] = []): ChunkCatalogue {
		const catalogue = new ChunkCatalogue();
		for (const [from, to] of dead) catalogue.#bury(from, to);
		for (const { facts } of entries)
			for (const fact of facts) if (fact.is === 'dead') catalogue.#bury(fact.from, fact.to);
		for (const entry of [...entries].sort((a, b) => a.piece - b.piece))
			if (!catalogue.#isDead(entry.piece)) catalogue.apply(entry);
		return catalogue;
	}

	apply({ piece, facts }: LogEntry): void {
		for (const fact of facts) this.#add(fact);
		this.#raise(piece);
	}

	/** All that is known, for the first entry of the next epoch. */
	facts(): Fact[] {
		return [
			{ is: 'state', state: this.state },
			...[...this.#tops.values()].map((top): Fact => ({ is: 'epoch', top })),
			...this.#dead.map(([from, to]): Fact => ({ is: 'dead', from, to })),
			...[...this.#cleared].map(([day, upTo]): Fact => ({ is: 'cleared', day, upTo })),
			...this.#floors.map((floor): Fact => ({ is: 'floor', ...floor })),
			...[...this.closed].map(([day, place]): Fact => ({ is: 'closed', day, place })),
			...[...this.marks].map((mark): Fact => ({ is: 'merged', ...mark })),
			...this.losses.facts(),
		];
	}

	/** A change failed: it does not count, whatever became of it. */
	bury(piece: number): void {
		this.#bury(piece, piece);
	}

	/** Forgets what nothing is there for any more; `epochs` are those that have rows. */
	prune(epochs: ReadonlySet<number>): void {
		for (const epoch of this.#tops.keys()) if (!epochs.has(epoch)) this.#tops.delete(epoch);
		this.#dead = this.#dead.filter(([from]) => epochs.has(epochOf(from)));
		for (const day of this.#cleared.keys()) if (!this.openDays.has(day)) this.#cleared.delete(day);
		this.#floors = this.#floors.filter(({ hour }) =>
			[...this.openDays].some((day) => day * DAY_HOURS < hour),
		);
		for (const hour of this.marks.hours()) if (!this.openDays.has(dayOf(hour))) this.marks.forget(hour);
	}

	/** The rows of a day in `open` are gone. */
	emptied(day: number): void {
		this.openDays.delete(day);
		this.#cleared.delete(day);
		for (const hour of this.marks.hours()) if (dayOf(hour) === day) this.marks.forget(hour);
		for (const hour of this.partialHours) if (dayOf(hour) === day) this.partialHours.delete(hour);
	}

	/** Rows (with `piece`) of changes that stand in the log. */
	counted(): string {
		const tops = [...this.#tops];
		if (tops.length === 0) return 'false';
		const top = pieceOf('bitShiftRight(piece, 32)', 'UInt64', tops);
		return [
			`piece <= ${top}`,
			...this.#dead.map(([from, to]) => `NOT (piece BETWEEN ${from} AND ${to})`),
		].join(' AND ');
	}

	/** Merged rows of `open` that count. */
	merged(fromDay: number, toDay: number): string {
		const places = this.#openOnes(this.closed, fromDay, toDay);
		return `merged = 1 AND ${this.#inOpen(fromDay, toDay)} AND ${aboveDay(places)}`;
	}

	/** Partial rows of `open` that count. */
	partial(fromHour: number, toHour: number): string {
		const hours = [...this.partialHours].filter((hour) => hour >= fromHour && hour <= toHour);
		if (hours.length === 0) return 'false';
		const isAsked = (hour: number) => hour >= fromHour && hour <= toHour && this.partialHours.has(hour);
		const list = hours.length > MAX_HOURS ? `hour BETWEEN ${fromHour} AND ${toHour}` : `hour IN (${hours})`;
		const inOpen = this.#inOpen(dayOf(fromHour), dayOf(toHour));
		return `merged = 0 AND ${list} AND ${inOpen} AND ${this.marks.condition(isAsked)}`;
	}

	/** Conditions on rows of `open` that count: merged ones, and partial ones. */
	open(fromHour: number, toHour: number): [merged: string, partial: string] {
		return [this.merged(dayOf(fromHour), dayOf(toHour)), this.partial(fromHour, toHour)];
	}

	/** All rows that count. */
	places(fromHour = 0, toHour = MAX_HOUR, asked = 'true'): ChunkPlace[] {
		const days = this.daysBetween(dayOf(fromHour), dayOf(toHour));
		return [
			...this.openPlaces(fromHour, toHour, asked),
			{ table: 'closed', where: `${this.inPlaces(days)} AND ${asked}` },
		];
	}

	/** Those of open days: merged ones, and partial ones. */
	openPlaces(fromHour = 0, toHour = MAX_HOUR, asked = 'true'): ChunkPlace[] {
		return this.open(fromHour, toHour).map((where) => ({ table: 'open', where: `${where} AND ${asked}` }));
	}

	/** Closed rows, and those of their tiers. */
	inPlaces(days: readonly number[]): string {
		const places = days.map((day) => this.closed.get(day)!);
		if (places.length === 0) return 'false';
		return `day BETWEEN ${Math.min(...days)} AND ${Math.max(...days)} AND place IN (${places})`;
	}

	/** Closed days of a range, rising. */
	daysBetween(fromDay: number, toDay: number): number[] {
		return [...this.closed.keys()].filter((day) => day >= fromDay && day <= toDay).sort((a, b) => a - b);
	}

	#inOpen(fromDay: number, toDay: number): string {
		return [
			`day BETWEEN ${fromDay} AND ${toDay}`,
			this.counted(),
			aboveDay(this.#openOnes(this.#cleared, fromDay, toDay)),
			...this.#floors.map(({ hour, upTo }) => `NOT (hour < ${hour} AND piece <= ${upTo})`),
		].join(' AND ');
	}

	#openOnes(of: ReadonlyMap<number, number>, fromDay: number, toDay: number): [number, number][] {
		return [...of].filter(([day]) => day >= fromDay && day <= toDay && this.openDays.has(day));
	}

	#add(fact: Fact): void {
		this.losses.add(fact);
		switch (fact.is) {
			case 'state':
				this.state = fact.state;
				break;
			case 'merged':
				this.marks.add(fact.hour, fact);
				break;
			case 'closed':
				this.closed.set(fact.day, fact.place);
				break;
			case 'cleared':
				this.#cleared.set(fact.day, fact.upTo);
				this.closed.delete(fact.day);
				break;
			case 'floor':
				this.#floors = [...this.#floors.filter(({ hour }) => hour > fact.hour), fact];
				for (const [day, place] of this.closed)
					if ((day + 1) * DAY_HOURS <= fact.hour && place <= fact.upTo) this.closed.delete(day);
				break;
			case 'dead':
				this.#bury(fact.from, fact.to);
				break;
			case 'epoch':
				this.#raise(fact.top);
		}
	}

	#raise(piece: number): void {
		const epoch = epochOf(piece);
		this.#tops.set(epoch, Math.max(piece, this.#tops.get(epoch) ?? 0));
	}

	#bury(from: number, to: number): void {
		const ranges: [number, number][] = [];
		for (const [a, b] of [...this.#dead, [from, to] as const].sort((x, y) => x[0] - y[0])) {
			const last = ranges.at(-1);
			if (last && a <= last[1] + 1) last[1] = Math.max(last[1], b);
			else ranges.push([a, b]);
		}
		this.#dead = ranges;
	}

	#isDead(piece: number): boolean {
		return this.#dead.some(([from, to]) => piece >= from && piece <= to);
	}
}

export function dayOf(hour: number): number {
	return Math.floor(hour / DAY_HOURS);
}

/** Rows of pieces above that of their day; a day without one has all of them. */
function aboveDay(pieces: readonly [number, number][]): string {
	return pieces.length === 0 ? 'true' : `piece > ${pieceOf('day', 'UInt32', pieces)}`;
}

/** The piece that belongs to a key, or 0. */
function pieceOf(key: string, type: string, pieces: readonly [number, number][]): string {
	const list = (column: number, of: string) => `CAST([${pieces.map((it) => it[column])}], 'Array(${of})')`;
	return `transform(${key}, ${list(0, type)}, ${list(1, 'UInt64')}, toUInt64(0))`;
}
