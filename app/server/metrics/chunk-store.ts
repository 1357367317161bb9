import { CoreError } from '../../../core-as/facade/index.ts';
import type { Clock } from '../../clock.ts';
import { comparePositions, type Position, type SpoolRecord } from '../../delivery/record.ts';
import type { Spool } from '../../delivery/spool.ts';
import type { Logger } from '../../logging/logger.ts';
import type { Matcher } from '../../telemetry/labels.ts';
import type { MetricMetadata } from '../../telemetry/metadata.ts';
import type { SeriesColumns } from '../../telemetry/series.ts';
import { ServerError } from '../errors.ts';
import type { Faults } from '../faults.ts';
import type { BlockCodec } from '../ingest/metric-block.ts';
import { addTo, type StageStats } from '../stage.ts';
import type { ChunkCodec } from './chunk-codec.ts';
import type { ChunkTable, LostData, StoredState, TableWrite } from './chunk-table.ts';
import { HeadLosses } from './head-losses.ts';
import { HeadPair, type HeadView } from './head-pair.ts';
import { LostParts } from './lost-parts.ts';
import { MetadataFamilies } from './metadata-families.ts';
import { RecordReader } from './record-reader.ts';
import { SampleArrays } from './sample-arrays.ts';
import type { SampleHead } from './sample-head.ts';
import { SeriesIndex } from './series-index.ts';
import { readSeries } from './series-read.ts';
import { SeriesTimes } from './series-times.ts';
import type { ReadHints } from './tier-choice.ts';
import { Upkeep, type UpkeepStats } from './upkeep.ts';

export interface ChunkStoreOptions {
	table: ChunkTable;
	spool: Spool;
	blockCodec: BlockCodec;
	chunkCodec: ChunkCodec;
	/** Makes an empty head; two of them take turns. */
	openHead(): SampleHead;
	clock: Clock;
	log: Logger;
	faults: Faults;
	/** What the table holds, from ChunkTable.load. */
	loaded: Awaited<ReturnType<ChunkTable['load']>>;
	/** The head is written at least this often, ms; default 5 minutes. */
	flushIntervalMs?: number;
	/** ... and once this much spool is not in the table; default 64 MiB. */
	flushBytes?: number;
	/** ... and once the head holds this many samples, or its memory is used up; default 2 million. */
	maxHeadSamples?: number;
	/** Default 1 million. */
	maxSeries?: number;
	/** Hours are dropped when they are older; default 15 days, null: never. */
	retentionMs?: number | null;
	/** Whole days are dropped, the oldest first but never today, until the table takes up no more than this; default null: no bound. */
	maxBytes?: number | null;
}

export interface ChunkStoreStats extends StageStats, UpkeepStats {
	series: number;
	headSamples: number;
	lastSampleAt: number | null;
	flushes: number;
	/** Parts of the table that were lost and have not been filled again. */
	lost: number;
}

/** Most samples that one question may read: 800 MB would follow. */
const MAX_READ_SAMPLES = 50_000_000;
const RETRY_MS = 5_000;

/**
 * The metric store: follows the spool into a head in memory, writes the head to the chunk table as partial chunks
 * together with the spool position that they cover, then releases that position. Reads merge both.
 * Samples of one series with the same timestamp are one sample; the one that came last wins.
 */
export class ChunkStore {
	readonly #o: ChunkStoreOptions;
	readonly #index: SeriesIndex;
	readonly #families: MetadataFamilies;
	readonly #heads: HeadPair;
	/** A write that failed, to be tried again as it was. */
	#write: { write: TableWrite; at: Position } | null = null;
	#state: StoredState;
	#applied: Position;
	#headBytes = 0;
	/** How often the heads were lost: who waited meanwhile must begin again at `#applied`. */
	#rounds = 0;
	readonly #losses = new HeadLosses();
	/** The record that was added last. */
	#lastAdded: Position | null = null;
	/** Records of the start, of which `seen` was told up to here. */
	#starting: { seen: (record: SpoolRecord) => void; told: Position; end: Position } | null = null;
	#flushing: Promise<void> = Promise.resolve();
	readonly #stopping = new AbortController();
	/** Ends the wait for the spool: when the store stops, and when the heads were lost. */
	#waiting = new AbortController();
	#loops: Promise<void>[] = [];
	readonly #lost: LostParts;
	readonly #records: RecordReader;
	readonly #upkeep: Upkeep;
	readonly #arrays = new SampleArrays();
	#revision = 0;
	#stats = { sent: 0, errors: 0, flushes: 0, refusedChunks: 0 };
	#dropped: Record<string, number> = {};

	constructor(o: ChunkStoreOptions) {
		this.#o = o;
		this.#state = o.loaded.state;
		this.#index = new SeriesIndex({
			maxSeries: o.maxSeries ?? 1_000_000,
			lastSid: this.#state.lastSid,
			rows: o.loaded.series,
			loadedAt: o.clock.now(),
		});
		this.#lost = new LostParts(o.log, o.loaded.lost);
		this.#families = new MetadataFamilies(o.loaded.metadata);
		this.#records = new RecordReader({
			codec: o.blockCodec,
			index: this.#index,
			families: this.#families,
			log: o.log,
		});
		this.#heads = new HeadPair(o.openHead, o.chunkCodec, () => this.#startOver());
		this.#upkeep = new Upkeep({
			...o,
			index: this.#index,
			heads: this.#heads,
			exclusive: (run) => this.#exclusive(run),
			signal: this.#stopping.signal,
		});
		this.#applied = this.#first();
	}

	/** Where what is not in the table begins. */
	#first(): Position {
		const head = this.#o.spool.head();
		const watermark = this.#state.watermark;
		return watermark && comparePositions(watermark, head) > 0 ? watermark : head;
	}

	/** The heads failed and are empty: they are filled out of the spool again. */
	#startOver(): void {
		this.#o.log.error('the head failed, it is read out of the spool again');
		this.#stats.errors++;
		this.#losses.lost(this.#lastAdded, this.#o.spool.tail());
		this.#lastAdded = null;
		this.#rounds++;
		this.#applied = this.#first();
		this.#headBytes = 0;
		this.#waiting.abort();
	}

	/**
	 * Rebuilds the head from the spool, telling `seen` once of every record in it; resolves when reads are complete. A head that fails
	 * does not fail the start: see HeadLosses; when it fails whatever is done, it is tried further after the start.
	 */
	async start(seen: (record: SpoolRecord) => void): Promise<void> {
		const { spool } = this.#o;
		// Between a commit and a release the process may have died: those records are in the table already.
		let at = spool.head();
		while (comparePositions(at, this.#applied) < 0) {
			const records = await spool.read(at, 1 << 20);
			for (const r of records) if (comparePositions(r.position, this.#applied) < 0) seen(r);
			const last = records.at(-1);
			if (!last) break;
			at = last.end;
		}
		if (
			comparePositions(this.#applied, spool.head()) > 0 &&
			comparePositions(this.#applied, spool.tail()) <= 0
		) {
			await spool.release(this.#applied);
		}
		this.#starting = { seen, told: this.#applied, end: spool.tail() };
		for (let started = false; !started; ) {
			try {
				await this.#catchUp();
				started = true;
			} catch (e) {
				if (!isHeadLoss(e)) throw e;
				started = this.#losses.hopeless;
			}
		}
		this.#loops = [this.#follow(), this.#tick()];
	}

	/** Rises with every applied record: answers may be kept as long as it stays. */
	get revision(): number {
		return this.#revision;
	}

	/** Which series there are; to read only. */
	get index(): SeriesIndex {
		return this.#index;
	}

	/**
	 * Samples from `from` to `to` (ms, both included) of the series that all matchers accept. With `hints` a long range may be answered
	 * from a down-sampled tier, see tier-choice.ts; without, the samples are as they came.
	 */
	async select(
		matchers: readonly Matcher[],
		from: number,
		to: number,
		hints?: ReadHints,
	): Promise<SeriesColumns> {
		const sids = this.#index.select(matchers);
		// Before the table is asked: what is written meanwhile is then seen twice, not never.
		const head = this.#view(sids, from, to);
		return readSeries({
			table: this.#o.table,
			codec: this.#o.chunkCodec,
			sids,
			head,
			from,
			to,
			maxSamples: MAX_READ_SAMPLES,
			arrays: this.#arrays,
			hints,
			labels: (sid) => this.#index.labels(sid),
			refused: (n) => {
				this.#stats.refusedChunks += n;
			},
		});
	}

	/** What was stored and cannot be read any more; whoever has it elsewhere may write it again. */
	lost(): LostData[] {
		return this.#lost.all();
	}

	/** The table noticed that something is lost. */
	noteLost(lost: LostData): void {
		this.#lost.add(lost);
	}

	/** What was lost is written again. */
	async refilled(lost: LostData): Promise<void> {
		await this.#o.table.refilled(lost);
		this.#lost.remove(lost);
	}

	/** What is known of families of metrics. */
	metadata(): MetricMetadata[] {
		return this.#families.all();
	}

	#view(sids: Uint32Array, from: number, to: number): HeadView {
		try {
			return this.#heads.view(sids, from, to);
		} catch (e) {
			if (!(e instanceof CoreError) || e.code !== 'CXR_CORE_HEAD_TOO_LARGE') throw e;
			throw new ServerError('CXR_QUERY_TOO_LARGE', 'More samples than one question may read.');
		}
	}

	/** Writes the head to the table and releases the spool; resolves when both are durable. */
	flush(): Promise<void> {
		return this.#exclusive(() => this.#flushOnce());
	}

	/** Flushes, and what must not meet one, come one after the other. */
	#exclusive(run: () => Promise<void>): Promise<void> {
		const next = this.#flushing.then(run);
		this.#flushing = next.catch(() => {});
		return next;
	}

	/** Does a bounded part of what keeps the table in shape; resolves with whether there is more to do. See Upkeep. */
	maintain(): Promise<boolean> {
		return this.#upkeep.run();
	}

	stats(): ChunkStoreStats {
		return {
			...this.#stats,
			...this.#upkeep.stats(),
			received: this.#records.received,
			errors: this.#stats.errors + this.#records.errors,
			refusedChunks: this.#stats.refusedChunks + this.#upkeep.stats().refusedChunks,
			dropped: this.#drops(),
			fill: Math.max(
				this.#index.fill,
				this.#heads.samples / this.#maxHead,
				this.#heads.fill,
				this.#upkeep.fill,
			),
			series: this.#index.size,
			headSamples: this.#heads.samples + this.#heads.frozenSamples,
			lastSampleAt: this.#records.lastSampleAt,
			lost: this.#lost.all().length,
		};
	}

	#drops(): Record<string, number> {
		const dropped = { ...this.#dropped, ...this.#records.dropped };
		addTo(dropped, 'histogram that no chunk takes', this.#heads.refused);
		return dropped;
	}

	/** Writes what is left and stops. The table and the spool stay open. */
	async close(): Promise<void> {
		this.#stopping.abort();
		this.#waiting.abort();
		await Promise.all(this.#loops);
		await this.flush();
		this.#heads.close();
	}

	get #maxHead(): number {
		return this.#o.maxHeadSamples ?? 2_000_000;
	}

	async #follow(): Promise<void> {
		const signal = this.#stopping.signal;
		while (!signal.aborted) {
			this.#waiting = new AbortController();
			await this.#o.spool.wait(this.#applied, this.#waiting.signal);
			if (signal.aborted) return;
			try {
				await this.#catchUp();
			} catch (e) {
				if (isHeadLoss(e)) {
					if (this.#losses.hopeless) await this.#o.clock.sleep(RETRY_MS, signal);
					continue;
				}
				this.#stats.errors++;
				this.#o.log.error('cannot read the spool, trying again', { error: String(e) });
				await this.#o.clock.sleep(RETRY_MS, signal);
			}
		}
	}

	async #tick(): Promise<void> {
		const { clock, log, flushIntervalMs = 5 * 60_000 } = this.#o;
		const signal = this.#stopping.signal;
		for (;;) {
			await this.#learnTimes();
			await clock.sleep(flushIntervalMs, signal);
			if (signal.aborted) return;
			const due = clock.now() + flushIntervalMs;
			this.#arrays.trim();
			try {
				await this.flush();
				// What is left is done before the next flush, or after it.
				while ((await this.maintain()) && clock.now() < due && !signal.aborted) await clock.sleep(0);
			} catch (e) {
				log.error('cannot write the chunk store, trying again', { error: String(e) });
			}
		}
	}

	/** Finds out from when to when stored series have samples; the start does not wait for it. */
	async #learnTimes(): Promise<void> {
		const sids = this.#index.unknown();
		if (sids.length === 0) return;
		const times = new SeriesTimes(sids);
		try {
			for await (const hours of this.#o.table.seriesHours()) {
				if (this.#stopping.signal.aborted) return;
				times.add(hours);
			}
			this.#index.known(times);
		} catch (e) {
			this.#o.log.warn('the times of stored series are not known yet, trying again', { error: String(e) });
		}
	}

	/** Tells who started the store of a record that was in the spool then, once. */
	#tell(record: SpoolRecord): void {
		const starting = this.#starting;
		if (!starting || comparePositions(record.position, starting.told) < 0) return;
		if (comparePositions(record.position, starting.end) >= 0) this.#starting = null;
		else {
			starting.seen(record);
			starting.told = record.end;
		}
	}

	async #catchUp(): Promise<void> {
		const { spool, flushBytes = 64 * 1024 * 1024 } = this.#o;
		reading: for (;;) {
			const tail = spool.tail();
			if (comparePositions(tail, this.#applied) <= 0) return;
			const round = this.#rounds;
			const records = await spool.read(this.#applied, 1 << 20);
			if (this.#rounds !== round) continue;
			if (records.length === 0) this.#applied = tail; // Nothing but damage, which the spool counts.
			for (const record of records) {
				this.#tell(record);
				const added = this.#leavesOut(record) ? undefined : this.#records.read(record);
				this.#lastAdded = record.position;
				const samples = added?.samples;
				for (let from = 0; samples && from < samples.series.length; ) {
					const { end, dropped } = this.#heads.append(samples, from);
					if (dropped > 0) addTo(this.#dropped, 'too many of one series', dropped);
					if (end < samples.series.length && !(await this.#makeRoom())) return;
					if (this.#rounds !== round) continue reading;
					from = end;
				}
				while (added?.histograms) {
					const taken = this.#heads.appendHistograms(added.sids, added.histograms);
					if (taken) {
						addTo(this.#dropped, 'histogram too large', taken.dropped);
						break;
					}
					if (!(await this.#makeRoom())) return;
					if (this.#rounds !== round) continue reading;
				}
				this.#applied = record.end;
				this.#headBytes += record.payload.length;
				this.#revision++;
				while (
					this.#heads.samples >= this.#maxHead ||
					this.#headBytes >= flushBytes ||
					(this.#losses.careful && this.#headBytes > 0)
				) {
					if (!(await this.#makeRoom())) return;
					if (this.#rounds !== round) continue reading;
				}
			}
		}
	}

	#leavesOut(record: SpoolRecord): boolean {
		if (!this.#losses.leavesOut(record.position)) return false;
		this.#stats.errors++;
		addTo(this.#dropped, 'the head fails on this block', 1);
		this.#o.log.error('the head fails on a metric block again and again, it is left out', {
			...record.position,
			bytes: record.payload.length,
		});
		return true;
	}

	/** Flushes, or waits until another try makes sense; false when the store stops. */
	async #makeRoom(): Promise<boolean> {
		const { log, clock } = this.#o;
		const signal = this.#stopping.signal;
		try {
			await this.flush();
		} catch (e) {
			if (signal.aborted) return false;
			if (isHeadLoss(e) && !this.#losses.hopeless) return true;
			log.error('cannot write the chunk store, trying again', { error: String(e) });
			await clock.sleep(RETRY_MS, signal);
		}
		return true;
	}

	async #flushOnce(): Promise<void> {
		const { table, spool, faults, log, clock } = this.#o;
		if (!this.#write) {
			if (this.#heads.samples === 0 && comparePositions(this.#applied, spool.head()) <= 0) return;
			const at = this.#applied;
			const version = this.#state.version + 1;
			this.#headBytes = 0;
			const chunks = await this.#heads.cut(version, () => {
				faults.reach('during-head-cut');
				return clock.sleep(0);
			});
			const series = this.#index.takeUnsaved();
			const metadata = this.#families.takeUnsaved();
			const state = { watermark: at, version, lastSid: this.#index.lastSid };
			this.#write = { write: { series, chunks, metadata, state }, at };
		}
		const { write, at } = this.#write;
		try {
			await table.append(write, () => faults.reach('during-chunk-write'));
		} catch (e) {
			this.#stats.errors++;
			throw e;
		}
		this.#upkeep.wrote(write.chunks.hours);
		this.#state = write.state;
		this.#stats.sent += this.#heads.frozenSamples;
		this.#losses.written(at, this.#heads.frozenSamples);
		this.#stats.flushes++;
		this.#write = null;
		this.#heads.written();
		faults.reach('before-release');
		try {
			await spool.release(at);
		} catch (e) {
			// The samples are safe, and the next release covers this one.
			this.#stats.errors++;
			log.error('cannot release the spool', { error: String(e) });
		}
	}
}

/** The head's component failed: what it held is read out of the spool again. */
function isHeadLoss(error: unknown): boolean {
	return (
		error instanceof CoreError && (error.code === 'CXR_CORE_TRAP' || error.code === 'CXR_CORE_HEAD_LOST')
	);
}
