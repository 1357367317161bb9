import { expect } from 'vitest';
import { CoreError, createChunkCodec, createCodec, createHead } from '../../../core-as/facade/index.ts';
import { builtModules } from '../../../core-as/testing/modules.ts';
import { MemorySegmentFiles } from '../../delivery/memory-segment-files.ts';
import { Spool } from '../../delivery/spool.ts';
import { silentLogger } from '../../logging/logger.ts';
import type { Matcher } from '../../telemetry/labels.ts';
import { noFaults } from '../faults.ts';
import { MetricIngest } from '../ingest/metric-ingest.ts';
import { ChunkStore } from '../metrics/chunk-store.ts';
import { MemoryChunkTable } from '../metrics/memory-chunk-table.ts';
import { HEAD_BYTES, type SampleHead } from '../metrics/sample-head.ts';
import { remoteWriteBody, type TestSeries } from './remote-write-body.ts';

const modules = await builtModules();
export const codec = createCodec(modules);
export const chunkCodec = createChunkCodec(modules);
export const HOUR = 3_600_000;
export const NOW = 497_000 * HOUR + 30 * 60_000;

/** A store over tables and files in memory, with a clock that tests move. */
export class StoreBench {
	readonly table = new MemoryChunkTable();
	readonly files = new MemorySegmentFiles();
	now = NOW;
	store!: ChunkStore;
	spool!: Spool;
	ingest!: MetricIngest;
	/** The next call of a head fails as a trap does. */
	headFails = false;
	/** A head fails whenever it is to add this value, or to cut it. */
	poison: { value: number; at: 'append' | 'cut' } | null = null;
	/** Batch ids that the last start told of. */
	told: string[] = [];
	headBytes = HEAD_BYTES;
	/** What to call to end a sleep, and how long it was to be. */
	#wakeups = new Map<() => void, number>();
	readonly clock = {
		now: () => this.now,
		sleep: (ms: number, signal?: AbortSignal) =>
			ms < 1000
				? Promise.resolve()
				: new Promise<void>((resolve) => {
						this.#wakeups.set(resolve, ms);
						signal?.addEventListener('abort', () => resolve());
					}),
	};

	async start(options: object = {}): Promise<this> {
		// A store before this one has crashed: it must never wake again.
		this.#wakeups.clear();
		const loaded = await this.table.load();
		const after = loaded.state.watermark ? { after: loaded.state.watermark } : {};
		this.spool = await Spool.open({
			files: this.files,
			name: 't',
			maxBytes: 1 << 24,
			// Small, so that segments come and go.
			segmentBytes: 700,
			clock: this.clock,
			...after,
		});
		this.store = new ChunkStore({
			table: this.table,
			spool: this.spool,
			blockCodec: codec,
			chunkCodec,
			openHead: () => this.#openHead(),
			clock: this.clock,
			log: silentLogger,
			faults: noFaults,
			loaded,
			...options,
		});
		this.ingest = new MetricIngest({ codec, spool: this.spool, clock: this.clock });
		this.told = [];
		await this.store.start((r) => {
			this.ingest.known(r.batchId);
			this.told.push(Buffer.from(r.batchId).toString('hex'));
		});
		return this;
	}

	#openHead(): SampleHead {
		const head = createHead(modules, this.headBytes);
		let lost = false;
		let poisoned = false;
		const checked = <A extends unknown[], T>(work: (...args: A) => T) => {
			return (...args: A): T => {
				if (lost) throw new CoreError('CXR_CORE_HEAD_LOST');
				if (this.headFails) {
					this.headFails = false;
					lost = true;
					throw new CoreError('CXR_CORE_TRAP');
				}
				return work(...args);
			};
		};
		const trap = () => {
			lost = true;
			throw new CoreError('CXR_CORE_TRAP');
		};
		return {
			...head,
			append: checked((columns) => {
				if (this.poison && columns.values.includes(this.poison.value)) {
					if (this.poison.at === 'append') trap();
					poisoned = true;
				}
				return head.append(columns);
			}),
			read: checked(head.read),
			cut: checked((beforeHour, maxChunks) => (poisoned ? trap() : head.cut(beforeHour, maxChunks))),
		};
	}

	/** Lets loops go on that sleep for at most `ms`. */
	wake(ms: number = Infinity): void {
		for (const [wake, slept] of this.#wakeups) {
			if (slept > ms) continue;
			this.#wakeups.delete(wake);
			wake();
		}
	}

	async send(series: TestSeries[], batchId: Uint8Array | null = null): Promise<void> {
		await this.ingest.write(codec.snappyCompress(remoteWriteBody(series)), batchId);
		await expect.poll(() => this.store.stats().received).toBe(this.#expected(series));
	}

	#sent = 0;
	#expected(series: TestSeries[]): number {
		this.#sent += series.reduce((n, s) => n + s.samples.length, 0);
		return this.#sent;
	}

	async read(matchers: Matcher[] = [], from = 0, to = NOW * 2): Promise<Record<string, [number, number][]>> {
		const c = await this.store.select(matchers, from, to);
		return Object.fromEntries(
			c.series.map((labels, i) => {
				const samples: [number, number][] = [];
				for (let s = i === 0 ? 0 : c.ends[i - 1]!; s < c.ends[i]!; s++)
					samples.push([c.timestamps[s]!, c.values[s]!]);
				return [
					Object.entries(labels)
						.map(([k, v]) => `${k}=${v}`)
						.sort()
						.join(),
					samples,
				];
			}),
		);
	}
}

export const series = (name: string, samples: [number, number][], labels = {}): TestSeries => ({
	labels: { __name__: name, ...labels },
	samples,
});
