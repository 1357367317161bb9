import type { Clock } from '../../clock.ts';
import type { Logger } from '../../logging/logger.ts';
import type { Faults } from '../faults.ts';
import { type ChunkCodec, HOUR_MS } from './chunk-codec.ts';
import { type ChunkTable, DAY_HOURS } from './chunk-table.ts';
import { closeDays } from './day-close.ts';
import type { HeadPair } from './head-pair.ts';
import { mergeClosedHours } from './hour-merge.ts';
import { DEFAULT_RETENTION_MS, Retention } from './retention.ts';
import type { SeriesIndex } from './series-index.ts';
import { DAY_MS } from './tier-rows.ts';

export interface UpkeepOptions {
	table: ChunkTable;
	chunkCodec: ChunkCodec;
	index: SeriesIndex;
	heads: HeadPair;
	clock: Clock;
	log: Logger;
	faults: Faults;
	/** As ChunkStoreOptions. */
	retentionMs?: number | null;
	maxBytes?: number | null;
	/** Runs what must not meet a write of the head. */
	exclusive(run: () => Promise<void>): Promise<void>;
	signal: AbortSignal;
}

export interface UpkeepStats {
	mergedHours: number;
	closedDays: number;
	/** Chunks that could not be decoded. */
	refusedChunks: number;
	droppedRows: number;
	/** Days that went because of their size. */
	droppedDays: number;
	/** What the table takes up on disk, as of the last look, every hour; null before the first. */
	bytes: number | null;
}

/** An hour counts as closed this long after its end: late samples are rare then. */
const CLOSE_GRACE_MS = 10 * 60_000;
/** A day counts as over this long after its end ... */
const DAY_GRACE_MS = 3_600_000;
/** ... and when nothing was written to it for so long: each close writes the day anew. */
const DAY_QUIET_MS = 30 * 60_000;

/** Keeps the chunk table in shape: merges hours that are closed, closes days, and drops what the retention leaves out. */
export class Upkeep {
	readonly #o: UpkeepOptions;
	readonly #retention: Retention;
	#lastRetention = 0;
	/** When a day was written to last. One entry a day, until it is closed. */
	readonly #written = new Map<number, number>();
	readonly #stats = { mergedHours: 0, closedDays: 0, refusedChunks: 0 };

	constructor(o: UpkeepOptions) {
		this.#o = o;
		const { table, log, retentionMs = DEFAULT_RETENTION_MS, maxBytes = null } = o;
		this.#retention = new Retention({ table, log, retentionMs, maxBytes });
	}

	/** Chunks of these hours were written. */
	wrote(hours: Uint32Array): void {
		const now = this.#o.clock.now();
		for (const hour of hours) this.#written.set(Math.floor(hour / DAY_HOURS), now);
	}

	/** Does a bounded part of it; resolves with whether there is more to do. */
	async run(): Promise<boolean> {
		const { table, chunkCodec, clock, index, signal } = this.#o;
		const now = clock.now();
		const merged = await mergeClosedHours({
			table,
			codec: chunkCodec,
			beforeHour: Math.floor((now - CLOSE_GRACE_MS) / HOUR_MS),
			lastSid: index.lastSid,
			signal,
			pause: () => clock.sleep(0),
		});
		this.#stats.mergedHours += merged.hours;
		this.#stats.refusedChunks += merged.refused;
		// Before days are written anew for nothing.
		if (now - this.#lastRetention >= HOUR_MS) {
			this.#lastRetention = now;
			await this.#o.exclusive(() => this.#dropOld(now));
		}
		const closed = await closeDays({
			table,
			codec: chunkCodec,
			beforeDay: Math.floor((now - DAY_GRACE_MS) / DAY_MS),
			waits: (day) => now - (this.#written.get(day) ?? 0) < DAY_QUIET_MS,
			signal,
			midway: () => this.#o.faults.reach('during-day-close'),
		});
		this.#stats.closedDays += closed.days;
		this.#stats.refusedChunks += closed.refused;
		for (const [day, at] of this.#written) if (now - at >= DAY_QUIET_MS) this.#written.delete(day);
		return merged.more || closed.more;
	}

	/** Share of its bound that the table takes up; 0 without one. */
	get fill(): number {
		return this.#retention.fill;
	}

	stats(): UpkeepStats {
		const { bytes, droppedRows, droppedDays } = this.#retention;
		return { ...this.#stats, bytes, droppedRows, droppedDays };
	}

	async #dropOld(now: number): Promise<void> {
		const { table, faults, index, heads } = this.#o;
		if (!(await this.#retention.apply(now))) return;
		faults.reach('during-retention');
		const used = await table.sidsInUse();
		const unused = Uint32Array.from(index.sids()).filter((sid) => !used.has(sid));
		const held = heads.held(unused);
		const gone = [...unused].filter((sid) => !held.has(sid));
		index.remove(gone);
		await table.dropSeries(gone);
	}
}
