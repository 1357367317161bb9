import { join } from 'node:path';
import { systemClock } from '../../app/clock.ts';
import { Spool } from '../../app/delivery/spool.ts';
import { decodeMetricBlock, type MetricBlock } from '../../app/server/ingest/metric-block.ts';
import { createCodec } from '../../core-as/facade/index.ts';
import { NodeSegmentFiles } from '../../hosts/node/segments/node-segment-files.ts';
import { loadCoreModules } from '../../hosts/node/wasm/core-modules.ts';
import { root } from './product.ts';

/** Metric blocks that a server which is gone has acknowledged and not released, oldest first. */
export async function spooledBlocks(dataDir: string): Promise<MetricBlock[]> {
	const codec = createCodec(await loadCoreModules(join(root, 'build/core')));
	const spool = await Spool.open({
		files: await NodeSegmentFiles.open(join(dataDir, 'spool', 'metrics')),
		name: 'metrics',
		maxBytes: 1024 ** 3,
		clock: systemClock,
	});
	try {
		const records = await spool.read(spool.head(), Number.MAX_SAFE_INTEGER);
		return records.map((record) => decodeMetricBlock(record.payload, codec));
	} finally {
		await spool.close();
	}
}

/** Labels of series `i` of a block. */
export function labelsOf(block: MetricBlock, i: number): Record<string, string> {
	const { labelEnds, labelLengths, labelBytes } = block;
	const first = i === 0 ? 0 : labelEnds[i - 1]!;
	let at = 0;
	for (let l = 0; l < 2 * first; l++) at += labelLengths[l]!;
	const texts: string[] = [];
	for (let l = 2 * first; l < 2 * labelEnds[i]!; l++) {
		texts.push(new TextDecoder().decode(labelBytes.subarray(at, at + labelLengths[l]!)));
		at += labelLengths[l]!;
	}
	return Object.fromEntries(texts.flatMap((text, t) => (t % 2 === 0 ? [[text, texts[t + 1]!]] : [])));
}
