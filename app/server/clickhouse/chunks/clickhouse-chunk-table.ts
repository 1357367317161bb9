import { type Logger, silentLogger } from '../../../logging/logger.ts';
import {
	type ChunkRows,
	type ChunkTable,
	DAY_HOURS,
	type DayRows,
	type LostData,
	type SeriesHours,
	type TableWrite,
	TIERS,
	type TierRows,
} from '../../metrics/chunk-table.ts';
import { Turns } from '../../metrics/turns.ts';
import { type Engine, EngineError } from '../engine.ts';
import { engineFailure } from '../engine-failure.ts';
import { dayOf } from './chunk-catalogue.ts';
import { insertClosed, insertGone, insertMetadata, insertOpen, insertSeries } from './chunk-insert.ts';
import { ChunkLog } from './chunk-log.ts';
import {
	type ChunkPlace,
	selectChunks,
	selectHours,
	selectMetadata,
	selectSeries,
	selectSids,
	selectTier,
	sliceSids,
} from './chunk-select.ts';
import { sweepPlace, sweepPlaces } from './chunk-sweep.ts';
import { ChunkTables } from './chunk-tables.ts';
import { narrowPartialHours } from './chunk-takeover.ts';
import { partsAside, placeOf, setAsideDamaged, trimAside, withoutDamaged } from './damaged-parts.ts';
import { lossFacts } from './loss-facts.ts';
import { sidCondition } from './sid-condition.ts';

const MAX_HOUR = 0xffffffff;

export interface ClickhouseChunkTableOptions {
	/** Of the log before it is written anew; default 5 000. */
	maxEntries?: number;
	/** Ms since the epoch; bounds what a part of today may have held. */
	now?: () => number;
	/** Told of what is found to be lost after `load`. */
	onLost?: (lost: LostData) => void;
	log?: Logger;
}

/**
 * ChunkTable in ClickHouse. Layout, and how changes become whole without transactions: docs/formats.md. Every method rejects with
 * CXR_ENGINE_AWAY or CXR_ENGINE_FAILED when the engine does not do its part, changes with CXR_STORE_LOCKED when a server that started
 * later has the tables. Parts that the engine sets aside as damaged, or fails to read, are told as lost; nothing else stops.
 */
export class ClickhouseChunkTable implements ChunkTable {
	readonly #tables: ChunkTables;
	readonly #log: ChunkLog;
	readonly #o: Required<Omit<ClickhouseChunkTableOptions, 'maxEntries'>>;
	/** What changes merged rows comes one after the other: a day that closes finds them as they were. */
	readonly #shaping = new Turns();
	/** Reads that go on: what they look at is not dropped under them. */
	readonly #reading: Set<Promise<unknown>>;
	/** Rows that count of days in `open`, and of which change. */
	#open: { changes: number; rows: Map<number, { merged: number; all: number }> } | null = null;

	private constructor(
		tables: ChunkTables,
		log: ChunkLog,
		reading: Set<Promise<unknown>>,
		o: Required<Omit<ClickhouseChunkTableOptions, 'maxEntries'>>,
	) {
		this.#tables = tables;
		this.#log = log;
		this.#o = o;
		this.#reading = reading;
	}

	/** Makes the tables, and takes over from whoever had them. Throws CXR_ENGINE_SCHEMA, CXR_STORE_LOCKED. */
	static async open(
		engine: Engine,
		database: string,
		{ maxEntries, now = Date.now, onLost = () => {}, log = silentLogger }: ClickhouseChunkTableOptions = {},
	): Promise<ClickhouseChunkTable> {
		const tables = new ChunkTables(engine, database);
		const reading = new Set<Promise<unknown>>();
		return said(database, async () => {
			const changes = await ChunkLog.open(tables, { reading, maxEntries, now, log });
			return new ClickhouseChunkTable(tables, changes, reading, { now, onLost, log });
		});
	}

	load(): ReturnType<ChunkTable['load']> {
		return this.#read(async () => {
			const { catalogue, epoch } = this.#log;
			const series = await selectSeries(this.#tables, catalogue.counted());
			const metadata = await selectMetadata(this.#tables, catalogue, epoch);
			return { series, metadata, state: { ...catalogue.state }, lost: catalogue.losses.all() };
		});
	}

	append({ series, chunks, metadata, state }: TableWrite, midway?: () => void): Promise<void> {
		return this.#say(() =>
			this.#log.change(async (piece) => {
				const { catalogue } = this.#log;
				if (catalogue.state.version >= state.version) return null;
				if (!state.watermark) throw new Error('BUG: a write without a watermark');
				await insertSeries(this.#tables, series, piece);
				await insertMetadata(this.#tables, metadata, piece);
				for (const hour of chunks.hours) {
					catalogue.openDays.add(dayOf(hour));
					catalogue.partialHours.add(hour);
				}
				await insertOpen(this.#tables, chunks, { merged: false, piece });
				midway?.();
				return [{ is: 'state', state }];
			}),
		);
	}

	read(sids: Uint32Array | null, fromHour: number, toHour: number): Promise<ChunkRows> {
		return this.#read(() => {
			const { catalogue } = this.#log;
			const asked = `hour BETWEEN ${fromHour} AND ${toHour} AND ${sidCondition(sids)}`;
			return selectChunks(this.#tables, catalogue.places(fromHour, toHour, asked));
		});
	}

	partialHours(beforeHour: number): Promise<number[]> {
		return this.#say(async () => {
			// Upkeep begins with this: when the engine was started again, it may have set parts aside.
			await this.#noteAside();
			// No change runs meanwhile: what is not found is merged.
			await this.#mended(() => this.#log.alone(() => narrowPartialHours(this.#tables, this.#log.catalogue)));
			return [...this.#log.catalogue.partialHours].filter((hour) => hour < beforeHour).sort((a, b) => a - b);
		});
	}

	readPartials(hour: number, fromSid: number, toSid: number): Promise<ChunkRows> {
		return this.#read(() => {
			const where = `${this.#log.catalogue.partial(hour, hour)} AND sid >= ${fromSid} AND sid < ${toSid}`;
			return selectChunks(this.#tables, [{ table: 'open', where }]);
		});
	}

	merge(hour: number, fromSid: number, toSid: number, merged: ChunkRows): Promise<void> {
		return this.#shape(() =>
			this.#log.change(async (piece) => {
				this.#log.catalogue.openDays.add(dayOf(hour));
				await insertOpen(this.#tables, merged, { merged: true, piece });
				// Only what was read: the head may have added a chunk since.
				const version = merged.versions.reduce((a, b) => Math.max(a, b), 0);
				return [{ is: 'merged', hour, from: fromSid, to: toSid, version }];
			}),
		);
	}

	async openDays(beforeDay: number): Promise<number[]> {
		const rows = await this.#openRows();
		const days = [...rows.keys()].filter((day) => rows.get(day)!.merged > 0);
		return rising([...new Set([...days, ...this.#log.catalogue.losses.untiered])]).filter(
			(day) => day < beforeDay,
		);
	}

	closeDay(day: number, make: (rows: ChunkRows) => DayRows, midway?: () => void): Promise<void> {
		return this.#shape(async () => {
			await this.#log.ready();
			const place = this.#log.nextPiece();
			this.#log.unfinished.add(place);
			let isWhole = false;
			try {
				if (!(await this.#writeDay(day, place, make))) return;
				midway?.();
				isWhole = true;
				await this.#log.change(async () => [{ is: 'closed', day, place }]);
			} catch (e) {
				// The next try goes without it.
				if (await setAsideDamaged(this.#tables, e)) await this.#noteAside();
				throw e;
			} finally {
				this.#log.unfinished.delete(place);
				// One that is whole stays: whether the log has it nobody knows when that failed.
				if (!isWhole) await sweepPlace(this.#tables, day, place).catch(() => {});
			}
			await this.#sweep([day]);
		});
	}

	/** Writes the place of a day; false when the day has no rows. */
	async #writeDay(day: number, place: number, make: (rows: ChunkRows) => DayRows): Promise<boolean> {
		const { catalogue } = this.#log;
		const places = (asked: string): ChunkPlace[] => [
			{ table: 'open', where: `${catalogue.merged(day, day)} AND ${asked}` },
			{ table: 'closed', where: `${catalogue.inPlaces(catalogue.daysBetween(day, day))} AND ${asked}` },
		];
		const slices = await sliceSids(this.#tables, places('true'));
		for (const [from, to] of slices) {
			const rows = await selectChunks(this.#tables, places(`sid BETWEEN ${from} AND ${to}`));
			await insertClosed(this.#tables, make(rows), { day, place });
		}
		return slices.length > 0;
	}

	async readTier(tier: number, sids: Uint32Array | null, fromDay: number, toDay: number): Promise<TierRows> {
		const rows = await this.#openRows();
		return this.#read(() => {
			if (TIERS[tier] === undefined) throw new Error(`BUG: tier ${tier}`);
			const { catalogue } = this.#log;
			const days = catalogue.daysBetween(fromDay, toDay).filter((day) => this.#hasTiers(day, rows));
			const where = `tier = ${tier} AND ${catalogue.inPlaces(days)} AND ${sidCondition(sids)}`;
			return selectTier(this.#tables, where);
		});
	}

	async closedDays(): Promise<number[]> {
		const rows = await this.#openRows();
		return this.#log.catalogue.daysBetween(0, MAX_HOUR).filter((day) => this.#hasTiers(day, rows));
	}

	#hasTiers(day: number, rows: ReadonlyMap<number, unknown>): boolean {
		return !rows.has(day) && !this.#log.catalogue.losses.untiered.has(day);
	}

	async usage(): Promise<{ day: number; bytes: number }[]> {
		const rows = await this.#openRows();
		return this.#read(async () => {
			const { closed } = this.#log.catalogue;
			const bytes = new Map<number, number>();
			for (const table of ['open', 'closed', 'tiers'] as const) {
				for (const { key, bytes: size } of await this.#tables.partitions(table)) {
					const day = key[0]!;
					if (rows.has(day) || closed.has(day)) bytes.set(day, (bytes.get(day) ?? 0) + size);
				}
			}
			return rising([...bytes.keys()]).map((day) => ({ day, bytes: bytes.get(day)! }));
		});
	}

	dropBefore(hour: number): Promise<number> {
		return this.#shape(async () => {
			const { catalogue } = this.#log;
			const old = catalogue.daysBetween(0, dayOf(hour) - 1);
			const places = catalogue.openPlaces(0, hour - 1, `hour < ${hour}`);
			places.push({ table: 'closed', where: catalogue.inPlaces(old) });
			const counts = places.map(
				({ table, where }) => `SELECT count() AS n FROM ${this.#tables.name(table)} WHERE ${where}`,
			);
			const [found] = await this.#mended(() =>
				this.#tables.numbers<'n'>(`SELECT sum(n) AS n FROM (${counts.join(' UNION ALL ')})`),
			);
			const dropped = found?.n ?? 0;
			const isForgotten = catalogue.losses.all().some(({ toHour }) => toHour < hour);
			if (dropped === 0 && !isForgotten) return 0;
			const days = [...catalogue.openDays].filter((day) => day * DAY_HOURS < hour);
			await this.#log.change(async (upTo) => [{ is: 'floor', hour, upTo }]);
			await this.#sweep([...days, ...old]);
			return dropped;
		});
	}

	dropDay(day: number): Promise<void> {
		return this.#shape(async () => {
			await this.#log.change(async (upTo) => [{ is: 'cleared', day, upTo }]);
			await this.#sweep([day]);
		});
	}

	refilled({ place, fromHour }: LostData): Promise<void> {
		return this.#say(() => this.#log.change(async () => [{ is: 'refilled', place, fromHour }]));
	}

	async *seriesHours(): AsyncGenerator<SeriesHours> {
		// Open days first: what is closed meanwhile is then seen twice, not never.
		yield await this.#read(() => selectHours(this.#tables, this.#log.catalogue.openPlaces()));
		for (const day of this.#log.catalogue.daysBetween(0, MAX_HOUR)) {
			yield await this.#read(() => {
				const { catalogue } = this.#log;
				const where = catalogue.inPlaces(catalogue.daysBetween(day, day));
				return selectHours(this.#tables, [{ table: 'closed', where }]);
			});
		}
	}

	sidsInUse(): Promise<Set<number>> {
		return this.#read(async () => {
			return new Set(await selectSids(this.#tables, this.#log.catalogue.places()));
		});
	}

	async dropSeries(sids: readonly number[]): Promise<void> {
		if (sids.length === 0) return;
		await this.#say(async () => {
			await this.#log.ready();
			await insertGone(this.#tables, Uint32Array.from(sids), this.#log.nextPiece());
		});
	}

	async close(): Promise<void> {
		await this.#shaping.idle();
		await this.#log.idle();
		await Promise.allSettled(this.#reading);
	}

	/** Rows that count of days in `open`. */
	async #openRows(): Promise<Map<number, { merged: number; all: number }>> {
		const { changes } = this.#log;
		if (this.#open?.changes === changes) return this.#open.rows;
		return this.#read(async () => {
			const counts = this.#log.catalogue
				.openPlaces()
				.map(
					({ table, where }) =>
						`SELECT day, countIf(merged = 1) AS m, count() AS n FROM ${this.#tables.name(table)} WHERE ${where} GROUP BY day`,
				);
			const found = await this.#tables.numbers<'day' | 'm' | 'n'>(
				`SELECT day, sum(m) AS m, sum(n) AS n FROM (${counts.join(' UNION ALL ')}) GROUP BY day`,
			);
			const rows = new Map(found.map(({ day, m, n }) => [day, { merged: m, all: n }]));
			this.#open = { changes, rows };
			return rows;
		});
	}

	/** After a change of these days: drops what does not count any more, once nobody reads it. What fails here is done by the next start. */
	async #sweep(days: readonly number[]): Promise<void> {
		await Promise.allSettled(this.#reading);
		const { catalogue, unfinished } = this.#log;
		try {
			await sweepPlaces(this.#tables, catalogue, days, unfinished);
			await this.#log.sweep(days);
		} catch (e) {
			if (!(e instanceof EngineError)) throw e;
		}
	}

	/** Writes down what parts that lie aside cost, and tells it; parts of the log are seen to by the next epoch. */
	async #noteAside(): Promise<void> {
		const aside = await partsAside(this.#tables);
		const isNoted = () => aside.every((part) => this.#log.catalogue.losses.noted.has(placeOf(part)));
		if (isNoted()) return;
		if (aside.some((part) => part.table === 'log' && part.key[0] === this.#log.epoch)) this.#log.renewNext();
		const before = new Set(this.#log.catalogue.losses.all().map((lost) => JSON.stringify(lost)));
		await this.#log.change(async () => {
			if (isNoted()) return null;
			const { unfinished, catalogue } = this.#log;
			return lossFacts(this.#tables, catalogue, { ...this.#o, aside, unfinished, now: this.#o.now() });
		});
		for (const lost of this.#log.catalogue.losses.all())
			if (!before.has(JSON.stringify(lost))) this.#o.onLost(lost);
		await trimAside(this.#tables, aside).catch(() => {});
	}

	/** Work that meets damage is done again without what was damaged. */
	#mended<T>(work: () => Promise<T>): Promise<T> {
		return withoutDamaged(this.#tables, work, () => this.#noteAside());
	}

	#read<T>(work: () => Promise<T>): Promise<T> {
		// Mending waits for changes, and changes for reads: it is no part of the read.
		return this.#say(() => this.#mended(() => this.#tracked(work)));
	}

	#tracked<T>(work: () => Promise<T>): Promise<T> {
		const read = work();
		this.#reading.add(read);
		const done = () => this.#reading.delete(read);
		read.then(done, done);
		return read;
	}

	#shape<T>(work: () => Promise<T>): Promise<T> {
		return this.#shaping.run(() => this.#say(work));
	}

	#say<T>(work: () => Promise<T>): Promise<T> {
		return said(this.#tables.database, work);
	}
}

/** Errors of the engine say of what. */
async function said<T>(database: string, work: () => Promise<T>): Promise<T> {
	try {
		return await work();
	} catch (e) {
		if (e instanceof EngineError) throw engineFailure(e, `Chunk store, database ${database}: `);
		throw e;
	}
}

function rising(numbers: readonly number[]): number[] {
	return [...numbers].sort((a, b) => a - b);
}
