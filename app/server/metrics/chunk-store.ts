import { CoreError } from '../../../core-as/facade/index.ts';
import type { Clock } from '../../clock.ts';
import { comparePositions, type Position, RECORD_KIND, type SpoolRecord } from '../../delivery/record.ts';
import type { Spool } from '../../delivery/spool.ts';
import type { Logger } from '../../logging/logger.ts';
import type { Matcher } from '../../telemetry/labels.ts';
import type { SeriesColumns } from '../../telemetry/series.ts';
import { ServerError } from '../errors.ts';
import type { Faults } from '../faults.ts';
import { type BlockCodec, decodeMetricBlock } from '../ingest/metric-block.ts';
import { addTo, type StageStats } from '../stage.ts';
import { type ChunkCodec, HOUR_MS } from './chunk-codec.ts';
import type { ChunkTable, StoredState, TableWrite } from './chunk-table.ts';
import { HeadPair, type HeadView } from './head-pair.ts';
import { mergeClosedHours } from './hour-merge.ts';
import type { SampleColumns, SampleHead } from './sample-head.ts';
import { SeriesIndex } from './series-index.ts';
import { readSeries } from './series-read.ts';

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
	/** Hours are dropped when they are older; default 15 days. */
	retentionMs?: number;
}

export interface ChunkStoreStats extends StageStats {
	series: number;
	headSamples: number;
	lastSampleAt: number | null;
	flushes: number;
	mergedHours: number;
	droppedRows: number;
	refusedChunks: number;
}

/** Most samples that one question may read: 800 MB would follow. */
const MAX_READ_SAMPLES = 50_000_000;
/** An hour counts as closed this long after its end: late samples are rare then. */
const CLOSE_GRACE_MS = 10 * 60_000;
const RETRY_MS = 5_000;

/**
 * The metric store: follows the spool into a head in memory, writes the head to the chunk table as partial chunks
 * together with the spool position that they cover, then releases that position. Reads merge both.
 * Samples of one series with the same timestamp are one sample; the one that came last wins.
 */
export class ChunkStore {
	readonly #o: ChunkStoreOptions;
	readonly #index: SeriesIndex;
	readonly #heads: HeadPair;
	/** A write that failed, to be tried again as it was. */
	#write: { write: TableWrite; at: Position } | null = null;
	#state: StoredState;
	#applied: Position;
	#headBytes = 0;
	/** How often the heads were lost: who waited meanwhile must begin again at `#applied`. */
	#rounds = 0;
	#flushing: Promise<void> = Promise.resolve();
	#stopping = new AbortController();
	/** Ends the wait for the spool: when the store stops, and when the heads were lost. */
	#waiting = new AbortController();
	#loops: Promise<void>[] = [];
	#lastRetention = 0;
	#revision = 0;
	#stats = { received: 0, sent: 0, errors: 0, flushes: 0, mergedHours: 0, droppedRows: 0, refusedChunks: 0 };
	#dropped: Record<string, number> = {};
	#lastSampleAt: number | null = null;

	constructor(o: ChunkStoreOptions) {
		this.#o = o;
		this.#state = o.loaded.state;
		this.#index = new SeriesIndex({
			maxSeries: o.maxSeries ?? 1_000_000,
			lastSid: this.#state.lastSid,
			rows: o.loaded.series,
		});
		this.#heads = new HeadPair(o.openHead, () => this.#startOver());
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
		this.#rounds++;
		this.#applied = this.#first();
		this.#headBytes = 0;
		this.#waiting.abort();
	}

	/** Rebuilds the head from the spool, telling `seen` of every record in it; resolves when reads are complete. */
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
		await this.#catchUp(seen);
		this.#loops = [this.#follow(), this.#tick()];
	}

	/** Rises with every applied record: answers may be kept as long as it stays. */
	get revision(): number {
		return this.#revision;
	}

	/** Samples from `from` to `to` (ms, both included) of the series that all matchers accept. */
	async select(matchers: readonly Matcher[], from: number, to: number): Promise<SeriesColumns> {
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
			labels: (sid) => this.#index.labels(sid),
			refused: (n) => {
				this.#stats.refusedChunks += n;
			},
		});
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

	/** Merges the hours that are closed and drops what is older than the retention. */
	async maintain(): Promise<void> {
		const { table, chunkCodec, clock } = this.#o;
		const now = clock.now();
		const merged = await mergeClosedHours({
			table,
			codec: chunkCodec,
			beforeHour: Math.floor((now - CLOSE_GRACE_MS) / HOUR_MS),
			lastSid: this.#index.lastSid,
			signal: this.#stopping.signal,
			pause: () => clock.sleep(0),
		});
		this.#stats.mergedHours += merged.hours;
		this.#stats.refusedChunks += merged.refused;
		if (now - this.#lastRetention < HOUR_MS) return;
		this.#lastRetention = now;
		await this.#exclusive(() => this.#dropOld(now));
	}

	async #dropOld(now: number): Promise<void> {
		const { table, retentionMs = 15 * 24 * HOUR_MS } = this.#o;
		const dropped = await table.dropBefore(Math.floor((now - retentionMs) / HOUR_MS));
		this.#stats.droppedRows += dropped;
		if (dropped === 0) return;
		const used = await table.sidsInUse();
		const unused = Uint32Array.from(this.#index.sids()).filter((sid) => !used.has(sid));
		const held = this.#heads.held(unused);
		const gone = [...unused].filter((sid) => !held.has(sid));
		this.#index.remove(gone);
		await table.dropSeries(gone);
	}

	stats(): ChunkStoreStats {
		return {
			...this.#stats,
			dropped: { ...this.#dropped },
			fill: Math.max(this.#index.fill, this.#heads.samples / this.#maxHead, this.#heads.fill),
			series: this.#index.size,
			headSamples: this.#heads.samples + this.#heads.frozenSamples,
			lastSampleAt: this.#lastSampleAt,
		};
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
				await this.#catchUp(() => {});
			} catch (e) {
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
			await clock.sleep(flushIntervalMs, signal);
			if (signal.aborted) return;
			try {
				await this.flush();
				await this.maintain();
			} catch (e) {
				log.error('cannot write the chunk store, trying again', { error: String(e) });
			}
		}
	}

	async #catchUp(seen: (record: SpoolRecord) => void): Promise<void> {
		const { spool, flushBytes = 64 * 1024 * 1024 } = this.#o;
		reading: for (;;) {
			const tail = spool.tail();
			if (comparePositions(tail, this.#applied) <= 0) return;
			const round = this.#rounds;
			const records = await spool.read(this.#applied, 1 << 20);
			if (this.#rounds !== round) continue;
			if (records.length === 0) this.#applied = tail; // Nothing but damage, which the spool counts.
			for (const record of records) {
				seen(record);
				const columns = this.#columnsOf(record);
				for (let from = 0; columns && from < columns.series.length; ) {
					const { end, dropped } = this.#heads.append(columns, from);
					if (dropped > 0) addTo(this.#dropped, 'too many of one series', dropped);
					if (end < columns.series.length && !(await this.#makeRoom())) return;
					if (this.#rounds !== round) continue reading;
					from = end;
				}
				this.#applied = record.end;
				this.#headBytes += record.payload.length;
				this.#revision++;
				while (this.#heads.samples >= this.#maxHead || this.#headBytes >= flushBytes) {
					if (!(await this.#makeRoom())) return;
					if (this.#rounds !== round) continue reading;
				}
			}
		}
	}

	/** Flushes, or waits until another try makes sense; false when the store stops. */
	async #makeRoom(): Promise<boolean> {
		const { log, clock } = this.#o;
		const signal = this.#stopping.signal;
		try {
			await this.flush();
		} catch (e) {
			if (signal.aborted) return false;
			log.error('cannot write the chunk store, trying again', { error: String(e) });
			await clock.sleep(RETRY_MS, signal);
		}
		return true;
	}

	/** Samples of a record with the ids of their series; nothing when it holds none. */
	#columnsOf(record: SpoolRecord): SampleColumns | undefined {
		if (record.kind !== RECORD_KIND.metrics) {
			addTo(this.#dropped, `kind ${record.kind}`, 1);
			return;
		}
		let block: ReturnType<typeof decodeMetricBlock>;
		try {
			block = decodeMetricBlock(record.payload, this.#o.blockCodec);
		} catch (e) {
			this.#stats.errors++;
			addTo(this.#dropped, 'unreadable block', 1);
			this.#o.log.error('a metric block cannot be read, it is skipped', {
				error: String(e),
				...record.position,
			});
			return;
		}
		const series = new Uint32Array(block.timestamps.length);
		const { timestamps, values } = block;
		let taken = 0;
		let label = 0;
		let byte = 0;
		let sample = 0;
		for (let i = 0; i < block.sampleEnds.length; i++) {
			const endLabel = block.labelEnds[i]!;
			const endSample = block.sampleEnds[i]!;
			let endByte = byte;
			for (let l = 2 * label; l < 2 * endLabel; l++) endByte += block.labelLengths[l]!;
			const sid = this.#index.resolve(block, i, label, byte, endByte);
			this.#stats.received += endSample - sample;
			if (sid < 0) addTo(this.#dropped, 'series limit', endSample - sample);
			else {
				// Those of a series that has no id are closed up.
				timestamps.copyWithin(taken, sample, endSample);
				values.copyWithin(taken, sample, endSample);
				series.fill(sid, taken, taken + endSample - sample);
				for (let s = taken; s < taken + endSample - sample; s++) {
					const time = timestamps[s]!;
					if (this.#lastSampleAt === null || time > this.#lastSampleAt) this.#lastSampleAt = time;
				}
				taken += endSample - sample;
			}
			label = endLabel;
			byte = endByte;
			sample = endSample;
		}
		return {
			series: series.subarray(0, taken),
			timestamps: timestamps.subarray(0, taken),
			values: values.subarray(0, taken),
		};
	}

	async #flushOnce(): Promise<void> {
		const { table, spool, faults, log, clock } = this.#o;
		if (!this.#write) {
			if (this.#heads.samples === 0 && comparePositions(this.#applied, spool.head()) <= 0) return;
			const at = this.#applied;
			const version = this.#state.version + 1;
			this.#headBytes = 0;
			const chunks = await this.#heads.cut(version, () => clock.sleep(0));
			const series = this.#index.takeUnsaved();
			const state = { watermark: at, version, lastSid: this.#index.lastSid };
			this.#write = { write: { series, chunks, state }, at };
		}
		const { write, at } = this.#write;
		try {
			await table.append(write, () => faults.reach('during-chunk-write'));
		} catch (e) {
			this.#stats.errors++;
			throw e;
		}
		this.#state = write.state;
		this.#stats.sent += this.#heads.frozenSamples;
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
