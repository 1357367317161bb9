import type { Labels, Matcher } from '../../telemetry/labels.ts';
import { METRIC_NAME } from '../../telemetry/labels.ts';
import type { MetricBlock } from '../ingest/metric-block.ts';
import type { NewSeries, SeriesRow } from './chunk-table.ts';
import { LabelPairs, sorted } from './label-pairs.ts';
import { pairOf, selectSeries } from './series-selection.ts';
import { SeriesTable } from './series-table.ts';

/** Times of a series' samples, ms, both included. */
export interface TimeSpan {
	from: number;
	to: number;
}

const ALWAYS: TimeSpan = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };

/**
 * Which series there are: labels to series id and back, postings per label for matchers, and from when to when each has samples.
 * Bound: `maxSeries`; beyond it new series are refused and counted by the caller.
 */
export class SeriesIndex {
	readonly maxSeries: number;
	/** Stored series have samples up to here, ms: when they were loaded. */
	readonly #loadedAt: number;
	/** Of stored series up to this id it is not known yet from when to when they have samples. */
	#unknownUpTo: number;
	readonly pairs = new LabelPairs();
	readonly table = new SeriesTable();
	/** Made when they are asked for, and kept: by row. */
	#labels: (Labels | undefined)[] = [];
	#lastSid: number;
	/** Rows of series that are in no write of the table yet. */
	#unsaved: number[] = [];
	readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });

	constructor(o: { maxSeries: number; lastSid: number; rows: SeriesRow[]; loadedAt?: number }) {
		this.maxSeries = o.maxSeries;
		this.#loadedAt = o.loadedAt ?? Number.POSITIVE_INFINITY;
		this.#lastSid = o.lastSid;
		this.#unknownUpTo = -1;
		for (const { sid, hashLo, hashHi, labels } of [...o.rows].sort((a, b) => a.sid - b.sid)) {
			const pairs = sorted(Object.keys(labels)).map((name) => this.pairs.intern(name, labels[name]!));
			this.#insert(sid, hashLo, hashHi, pairs);
			this.#unknownUpTo = sid;
		}
	}

	get size(): number {
		return this.table.length;
	}

	get lastSid(): number {
		return this.#lastSid;
	}

	get fill(): number {
		return this.table.length / this.maxSeries;
	}

	/** Id of series `i` of the block, whose labels begin at label `firstLabel` and byte `firstByte`; -1 at the bound. */
	resolve(block: MetricBlock, i: number, firstLabel: number, firstByte: number, endByte: number): number {
		const lo = block.hashes[2 * i]!;
		const hi = block.hashes[2 * i + 1]!;
		let row = this.table.find(lo, hi);
		// Equal hashes are no proof.
		while (row >= 0 && !this.#isSame(row, block, firstLabel, block.labelEnds[i]!, firstByte, endByte)) {
			row = this.table.find(lo, hi, row);
		}
		if (row < 0) {
			if (this.table.length >= this.maxSeries) return -1;
			row = this.#insert(++this.#lastSid, lo, hi, this.#internLabels(block, i, firstLabel, firstByte));
			this.#unsaved.push(this.#lastSid);
		}
		this.#noteTimes(row, block, i);
		return this.table.sid(row);
	}

	/** Has no prototype: a label may be called `constructor`. */
	labels(sid: number): Labels | undefined {
		const row = this.table.rowOf(sid);
		if (row < 0) return undefined;
		this.#labels[row] ??= this.#make(row);
		return this.#labels[row];
	}

	#make(row: number): Labels {
		const labels = new Bare();
		const pairs = this.table.pairs(row);
		for (let i = 0; i < pairs.length; i++) {
			labels[this.pairs.name(pairs[i]!).name] = this.pairs.value(pairs[i]!);
		}
		return labels;
	}

	/** Series that were made since the last call: they belong into the next write of the table. */
	takeUnsaved(): NewSeries {
		const sids = this.#unsaved;
		this.#unsaved = [];
		return { length: sids.length, [Symbol.iterator]: () => this.#rowsOf(sids) };
	}

	/** Those that are still there. */
	*#rowsOf(sids: readonly number[]): Generator<SeriesRow> {
		for (const sid of sids) {
			const row = this.table.rowOf(sid);
			if (row >= 0) yield { sid, ...this.table.hash(row), labels: this.#make(row) };
		}
	}

	/** Ids of the series that all matchers accept, rising. Throws a RegexError. */
	select(matchers: readonly Matcher[]): Uint32Array {
		return selectSeries(this.pairs, this.table, matchers);
	}

	/** Those of `sids` that may have samples in a span: the times between their first and their last one meet it. */
	within(sids: Uint32Array, { from, to }: TimeSpan): Uint32Array {
		return sids.filter((sid) => this.#meets(sid, { from, to }));
	}

	/** Names of the labels of series that may have samples in a span, sorted; of all series where none are given. */
	names(sids?: Uint32Array, span: TimeSpan = ALWAYS): string[] {
		const found = new Set<string>();
		for (const sid of this.within(sids ?? this.table.sids(), span)) {
			for (const pair of this.table.pairs(this.table.rowOf(sid))) found.add(this.pairs.name(pair).name);
		}
		return sorted(found);
	}

	/** Values of a label, likewise. */
	values(name: string, sids?: Uint32Array, span: TimeSpan = ALWAYS): string[] {
		const wanted = this.pairs.find(name);
		if (!wanted) return [];
		if (!sids) {
			// Fast path: of each value one series that is there is enough.
			return sorted(
				[...wanted.values]
					.filter(([, pair]) => this.pairs.series(pair).some((sid) => this.#meets(sid, span)))
					.map(([value]) => value),
			);
		}
		const found = new Set<number>();
		for (const sid of this.within(sids, span)) {
			const pair = pairOf(this.pairs, this.table, this.table.rowOf(sid), wanted);
			if (pair >= 0) found.add(pair);
		}
		return sorted([...found].map((pair) => this.pairs.value(pair)));
	}

	remove(sids: Iterable<number>): void {
		const gone = new Set(sids);
		const pairs = new Set<number>();
		for (const sid of gone) {
			const row = this.table.rowOf(sid);
			if (row < 0) gone.delete(sid);
			else for (const pair of this.table.pairs(row)) pairs.add(pair);
		}
		if (gone.size === 0) return;
		this.#labels = this.#labels.filter((_, row) => !gone.has(this.table.sid(row)));
		this.pairs.drop(pairs, gone);
		this.table.remove(gone);
	}

	sids(): IterableIterator<number> {
		return this.table.sids().values();
	}

	#meets(sid: number, { from, to }: TimeSpan): boolean {
		const row = this.table.rowOf(sid);
		if (this.isUnknown(row) && this.#loadedAt >= from) return true;
		return this.table.first(row) <= to && this.table.last(row) >= from;
	}

	/** Its first sample is stored, and was not looked for yet. */
	isUnknown(row: number): boolean {
		return this.#unknownUpTo >= 0 && this.table.sid(row) <= this.#unknownUpTo;
	}

	/** Ids of series of which `known` shall tell the times, rising. */
	unknown(): Uint32Array {
		return this.table.sids().filter((sid) => sid <= this.#unknownUpTo);
	}

	/** All times of stored series, ms; one that is not among them has no stored sample. */
	known(times: Iterable<{ sid: number } & TimeSpan>): void {
		for (const { sid, from, to } of times) {
			const row = this.table.rowOf(sid);
			if (row >= 0) this.table.saw(row, from, Math.min(to, this.#loadedAt));
		}
		this.#unknownUpTo = -1;
	}

	#insert(sid: number, lo: number, hi: number, pairs: readonly number[]): number {
		this.#lastSid = Math.max(this.#lastSid, sid);
		for (const pair of pairs) this.pairs.add(pair, sid);
		this.#labels.push(undefined);
		return this.table.push(sid, lo, hi, pairs);
	}

	#internLabels(block: MetricBlock, i: number, firstLabel: number, firstByte: number): number[] {
		const { labelLengths, labelBytes } = block;
		const pairs: number[] = [];
		let at = firstByte;
		const text = (length: number) => {
			at += length;
			return this.#decoder.decode(labelBytes.subarray(at - length, at));
		};
		for (let k = 2 * firstLabel; k < 2 * block.labelEnds[i]!; k += 2) {
			const name = text(labelLengths[k]!);
			pairs.push(this.pairs.intern(name, text(labelLengths[k + 1]!)));
		}
		return pairs;
	}

	/** Whether a row has the labels that stand in the block. */
	#isSame(
		row: number,
		block: MetricBlock,
		firstLabel: number,
		endLabel: number,
		firstByte: number,
		endByte: number,
	): boolean {
		const { pairs, table } = this;
		const start = table.pairsStart(row);
		const end = table.pairsEnd(row);
		if (end - start !== endLabel - firstLabel) return false;
		const { labelLengths, labelBytes } = block;
		let at = firstByte;
		for (let k = start, l = 2 * firstLabel; k < end; k++, l += 2) {
			const nameLength = labelLengths[l]!;
			const valueLength = labelLengths[l + 1]!;
			if (!pairs.bytes.is(table.pair(k), nameLength, valueLength, labelBytes, at)) return false;
			at += nameLength + valueLength;
		}
		return at === endByte;
	}

	#noteTimes(row: number, block: MetricBlock, i: number): void {
		this.#noteSpan(row, block.timestamps, block.sampleEnds, i);
		if (block.histograms) this.#noteSpan(row, block.histograms.timestamps, block.histograms.ends, i);
	}

	#noteSpan(row: number, timestamps: Float64Array, ends: Uint32Array, i: number): void {
		let first = Number.POSITIVE_INFINITY;
		let last = Number.NEGATIVE_INFINITY;
		for (let s = i === 0 ? 0 : ends[i - 1]!; s < ends[i]!; s++) {
			const time = timestamps[s]!;
			if (time < first) first = time;
			if (time > last) last = time;
		}
		this.table.saw(row, first, last);
	}
}

/** An object without anything inherited that is yet kept as compactly as others; Object.create(null) makes a hash table. */
const Bare = function bare() {} as unknown as { new (): Record<string, string>; prototype: object };
Bare.prototype = Object.create(null) as object;

/** Shorthand for the matcher on a metric's name. */
export function named(metric: string): Matcher {
	return { name: METRIC_NAME, op: '=', value: metric };
}
