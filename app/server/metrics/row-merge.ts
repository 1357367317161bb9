import { type ChunkCodec, MAX_MERGE_CHUNKS } from './chunk-codec.ts';
import { chunksOf, joinRows, RowsBuilder, rowsOfKind, sortRows } from './chunk-rows.ts';
import { CHUNK_KIND, type ChunkRows } from './chunk-table.ts';
import { mergeHistogramRows } from './histogram-rows.ts';

/** Chunks that go through the codec in one call. */
const CALL_CHUNKS = 16_384;

/**
 * Merges the chunks of each series and hour; rows are by series, hour and version, and so is the result, in which a merged chunk has
 * the highest version. A group of over MAX_MERGE_CHUNKS stays as it is: its chunks still win by their versions.
 */
export function mergeRows(rows: ChunkRows, codec: ChunkCodec): { merged: ChunkRows; refused: number } {
	const samples = mergeSampleRows(rowsOfKind(rows, CHUNK_KIND.samples), codec);
	const histograms = mergeHistogramRows(rowsOfKind(rows, CHUNK_KIND.histograms), codec);
	return {
		merged: sortRows(joinRows([samples.merged, histograms.merged])),
		refused: samples.refused + histograms.refused,
	};
}

function mergeSampleRows(rows: ChunkRows, codec: ChunkCodec): { merged: ChunkRows; refused: number } {
	const version = rows.versions.reduce((a, b) => Math.max(a, b), 0);
	const merged = new RowsBuilder();
	const add = (row: number, as: number) =>
		merged.add(rows.sids[row]!, rows.hours[row]!, as, CHUNK_KIND.samples);
	let refused = 0;
	let groupEnds: number[] = [];
	let from = 0;
	/** Merges the groups that wait: they begin at row `from`. */
	const flush = () => {
		const to = groupEnds.at(-1);
		if (to === undefined) return;
		const ends = Uint32Array.from(groupEnds, (end) => end - from);
		const found = codec.mergeChunks(chunksOf(rows, from, to), ends);
		refused += found.refused.length;
		groupEnds.forEach((end, group) => {
			const first = group === 0 ? 0 : found.groupEnds[group - 1]!;
			for (let i = first; i < found.groupEnds[group]!; i++) add(end - 1, version);
		});
		merged.addChunks(found.chunks);
		groupEnds = [];
		from = to;
	};
	for (let start = 0; start < rows.sids.length; ) {
		let end = start + 1;
		while (
			end < rows.sids.length &&
			rows.sids[end] === rows.sids[start] &&
			rows.hours[end] === rows.hours[start]
		)
			end++;
		if (end - start > MAX_MERGE_CHUNKS) {
			flush();
			for (let row = start; row < end; row++) add(row, rows.versions[row]!);
			merged.addChunks(chunksOf(rows, start, end));
			from = end;
		} else {
			if (end - from > CALL_CHUNKS) flush();
			groupEnds.push(end);
		}
		start = end;
	}
	flush();
	return { merged: merged.finish(), refused };
}
