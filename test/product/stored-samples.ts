import { join } from 'node:path';
import { systemClock } from '../../app/clock.ts';
import { Spool } from '../../app/delivery/spool.ts';
import { silentLogger } from '../../app/logging/logger.ts';
import { noFaults } from '../../app/server/faults.ts';
import { ChunkStore } from '../../app/server/metrics/chunk-store.ts';
import { HEAD_BYTES } from '../../app/server/metrics/sample-head.ts';
import { createChunkCodec, createCodec, createHead } from '../../core-as/facade/index.ts';
import { DuckdbChunkTable } from '../../hosts/node/chunks/duckdb-chunk-table.ts';
import { NodeSegmentFiles } from '../../hosts/node/segments/node-segment-files.ts';
import { loadCoreModules } from '../../hosts/node/wasm/core-modules.ts';
import { root } from './product.ts';

/** What the store of a stopped server holds of one metric: labels and samples, `[timestamp, value]`, in order. */
export async function storedSamples(
	dataDir: string,
	metric: string,
): Promise<{ labels: Readonly<Record<string, string>>; samples: [number, number][] }[]> {
	const modules = await loadCoreModules(join(root, 'build/core'));
	const table = await DuckdbChunkTable.open(join(dataDir, 'chunks'));
	const loaded = await table.load();
	const spool = await Spool.open({
		files: await NodeSegmentFiles.open(join(dataDir, 'spool', 'metrics')),
		name: 'metrics',
		maxBytes: 1024 ** 3,
		clock: systemClock,
		...(loaded.state.watermark ? { after: loaded.state.watermark } : {}),
	});
	const store = new ChunkStore({
		table,
		spool,
		blockCodec: createCodec(modules),
		chunkCodec: createChunkCodec(modules),
		openHead: () => createHead(modules, HEAD_BYTES),
		clock: systemClock,
		log: silentLogger,
		faults: noFaults,
		loaded,
	});
	try {
		await store.start(() => {});
		const columns = await store.select(
			[{ name: '__name__', op: '=', value: metric }],
			0,
			Date.now() + 3_600_000,
		);
		return columns.series.map((labels, index) => {
			const samples: [number, number][] = [];
			for (let i = index ? columns.ends[index - 1]! : 0; i < columns.ends[index]!; i++) {
				samples.push([columns.timestamps[i]!, columns.values[i]!]);
			}
			return { labels, samples };
		});
	} finally {
		await store.close();
		await spool.close();
		await table.close();
	}
}
