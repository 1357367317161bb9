import { beforeEach, expect, it } from 'vitest';
import { createCodec } from '../../../core-as/facade/index.ts';
import { builtModules } from '../../../core-as/testing/modules.ts';
import { type Metric, otlpMetricBody } from '../../../core-as/testing/otlp-metric-body.ts';
import { crc32c } from '../../delivery/crc32c.ts';
import { MemorySegmentFiles } from '../../delivery/memory-segment-files.ts';
import type { SpoolRecord } from '../../delivery/record.ts';
import { Spool } from '../../delivery/spool.ts';
import { silentLogger } from '../../logging/logger.ts';
import { isStaleMarker } from '../../telemetry/series.ts';
import { DeltaIntake } from './delta-intake.ts';
import type { StateFile } from './delta-state.ts';
import { decodeMetricBlock } from './metric-block.ts';
import { MetricIngest } from './metric-ingest.ts';

const codec = createCodec(await builtModules());
const NOW = 1_800_000_000_000;
const MS = 1_000_000n;

/** A file in memory that counts how often it was written, and that may fail. */
class MemoryFile implements StateFile {
	bytes: Uint8Array | null = null;
	writes = 0;
	failure: Error | null = null;
	async read() {
		return this.bytes;
	}
	async replace(bytes: Uint8Array) {
		if (this.failure) throw this.failure;
		this.writes++;
		this.bytes = bytes;
	}
}

/** Ingestion over files that survive its death. */
class Bench {
	readonly file = new MemoryFile();
	readonly segments = new MemorySegmentFiles();
	readonly clock = { now: () => NOW, sleep: async () => {} };
	spool!: Spool;
	ingest!: MetricIngest;

	/** As after a kill: nothing was closed. */
	async start(maxBytes = 1 << 20): Promise<void> {
		const { clock } = this;
		this.spool = await Spool.open({ files: this.segments, name: 'm', maxBytes, clock });
		const deltas = new DeltaIntake({ codec, file: this.file, log: silentLogger });
		await deltas.open();
		this.spool.beforeRelease(() => deltas.save());
		this.ingest = new MetricIngest({ codec, spool: this.spool, clock, deltas });
		for (const record of await this.records()) this.ingest.recover(record);
	}

	records(): Promise<SpoolRecord[]> {
		return this.spool.read(this.spool.head(), 1e9);
	}

	/** Values of numbers and counts of histograms that lie in the spool, in their order. */
	async stored() {
		const blocks = (await this.records()).map((record) => decodeMetricBlock(record.payload, codec));
		return {
			values: blocks.flatMap(({ values }) => [...values].filter((_, i) => !isStaleMarker(values, i))),
			counts: blocks.flatMap(({ histograms }) => [...(histograms?.counts ?? [])]),
		};
	}

	/** Both kinds of deltas of one program, of second `second`. */
	send(second: number, value: number, name = 'n') {
		const time = BigInt(NOW - 600_000 + 1000 * second) * MS;
		const times = { attributes: [], start: time - 1000n * MS, time };
		const positive = { offset: second % 7, counts: [BigInt(value)] };
		const metrics: Metric[] = [
			{
				...{ name, help: '', unit: '', kind: 'sum', temporality: 1, monotonic: true },
				points: [{ ...times, value }],
			},
			{
				...{ name: `${name}_h`, help: '', unit: '', kind: 'exponentialHistogram', temporality: 1 },
				points: [{ ...times, count: BigInt(value), sum: 1, scale: 2, zeroCount: 0n, positive }],
			},
		];
		const scopes = [{ name: '', version: '', schema: '', attributes: [], metrics }];
		return this.ingest.writeOtlp(otlpMetricBody([{ attributes: [], scopes }]));
	}
}

let b: Bench;
beforeEach(async () => {
	b = new Bench();
	await b.start();
});

it('sums go on after a kill, from what is in the spool', async () => {
	await b.send(1, 5);
	await b.send(2, 6);
	await b.start();
	await b.send(3, 7);
	expect(await b.stored()).toEqual({ values: [0, 5, 11, 18], counts: [0, 5, 11, 18] });
	expect(b.file.writes).toBe(0);
});

it('sums go on after a kill when the spool has been released', async () => {
	await b.send(1, 5);
	await b.send(2, 6);
	await b.spool.release(b.spool.tail());
	await b.start();
	expect(await b.stored()).toEqual({ values: [], counts: [] });
	await b.send(3, 7);
	expect(await b.stored()).toEqual({ values: [18], counts: [18] });
	expect(b.file.writes).toBe(1);
});

it('sums go on when a kill came between the file and the release, and half of the spool is newer', async () => {
	await b.send(1, 5);
	const half = b.spool.tail();
	await b.send(2, 6);
	b.spool.beforeRelease(async () => {
		throw new Error('the disk is full');
	});
	await expect(b.spool.release(half)).rejects.toThrow('disk is full');
	expect((await b.stored()).values).toEqual([0, 5, 11]);
	await b.start();
	await b.spool.release(half);
	await b.send(3, 1);
	await b.start();
	await b.send(4, 1);
	expect((await b.stored()).values).toEqual([11, 12, 13]);
});

it('what was acknowledged late is not counted again', async () => {
	await b.send(1, 5);
	// Killed before the answer: the sender tries again.
	await b.start();
	const again = await b.send(1, 5);
	expect(again).toMatchObject({
		...{ written: 0, histograms: 0 },
		rejected: { 'a delta that is not newer than the one before it': 2 },
	});
	await b.send(2, 1);
	expect((await b.stored()).values).toEqual([0, 5, 6]);
});

it('what does not reach the disk is not counted', async () => {
	await b.start(4096);
	let sum = 0;
	let second = 1;
	const busy = { code: 'CXR_INGEST_BUSY' };
	for (; second < 100; second++) {
		const failed = await b.send(second, 5).then(
			() => null,
			(error: unknown) => error,
		);
		if (failed !== null) {
			expect(failed).toMatchObject(busy);
			break;
		}
		sum += 5;
	}
	expect(second).toBeLessThan(100);
	await b.spool.release(b.spool.tail());
	await b.send(second, 5);
	expect((await b.stored()).values).toEqual([sum + 5]);
});

it('requests of many senders at once: each is counted once', async () => {
	const sent = await Promise.all(
		Array.from({ length: 60 }, (_, i) => b.send(1 + Math.floor(i / 6), 1, `m${i % 6}`)),
	);
	expect(sent.every(({ written, histograms }) => written === 1 && histograms === 1)).toBe(true);
	const { values } = await b.stored();
	expect(values.filter((value) => value === 10)).toHaveLength(6);
});

it('what waits is bounded: who comes then is told to come again, and nothing is lost for it', async () => {
	const deltas = new DeltaIntake({ codec, file: b.file, log: silentLogger });
	let finish = () => {};
	const first = deltas.take(
		200 << 20,
		() => new Promise<string>((resolve) => (finish = () => resolve('first'))),
	);
	const busy = { code: 'CXR_INGEST_BUSY', retryAfter: 5 };
	await expect(deltas.take(1, async () => 'second')).rejects.toMatchObject(busy);
	finish();
	expect(await first).toBe('first');
	expect(await deltas.take(1, async () => 'third')).toBe('third');
	// A failure is its own sender's alone.
	await expect(deltas.take(1, async () => Promise.reject(new Error('no')))).rejects.toThrow('no');
	expect(await deltas.take(1, async () => 'fourth')).toBe('fourth');
});

it('cumulative points are not kept, and write no file', async () => {
	const time = BigInt(NOW) * MS;
	const points = [{ attributes: [], start: time - MS, time, value: 4 }];
	const metric: Metric = { name: 'c', help: '', unit: '', kind: 'sum', temporality: 2, points };
	const scopes = [{ name: '', version: '', schema: '', attributes: [], metrics: [metric] }];
	await b.ingest.writeOtlp(otlpMetricBody([{ attributes: [], scopes }]));
	await b.spool.release(b.spool.tail());
	expect(b.file.bytes).toBeNull();
});

it('a damaged file is passed over, a newer one is refused', async () => {
	await b.send(1, 5);
	await b.spool.release(b.spool.tail());
	const good = b.file.bytes!;
	for (const at of [0, 9, 13, 20, good.length - 1]) {
		b.file.bytes = good.slice();
		b.file.bytes[at]! ^= 0x10;
		await b.start();
		await b.send(2, 6);
		expect((await b.stored()).values.at(-1), `byte ${at}`).toBe(6);
		await b.spool.release(b.spool.tail());
		b.file.bytes = good.slice(0, at);
		await b.start();
	}
	b.file.bytes = good;
	await b.start();
	await b.send(3, 1);
	expect((await b.stored()).values.at(-1)).toBe(6);
	const newer = good.slice();
	newer[8] = 2;
	const view = new DataView(newer.buffer);
	view.setUint32(12, crc32c(newer, 16, newer.length, crc32c(newer, 0, 12)), true);
	b.file.bytes = newer;
	await expect(b.start()).rejects.toMatchObject({ code: 'CXR_BLOCK_VERSION' });
});
