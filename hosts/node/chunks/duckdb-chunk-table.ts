import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import {
	type ChunkRows,
	type ChunkTable,
	DAY_HOURS,
	type DayRows,
	type LentRows,
	type LostData,
	type SeriesHours,
	type TableWrite,
	type TierRows,
} from '../../../app/server/metrics/chunk-table.ts';
import { Turns } from '../../../app/server/metrics/turns.ts';
import type { MetricMetadata } from '../../../app/telemetry/metadata.ts';
import { appendChunks, appendSeries, hourOrder } from './chunk-appender.ts';
import { ChunkResult, queryHours, queryRows, TierResult } from './chunk-query.ts';
import { COLUMNS, inDay, unionOf } from './chunk-sql.ts';
import { CorruptFolder, isDamage } from './damage.ts';
import { DayCloser } from './day-closer.ts';
import { DayFolder, MAX_OPEN_DAYS, UnreadableDay } from './day-folder.ts';
import { tierTable } from './day-writer.ts';
import { HOT_PLACE, lostDay, reconcile, rememberLost } from './hot-days.ts';
import { HotFile } from './hot-file.ts';
import { readHot } from './hot-read.ts';
import { isDense, sidFilter } from './sid-filter.ts';
import { sqlText } from './sql-text.ts';

/** Files that one question may find damaged. */
const MAX_MENDS = 100;
/** What is kept of the memory of a read. */
const MAX_KEPT_BYTES = 8 * 1024 * 1024;
/** Series that are forgotten in one statement. */
const MAX_LISTED = 2_000;

export interface DuckdbChunkTableOptions {
	/** Ms since the epoch; names files that are moved aside, and bounds what a lost hot file may have held. */
	now?: () => number;
	/** Told of what is found to be lost after `load`. */
	onLost?: (lost: LostData) => void;
}

/**
 * ChunkTable in DuckDB files: `hot.duckdb` and one of each closed day. Serves Node and Deno (N-API). Layout: docs/formats.md.
 * Damaged files are moved aside, and what was in them is told as lost; nothing else stops.
 */
export class DuckdbChunkTable implements ChunkTable {
	readonly #hot: HotFile;
	readonly #days: DayFolder;
	readonly #closer: DayCloser;
	readonly #now: () => number;
	readonly #onLost: (lost: LostData) => void;
	/** What changes merged rows comes one after the other: a day that closes finds them as they were. */
	readonly #shaping = new Turns();
	readonly #mends = new Turns();
	/** What newer programs wrote: said, and not written down. */
	readonly #newer: LostData[];
	/** Memory for the next read. */
	#spare: ChunkResult | undefined;
	#closing: Promise<void> | null = null;
	/** Rows by day in the hot file, and of which commit. */
	#open: { commits: number; merged: Map<number, number>; all: Map<number, number> } | null = null;

	private constructor(o: {
		hot: HotFile;
		days: DayFolder;
		closer: DayCloser;
		newer: LostData[];
		now: () => number;
		onLost: (lost: LostData) => void;
	}) {
		this.#hot = o.hot;
		this.#days = o.days;
		this.#closer = o.closer;
		this.#newer = o.newer;
		this.#now = o.now;
		this.#onLost = o.onLost;
		this.#hot.onDamage = async (writer, damage) => {
			const found = { writer, folder: this.#days, isNew: false, damage, now: this.#now() };
			for (const lost of (await reconcile(found)).lost) this.#onLost(lost);
		};
	}

	/** Throws CXR_STORE_LOCKED when another process keeps it open, CXR_STORE_VERSION when a newer one wrote it. */
	static async open(folder: string, o: DuckdbChunkTableOptions = {}): Promise<DuckdbChunkTable> {
		const { now = Date.now, onLost = () => {} } = o;
		await mkdir(folder, { recursive: true, mode: 0o700 });
		const instance = await DuckDBInstance.create(':memory:', {
			threads: '2',
			memory_limit: '128MB',
			temp_directory: join(folder, 'spill'),
		});
		try {
			const corrupt = new CorruptFolder(join(folder, 'corrupt'), now);
			let days: DayFolder | undefined;
			let newer: LostData[] = [];
			const hot = await HotFile.open(join(folder, HOT_PLACE), instance, corrupt, async (found) => {
				// Only now: whoever has the hot file has the folder.
				days ??= await DayFolder.open(join(folder, 'days'), await instance.connect(), corrupt);
				newer = (await reconcile({ ...found, folder: days, now: now() })).newer;
			});
			const closer = new DayCloser(hot, days!, await instance.connect());
			return new DuckdbChunkTable({ hot, days: days!, closer, newer, now, onLost });
		} catch (e) {
			instance.closeSync();
			throw e;
		}
	}

	async load(): ReturnType<ChunkTable['load']> {
		const loaded = await this.#mended([], () => this.#hot.read(readHot));
		this.#hot.inUse = true;
		return { ...loaded, lost: [...loaded.lost, ...this.#newer] };
	}

	append(write: TableWrite, midway?: () => void): Promise<void> {
		return this.#write(async (writer) => {
			// A commit may be durable and still be reported as failed, when the checkpoint after it fails.
			const [held] = await queryRows(writer, 'SELECT version FROM p.state');
			if (held && (held[0] as number) >= write.state.version) return;
			if (write.series.length > 0)
				await appendSeries(writer, { database: 'p', table: 'series' }, write.series);
			// By hour, then series: readers of an hour then touch few row groups.
			const order = hourOrder(write.chunks);
			const target = { database: 'p', table: 'partial' };
			await appendChunks(writer, target, write.chunks, { ...(order && { order }), midway });
			await replaceMetadata(writer, write.metadata);
			const { watermark, version, lastSid } = write.state;
			if (!watermark) throw new Error('BUG: a write without a watermark');
			await writer.run('DELETE FROM p.state');
			await writer.run(
				`INSERT INTO p.state VALUES (${watermark.segment}, ${watermark.offset}, ${version}, ${lastSid})`,
			);
		});
	}

	read(sids: Uint32Array | null, fromHour: number, toHour: number): Promise<LentRows> {
		const days = () => this.#days.days(dayOf(fromHour), dayOf(toHour));
		return this.#mended(days, () =>
			this.#hot.read(async (reader) => {
				const where = `hour BETWEEN ${fromHour} AND ${toHour} AND ${await sidFilter(reader, sids)}`;
				const out = this.#spare ?? new ChunkResult();
				this.#spare = undefined;
				let sources = ['p.m', 'p.partial'];
				for (const batch of batches(days())) {
					sources.push(...batch.map((day) => `${this.#days.database(day)}.m`));
					const sql = unionOf(sources, `SELECT ${COLUMNS}`, where);
					await this.#days.with(batch, () => out.collect(reader, sql, !isDense(sids)));
					sources = [];
				}
				return { ...out.rows(), release: () => this.#keep(out) };
			}),
		);
	}

	/** One result of an everyday size: growing memory costs as much as reading into it. */
	#keep(result: ChunkResult): void {
		result.clear();
		if (result.capacity <= MAX_KEPT_BYTES) this.#spare = result;
	}

	partialHours(beforeHour: number): Promise<number[]> {
		const sql = `SELECT DISTINCT hour FROM p.partial WHERE hour < ${beforeHour} ORDER BY hour`;
		return this.#mended([], () =>
			this.#hot.read(async (reader) => (await queryRows(reader, sql)).map(([hour]) => hour as number)),
		);
	}

	readPartials(hour: number, fromSid: number, toSid: number): Promise<ChunkRows> {
		const sql = `SELECT ${COLUMNS} FROM p.partial WHERE hour = ${hour} AND sid >= ${fromSid} AND sid < ${toSid}`;
		return this.#mended([], () =>
			this.#hot.read(async (reader) => {
				const out = new ChunkResult();
				await out.collect(reader, sql);
				return out.rows();
			}),
		);
	}

	merge(hour: number, fromSid: number, toSid: number, merged: ChunkRows): Promise<void> {
		return this.#shaping.run(() =>
			this.#write(async (writer) => {
				// Only what was read: the head may have added a chunk since.
				const version = merged.versions.reduce((a, b) => Math.max(a, b), 0);
				await writer.run(
					`DELETE FROM p.partial WHERE hour = ${hour} AND sid >= ${fromSid} AND sid < ${toSid} AND version <= ${version}`,
				);
				const order = hourOrder(merged);
				await appendChunks(writer, { database: 'p', table: 'm' }, merged, order && { order });
			}),
		);
	}

	async openDays(beforeDay: number): Promise<number[]> {
		const { merged } = await this.#openRows();
		return rising(merged.keys()).filter((day) => day < beforeDay);
	}

	closeDay(day: number, make: (rows: ChunkRows) => DayRows, midway?: () => void): Promise<void> {
		return this.#shaping.run(async () => {
			const own = this.#days.days(day, day);
			let found: boolean;
			try {
				found = await this.#days.with(own, () => this.#closer.write(day, own, make));
				midway?.();
			} catch (e) {
				await this.#days.discard(day);
				if (e instanceof UnreadableDay || isDamage(e)) await this.#mend(e, own);
				throw e;
			}
			if (!found) return;
			await this.#hot.betweenReads(() => this.#days.replace(day));
			// Should the program die here, its rows are in both: the same samples, which the next try makes one.
			await this.#write(async (writer) => {
				await writer.run(`DELETE FROM p.m WHERE ${inDay(day)}`);
				await writer.run(`DELETE FROM p.days WHERE day = ${day}`);
				await writer.run(`INSERT INTO p.days VALUES (${day})`);
			});
		});
	}

	async readTier(tier: number, sids: Uint32Array | null, fromDay: number, toDay: number): Promise<TierRows> {
		const { all } = await this.#openRows();
		const days = () => this.#days.days(fromDay, toDay).filter((day) => !all.has(day));
		return this.#mended(days, () =>
			this.#hot.read(async (reader) => {
				const where = await sidFilter(reader, sids);
				const out = new TierResult();
				for (const batch of batches(days())) {
					const parts = batch.map(
						(day) =>
							`SELECT sid, ${day}::UINTEGER AS day, rowid::UINTEGER AS piece, data FROM ${this.#days.database(day)}.${tierTable(tier)} WHERE ${where}`,
					);
					if (parts.length === 0) continue;
					await this.#days.with(batch, () => out.collect(reader, parts.join(' UNION ALL ')));
				}
				return out.rows();
			}),
		);
	}

	async closedDays(): Promise<number[]> {
		const { all } = await this.#openRows();
		return this.#days.days().filter((day) => !all.has(day));
	}

	async usage(): Promise<{ day: number; bytes: number }[]> {
		const { all } = await this.#openRows();
		// The file itself never shrinks; what is free in it is used again. What lies in its log only counts as a block.
		const [size] = await this.#hot.read((reader) =>
			queryRows(
				reader,
				`SELECT (greatest(used_blocks, 1) * block_size)::DOUBLE FROM pragma_database_size() WHERE database_name = 'p'`,
			),
		);
		const total = [...all.values()].reduce((a, b) => a + b, 0);
		return rising([...all.keys(), ...this.#days.days()]).map((day) => ({
			day,
			bytes: this.#days.bytes(day) + Math.ceil(((size![0] as number) * (all.get(day) ?? 0)) / (total || 1)),
		}));
	}

	dropBefore(hour: number): Promise<number> {
		return this.#shaping.run(async () => {
			const old = this.#days.days(0, dayOf(hour) - 1);
			let dropped = await this.#rowsOf(old);
			dropped += await this.#write(async (writer) => {
				let rows = 0;
				for (const table of ['m', 'partial']) {
					const result = await writer.run(`DELETE FROM p.${table} WHERE hour < ${hour}`);
					rows += result.rowsChanged;
				}
				await writer.run(`DELETE FROM p.days WHERE day < ${dayOf(hour)}`);
				await writer.run(`DELETE FROM p.lost WHERE to_hour < ${hour}`);
				return rows;
			});
			await this.#remove(old);
			return dropped;
		});
	}

	dropDay(day: number): Promise<void> {
		return this.#shaping.run(async () => {
			await this.#write(async (writer) => {
				for (const table of ['m', 'partial']) await writer.run(`DELETE FROM p.${table} WHERE ${inDay(day)}`);
				await writer.run(`DELETE FROM p.days WHERE day = ${day}`);
				const within = `from_hour >= ${day * DAY_HOURS} AND to_hour < ${(day + 1) * DAY_HOURS}`;
				await writer.run(`DELETE FROM p.lost WHERE ${within}`);
			});
			await this.#remove(this.#days.days(day, day));
		});
	}

	async refilled({ place, fromHour }: LostData): Promise<void> {
		await this.#write(async (writer) => {
			await writer.run(`DELETE FROM p.lost WHERE place = ${sqlText(place)} AND from_hour = ${fromHour}`);
		});
	}

	async *seriesHours(): AsyncGenerator<SeriesHours> {
		// The hot file first: what is closed meanwhile is then seen twice, not never.
		yield await this.#mended([], () =>
			this.#hot.read((reader) =>
				queryHours(reader, 'SELECT sid, hour FROM p.m UNION ALL SELECT sid, hour FROM p.partial'),
			),
		);
		for (const day of this.#days.days()) {
			const own = () => this.#days.days(day, day);
			yield await this.#mended(own, () =>
				this.#hot.read(async (reader) => {
					const [there] = own();
					if (there === undefined)
						return { sids: new Uint32Array(0), first: new Uint32Array(0), last: new Uint32Array(0) };
					return this.#days.with([day], () => queryHours(reader, `${this.#days.database(day)}.m`));
				}),
			);
		}
	}

	sidsInUse(): Promise<Set<number>> {
		const days = () => this.#days.days();
		return this.#mended(days, () =>
			this.#hot.read(async (reader) => {
				const used = new Set<number>();
				let sources = ['p.m', 'p.partial'];
				for (const batch of batches(days())) {
					sources.push(...batch.map((day) => `${this.#days.database(day)}.m`));
					const sql = `SELECT DISTINCT sid FROM (${unionOf(sources, 'SELECT sid', 'true')})`;
					for (const [sid] of await this.#days.with(batch, () => queryRows(reader, sql)))
						used.add(sid as number);
					sources = [];
				}
				return used;
			}),
		);
	}

	async dropSeries(sids: readonly number[]): Promise<void> {
		if (sids.length === 0) return;
		await this.#write(async (writer) => {
			for (let i = 0; i < sids.length; i += MAX_LISTED) {
				const list = sids.slice(i, i + MAX_LISTED).join(',');
				await writer.run(`DELETE FROM p.series WHERE sid IN (${list})`);
			}
		});
	}

	close(): Promise<void> {
		this.#closing ??= this.#close();
		return this.#closing;
	}

	async #close(): Promise<void> {
		await this.#shaping.idle();
		await this.#mends.idle();
		await this.#hot.close(() => {
			this.#closer.close();
			return this.#days.close();
		});
	}

	/** Files of days that are not written down any more. */
	async #remove(days: readonly number[]): Promise<void> {
		for (const day of days) await this.#hot.betweenReads(() => this.#days.remove(day));
	}

	/** Rows of closed days; a file that cannot be read counts as none, it goes anyway. */
	async #rowsOf(days: readonly number[]): Promise<number> {
		let rows = 0;
		for (const day of days) {
			try {
				rows += await this.#days.with([day], () =>
					this.#hot.read(async (reader) => {
						const sql = `SELECT row_count FROM ${this.#days.database(day)}.day`;
						return Number((await queryRows(reader, sql))[0]?.[0] ?? 0);
					}),
				);
			} catch (e) {
				if (!(e instanceof UnreadableDay) && !isDamage(e)) throw e;
			}
		}
		return rows;
	}

	/** Rows in the hot file by day: merged ones, and all. */
	async #openRows(): Promise<{ merged: Map<number, number>; all: Map<number, number> }> {
		const { commits } = this.#hot;
		if (this.#open?.commits === commits) return this.#open;
		const count = (reader: DuckDBConnection, from: string) =>
			queryRows(reader, `SELECT hour // ${DAY_HOURS}, count(*)::DOUBLE FROM ${from} GROUP BY 1`);
		const [merged, partial] = await this.#mended([], () =>
			this.#hot.read(async (reader) => [await count(reader, 'p.m'), await count(reader, 'p.partial')]),
		);
		const open = { commits, merged: new Map<number, number>(), all: new Map<number, number>() };
		for (const [day, rows] of merged!) open.merged.set(day as number, rows as number);
		for (const [day, rows] of [...merged!, ...partial!])
			open.all.set(day as number, (open.all.get(day as number) ?? 0) + (rows as number));
		this.#open = open;
		return open;
	}

	/** A transaction on the hot file; when it finds damage, the next one waits until that is mended. */
	async #write<T>(run: (writer: DuckDBConnection) => Promise<T>): Promise<T> {
		try {
			return await this.#hot.transaction(run);
		} catch (e) {
			if (isDamage(e)) this.#hot.distrust(e);
			throw e;
		}
	}

	/** Runs again without what turned out to be damaged. */
	async #mended<T>(days: readonly number[] | (() => readonly number[]), run: () => Promise<T>): Promise<T> {
		for (let tries = 0; ; tries++) {
			try {
				return await run();
			} catch (e) {
				if (tries === MAX_MENDS || !(e instanceof UnreadableDay || isDamage(e))) throw e;
				await this.#mend(e, typeof days === 'function' ? days() : days);
			}
		}
	}

	/** Takes the damaged file out: the day that the error names, or that of `days` that is, or else the hot one. */
	#mend(error: unknown, days: readonly number[]): Promise<void> {
		return this.#mends.run(async () => {
			const found = error instanceof UnreadableDay ? error : await this.#findDamaged(days);
			if (!found) {
				this.#hot.distrust(error);
				return;
			}
			const { day } = found;
			if (!this.#days.has(day)) return;
			await this.#hot.betweenReads(() => this.#days.setAside(found));
			const lost = lostDay(this.#days, day, found.message);
			if (found.newer) this.#newer.push(lost);
			await this.#write(async (writer) => {
				await writer.run(`DELETE FROM p.days WHERE day = ${day}`);
				if (!found.newer) await rememberLost(writer, [lost]);
			});
			this.#onLost(lost);
		});
	}

	async #findDamaged(days: readonly number[]): Promise<UnreadableDay | null> {
		for (const batch of batches(days)) {
			try {
				const found = await this.#hot.read((reader) =>
					this.#days.with(batch, () => this.#days.findDamaged(reader, batch)),
				);
				if (found) return found;
			} catch (e) {
				if (e instanceof UnreadableDay) return e;
				throw e;
			}
		}
		return null;
	}
}

function dayOf(hour: number): number {
	return Math.floor(hour / DAY_HOURS);
}

function rising(numbers: Iterable<number>): number[] {
	return [...new Set(numbers)].sort((a, b) => a - b);
}

/** Days that are open at once; one batch at least. */
function batches(days: readonly number[]): number[][] {
	const list: number[][] = [days.slice(0, MAX_OPEN_DAYS)];
	for (let i = MAX_OPEN_DAYS; i < days.length; i += MAX_OPEN_DAYS)
		list.push(days.slice(i, i + MAX_OPEN_DAYS));
	return list;
}

async function replaceMetadata(writer: DuckDBConnection, metadata: readonly MetricMetadata[]): Promise<void> {
	if (metadata.length === 0) return;
	for (const { family, type, help, unit } of metadata) {
		await writer.run(`DELETE FROM p.metadata WHERE family = ${sqlText(family)}`);
		const values = [family, type, help, unit].map(sqlText).join(', ');
		await writer.run(`INSERT INTO p.metadata VALUES (${values})`);
	}
}
