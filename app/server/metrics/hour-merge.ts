import { ChunkBuilder } from './chunk-builder.ts';
import type { ChunkCodec } from './chunk-codec.ts';
import { HOUR_MS } from './chunk-codec.ts';
import type { ChunkTable } from './chunk-table.ts';
import { SampleMerge } from './sample-merge.ts';
import { ChunkCursor } from './series-read.ts';

/** Series that are merged in one transaction: some 12 partial chunks each, so a few megabytes. */
const SLICE_SIDS = 4096;

/** Turns the partial chunks of closed hours into whole ones. Stops between slices when `signal` aborts. */
export async function mergeClosedHours(o: {
	table: ChunkTable;
	codec: ChunkCodec;
	beforeHour: number;
	lastSid: number;
	signal: AbortSignal;
	pause(): Promise<void>;
}): Promise<{ hours: number; refused: number }> {
	const { table, codec, signal } = o;
	let hours = 0;
	let refused = 0;
	for (const hour of await table.partialHours(o.beforeHour)) {
		for (let from = 0; from <= o.lastSid; from += SLICE_SIDS) {
			if (signal.aborted) return { hours, refused };
			const rows = await table.readPartials(hour, from, from + SLICE_SIDS);
			if (rows.sids.length === 0) continue;
			const version = rows.versions.reduce((a, b) => Math.max(a, b), 0);
			const builder = new ChunkBuilder(codec, version);
			const cursor = new ChunkCursor(rows, codec);
			const merge = new SampleMerge();
			for (let sid = cursor.next; sid >= 0; sid = cursor.next) {
				merge.clear();
				cursor.forEach(sid, (timestamp, value) => merge.push(timestamp, value));
				const { timestamps, values } = merge.result();
				if (timestamps.length > 0) builder.add(sid, timestamps, values);
			}
			refused += cursor.refused;
			const merged = builder.finish();
			for (const h of merged.hours) {
				if (h !== hour)
					throw new Error(`BUG: hour ${h} out of partial chunks of hour ${hour} (${HOUR_MS} ms)`);
			}
			await table.merge(hour, from, from + SLICE_SIDS, merged);
			await o.pause();
		}
		hours++;
	}
	return { hours, refused };
}
