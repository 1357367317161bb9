import type { ChunkCodec } from './chunk-codec.ts';
import type { ChunkTable } from './chunk-table.ts';
import { mergeRows } from './row-merge.ts';

/** Series that are merged in one transaction: some 12 partial chunks each, so a few megabytes. */
const SLICE_SIDS = 4096;
/** Hours that are merged in one go: a back-fill may bring thousands. */
const MAX_HOURS = 48;

/** Turns the partial chunks of closed hours into whole ones. Stops between slices when `signal` aborts. */
export async function mergeClosedHours(o: {
	table: ChunkTable;
	codec: ChunkCodec;
	beforeHour: number;
	lastSid: number;
	signal: AbortSignal;
	pause(): Promise<void>;
}): Promise<{ hours: number; refused: number; more: boolean }> {
	const { table, codec, signal } = o;
	let hours = 0;
	let refused = 0;
	const waiting = await table.partialHours(o.beforeHour);
	for (const hour of waiting.slice(0, MAX_HOURS)) {
		for (let from = 0; from <= o.lastSid; from += SLICE_SIDS) {
			if (signal.aborted) return { hours, refused, more: false };
			const rows = await table.readPartials(hour, from, from + SLICE_SIDS);
			if (rows.sids.length === 0) continue;
			const { merged, refused: damaged } = mergeRows(rows, codec);
			refused += damaged;
			await table.merge(hour, from, from + SLICE_SIDS, merged);
			await o.pause();
		}
		hours++;
	}
	return { hours, refused, more: waiting.length > hours };
}
