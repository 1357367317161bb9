import type { Labels } from '../../telemetry/labels.ts';
import type { SeriesColumns } from '../../telemetry/series.ts';
import { type ChunkCodec, type ChunkSamples, HOUR_MS } from './chunk-codec.ts';
import { rowsOfKind, rowsOfSeries } from './chunk-rows.ts';
import {
	CHUNK_KIND,
	type ChunkRows,
	type ChunkTable,
	DAY_HOURS,
	type LentRows,
	TIERS,
} from './chunk-table.ts';
import type { HeadView } from './head-pair.ts';
import { HistogramList } from './histogram-list.ts';
import { HistogramCursor } from './histogram-rows.ts';
import { HistogramsOut } from './histograms-out.ts';
import type { SampleArrays } from './sample-arrays.ts';
import { SamplesOut } from './samples-out.ts';
import { chooseTier, type ReadHints, type TierChoice } from './tier-choice.ts';
import { TierReader } from './tier-reader.ts';
import { DAY_MS } from './tier-rows.ts';

export interface SeriesReadOptions {
	table: ChunkTable;
	codec: ChunkCodec;
	/** Rising. */
	sids: Uint32Array;
	/** What is not in the table: its samples win. */
	head: HeadView;
	from: number;
	to: number;
	maxSamples: number;
	/** Where the columns lie. */
	arrays: SampleArrays;
	/** None: the samples as they came. */
	hints: ReadHints | undefined;
	labels(sid: number): Labels | undefined;
	/** Told how many chunks could not be decoded. */
	refused(n: number): void;
}

/** Chunks that are decoded in one call: full ones are 2 MB of samples, which the processor's cache holds. */
const DECODE_CHUNKS = 512;

/** What of the table an answer is made of; rows of each list are by series. */
interface Stored {
	chunks: LentRows[];
	tiers: TierReader[];
}

/**
 * Chunks, tiers and heads of many series, merged into columns. Series without a sample in the range are left out. Days that are closed are read from
 * a tier where `hints` allow it, all else as it came.
 */
export async function readSeries(o: SeriesReadOptions): Promise<SeriesColumns> {
	const { table, sids, from, to } = o;
	if (sids.length === 0 || to < from) return joined(o, { chunks: [], tiers: [] });
	const choice = o.hints ? chooseTier(o.hints) : null;
	const tiered = choice && (await readTiers(o, choice));
	const stored = tiered ?? { chunks: [await table.read(sids, hourOf(from), hourOf(to))], tiers: [] };
	const columns = joined(o, stored);
	for (const rows of stored.chunks) rows.release?.();
	return columns;
}

function hourOf(time: number): number {
	return Math.max(0, Math.floor(time / HOUR_MS));
}

/** Closed days from the tier, the others as chunks; null when no day of the range is closed. */
async function readTiers(o: SeriesReadOptions, { tier, column }: TierChoice): Promise<Stored | null> {
	const { table, sids, codec } = o;
	const [fromHour, toHour] = [hourOf(o.from), hourOf(o.to)];
	const dayOf = (hour: number) => Math.floor(hour / DAY_HOURS);
	// What a head has of a day is not in its tier.
	const fresh = daysOfHead(o.head);
	const closed = new Set(await table.closedDays());
	const used: number[] = [];
	const stored: Stored = { chunks: [], tiers: [] };
	for (let first = dayOf(fromHour); first <= dayOf(toHour); ) {
		const isTiered = (day: number) => closed.has(day) && !fresh.has(day);
		let last = first;
		while (last < dayOf(toHour) && isTiered(last + 1) === isTiered(first)) last++;
		const hours: [number, number] = [
			Math.max(fromHour, first * DAY_HOURS),
			Math.min(toHour, last * DAY_HOURS + DAY_HOURS - 1),
		];
		if (isTiered(first)) {
			const reader = new TierReader(
				await table.readTier(tier, sids, first, last),
				column,
				TIERS[tier]!,
				codec,
			);
			stored.tiers.push(reader);
			if (reader.unsampled.size > 0) {
				const asked = sids.filter((sid) => reader.unsampled.has(sid));
				// Rows of others may come too, which are in the tier.
				stored.chunks.push(rowsOfSeries(await table.read(asked, ...hours), reader.unsampled));
			}
			for (let day = first; day <= last; day++) used.push(day);
		} else stored.chunks.push(await table.read(sids, ...hours));
		first = last + 1;
	}
	if (used.length === 0) return null;
	// A day that was opened meanwhile may have given nothing.
	const still = new Set(await table.closedDays());
	return used.every((day) => still.has(day)) ? stored : null;
}

function daysOfHead({ rows, samples, histograms }: HeadView): Set<number> {
	const days = new Set<number>();
	for (const it of rows) for (const hour of it.hours) days.add(Math.floor(hour / DAY_HOURS));
	for (const { timestamps } of samples) for (const time of timestamps) days.add(Math.floor(time / DAY_MS));
	for (const head of histograms) for (const day of head.days) days.add(day);
	return days;
}

function joined(o: SeriesReadOptions, stored: Stored): SeriesColumns {
	const { sids, from, to, codec } = o;
	const out = new SamplesOut(from, to, o.maxSamples, o.arrays);
	const lists = [...stored.chunks.map((rows) => rowsOfKind(rows, CHUNK_KIND.samples)), ...o.head.rows];
	const histogramLists = stored.chunks.map((rows) => rowsOfKind(rows, CHUNK_KIND.histograms));
	// Nobody else asks the codec before what it gave is copied.
	const alone = [...lists, ...histogramLists].filter((rows) => rows.sids.length > 0).length === 1;
	const lend = alone && stored.tiers.length === 0;
	const cursors = lists.map((rows) => new ChunkCursor(rows, codec, lend));
	const histogramCursors = histogramLists.map((rows) => new HistogramCursor(rows, codec));
	const list = new HistogramList();
	const histograms = new HistogramsOut(o.maxSamples);
	for (let i = 0; i < sids.length; i++) {
		const sid = sids[i]!;
		for (const it of stored.tiers) it.copy(sid, out);
		for (const it of cursors) it.copy(sid, out);
		for (const { ends, timestamps, values } of o.head.samples) {
			const start = i === 0 ? 0 : ends[i - 1]!;
			if (start < ends[i]!) out.add(timestamps, values, start, ends[i]!, 0);
		}
		list.clear();
		for (const it of histogramCursors) it.collect(sid, from, to, list);
		for (const head of o.head.histograms) head.collect(sid, from, to, list);
		list.sort();
		if (out.endSeries(o.labels(sid), list)) histograms.addSeries(list);
	}
	o.refused([...cursors, ...histogramCursors, ...stored.tiers].reduce((sum, it) => sum + it.refused, 0));
	return histograms.count === 0 ? out.result() : { ...out.result(), histograms: histograms.finish() };
}

/** Walks rows in the order of their series, decoding many chunks per call. */
export class ChunkCursor {
	readonly #rows: ChunkRows;
	readonly #codec: ChunkCodec;
	readonly #lend: boolean;
	#row = 0;
	#decodedFrom = 0;
	#decodedTo = 0;
	#samples: ChunkSamples = {
		timestamps: new Float64Array(0),
		values: new Float64Array(0),
		sampleEnds: new Uint32Array(0),
	};
	refused = 0;

	/** `lend`: whether nobody else asks the codec as long as this is read. */
	constructor(rows: ChunkRows, codec: ChunkCodec, lend = false) {
		this.#rows = rows;
		this.#codec = codec;
		this.#lend = lend;
	}

	/** Series of the next row, or -1 at the end. */
	get next(): number {
		return this.#row < this.#rows.sids.length ? this.#rows.sids[this.#row]! : -1;
	}

	/** Copies the samples of `sid`, lower versions first within an hour. Series must be asked for in rising order. */
	copy(sid: number, out: SamplesOut): void {
		const { sids } = this.#rows;
		while (this.#row < sids.length && sids[this.#row]! < sid) this.#row++;
		for (; this.#row < sids.length && sids[this.#row] === sid; this.#row++) {
			if (this.#row >= this.#decodedTo) this.#decode(out);
			const chunk = this.#row - this.#decodedFrom;
			const { timestamps, values, sampleEnds } = this.#samples;
			const first = chunk === 0 ? 0 : sampleEnds[chunk - 1]!;
			out.add(timestamps, values, first, sampleEnds[chunk]!, 0);
		}
	}

	#decode(out: SamplesOut): void {
		// What the codec lent is overwritten.
		out.settle();
		const { data, ends, hours } = this.#rows;
		const from = this.#row;
		const to = Math.min(from + DECODE_CHUNKS, ends.length);
		const base = from === 0 ? 0 : ends[from - 1]!;
		const packed = { data: data.subarray(base, ends[to - 1]), ends: ends.slice(from, to) };
		const starts = new Float64Array(to - from);
		for (let i = 0; i < starts.length; i++) {
			packed.ends[i]! -= base;
			starts[i] = hours[from + i]! * HOUR_MS;
		}
		const decoded = this.#codec.decode(packed, { lend: this.#lend, starts });
		this.refused += decoded.refused.length;
		this.#samples = decoded.samples;
		// What is to come is about as dense as what came first.
		if (from === 0) out.reserve(Math.ceil((decoded.samples.values.length / to) * ends.length * 1.05));
		this.#decodedFrom = from;
		this.#decodedTo = to;
	}
}
