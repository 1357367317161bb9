import { systemClock } from '../../app/clock.ts';
import { MemorySegmentFiles } from '../../app/delivery/memory-segment-files.ts';
import { Spool } from '../../app/delivery/spool.ts';
import { silentLogger } from '../../app/logging/logger.ts';
import { noFaults } from '../../app/server/faults.ts';
import { HOUR_MS } from '../../app/server/metrics/chunk-codec.ts';
import { ChunkStore } from '../../app/server/metrics/chunk-store.ts';
import { HEAD_BYTES } from '../../app/server/metrics/sample-head.ts';
import { createChunkCodec, createCodec, createHead } from '../../core-as/facade/index.ts';
import { builtModules } from '../../core-as/testing/modules.ts';
import { DuckdbChunkTable } from '../../hosts/node/chunks/duckdb-chunk-table.ts';
import { chunkData, SAMPLES } from '../core/chunk-data.ts';
import { median } from '../report.ts';
import type { Measured } from '../rows.ts';

const SERIES = 20_000;
/** Before those that count: the row is of a server that has run for a while. */
const WARM_UP = 20;
const RUNS = 25;
const BAR_MS = 30;
/** Chunks that are encoded in one call. */
const BATCH = 256;

/** Milliseconds to read an hour of all series out of the chunk table, warm. */
export async function measureMatrix(folder: string): Promise<Measured> {
	const modules = await builtModules();
	const codec = createChunkCodec(modules);
	const clock = systemClock;
	const hour = Math.floor(clock.now() / HOUR_MS) - 2;
	const table = await DuckdbChunkTable.open(folder);
	const spool = await Spool.open({
		files: new MemorySegmentFiles(),
		name: 'metrics',
		maxBytes: 1 << 20,
		clock,
	});
	try {
		const { data, ends } = encoded(codec);
		const sids = Uint32Array.from({ length: SERIES }, (_, i) => i + 1);
		await table.append({
			series: Array.from(sids, (sid) => ({
				sid,
				hashLo: sid,
				hashHi: 0,
				labels: { __name__: 'bench', series: `${sid}` },
			})),
			chunks: {
				sids,
				hours: new Uint32Array(SERIES).fill(hour),
				versions: new Float64Array(SERIES).fill(1),
				kinds: new Uint8Array(SERIES),
				data,
				ends,
			},
			metadata: [],
			state: { watermark: spool.head(), version: 1, lastSid: SERIES },
		});
		const store = new ChunkStore({
			table,
			spool,
			blockCodec: createCodec(modules),
			chunkCodec: codec,
			openHead: () => createHead(modules, HEAD_BYTES),
			clock,
			log: silentLogger,
			faults: noFaults,
			loaded: await table.load(),
		});
		await store.start(() => {});
		await store.maintain();
		const times: number[] = [];
		for (let run = -WARM_UP; run < RUNS; run++) {
			const started = performance.now();
			const { values, release } = await store.select(
				[{ name: '__name__', op: '=', value: 'bench' }],
				hour * HOUR_MS,
				(hour + 1) * HOUR_MS - 1,
			);
			if (run >= 0) times.push(performance.now() - started);
			if (values.length !== SERIES * SAMPLES) throw new Error(`BUG: ${values.length} samples were read`);
			release?.();
		}
		await store.close();
		const ms = median(times);
		return { ours: `${ms.toFixed(0)} ms`, ok: ms <= BAR_MS };
	} finally {
		await spool.close();
		await table.close();
	}
}

function encoded(codec: ReturnType<typeof createChunkCodec>): { data: Uint8Array; ends: Uint32Array } {
	const { timestamps, values, sampleEnds } = chunkData(SERIES, 'mix');
	const parts: Uint8Array[] = [];
	const ends = new Uint32Array(SERIES);
	let size = 0;
	for (let from = 0; from < SERIES; from += BATCH) {
		const to = Math.min(from + BATCH, SERIES);
		const packed = codec.encode({
			timestamps: timestamps.subarray(from * SAMPLES, to * SAMPLES),
			values: values.subarray(from * SAMPLES, to * SAMPLES),
			sampleEnds: sampleEnds.slice(from, to).map((end) => end - from * SAMPLES),
		});
		parts.push(packed.data);
		for (const [i, end] of packed.ends.entries()) ends[from + i] = size + end;
		size += packed.data.length;
	}
	const data = new Uint8Array(size);
	let at = 0;
	for (const part of parts) {
		data.set(part, at);
		at += part.length;
	}
	return { data, ends };
}
