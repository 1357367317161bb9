import type { Labels, Matcher } from '../../telemetry/labels.ts';
import { METRIC_NAME } from '../../telemetry/labels.ts';
import type { MetricBlock } from '../ingest/metric-block.ts';
import type { SeriesRow } from './chunk-table.ts';

interface Entry {
	sid: number;
	labels: Labels;
	hashLo: number;
	hashHi: number;
	/** Lengths and bytes as they come in blocks, to tell equal hashes apart. */
	lengths: Uint32Array;
	bytes: Uint8Array;
}

/**
 * Which series there are: labels to series id and back, and postings per label for matchers.
 * Bound: `maxSeries`; beyond it new series are refused and counted by the caller.
 */
export class SeriesIndex {
	readonly #maxSeries: number;
	readonly #byHash = new Map<number, Entry | Entry[]>();
	readonly #bySid = new Map<number, Entry>();
	/** Label name, label value, ids of its series, rising. */
	readonly #postings = new Map<string, Map<string, number[]>>();
	#lastSid: number;
	#unsaved: Entry[] = [];
	readonly #decoder = new TextDecoder();

	constructor(o: { maxSeries: number; lastSid: number; rows: SeriesRow[] }) {
		this.#maxSeries = o.maxSeries;
		this.#lastSid = o.lastSid;
		for (const row of [...o.rows].sort((a, b) => a.sid - b.sid)) this.#insert(entryOf(row));
	}

	get size(): number {
		return this.#bySid.size;
	}

	get lastSid(): number {
		return this.#lastSid;
	}

	get fill(): number {
		return this.#bySid.size / this.#maxSeries;
	}

	/** Id of series `i` of the block, whose labels begin at label `firstLabel` and byte `firstByte`; -1 at the bound. */
	resolve(block: MetricBlock, i: number, firstLabel: number, firstByte: number, endByte: number): number {
		const lo = block.hashes[2 * i]!;
		const hi = block.hashes[2 * i + 1]!;
		const endLabel = block.labelEnds[i]!;
		const found = this.#byHash.get(keyOf(lo, hi));
		if (found) {
			if (Array.isArray(found)) {
				const entry = found.find((e) => isSame(e, lo, hi, block, firstLabel, endLabel, firstByte, endByte));
				if (entry) return entry.sid;
			} else if (isSame(found, lo, hi, block, firstLabel, endLabel, firstByte, endByte)) return found.sid;
		}
		if (this.#bySid.size >= this.#maxSeries) return -1;
		const lengths = block.labelLengths.slice(2 * firstLabel, 2 * endLabel);
		const bytes = block.labelBytes.slice(firstByte, endByte);
		const labels = Object.create(null) as Record<string, string>;
		let at = 0;
		for (let k = 0; k < lengths.length; k += 2) {
			const name = this.#decoder.decode(bytes.subarray(at, at + lengths[k]!));
			at += lengths[k]!;
			labels[name] = this.#decoder.decode(bytes.subarray(at, at + lengths[k + 1]!));
			at += lengths[k + 1]!;
		}
		const entry: Entry = { sid: ++this.#lastSid, labels, hashLo: lo, hashHi: hi, lengths, bytes };
		this.#insert(entry);
		this.#unsaved.push(entry);
		return entry.sid;
	}

	labels(sid: number): Labels | undefined {
		return this.#bySid.get(sid)?.labels;
	}

	/** Series that were made since the last call: they belong into the next write of the table. */
	takeUnsaved(): SeriesRow[] {
		const rows = this.#unsaved.map(({ sid, hashLo, hashHi, labels }) => ({ sid, hashLo, hashHi, labels }));
		this.#unsaved = [];
		return rows;
	}

	/** Ids of the series that all matchers accept, rising. */
	select(matchers: readonly Matcher[]): Uint32Array {
		let candidates: number[] | null = null;
		const rest: Matcher[] = [];
		for (const m of matchers) {
			if (m.op !== '=' || m.value === '') {
				rest.push(m);
				continue;
			}
			const list = this.#postings.get(m.name)?.get(m.value) ?? [];
			candidates = candidates === null ? list : intersect(candidates, list);
		}
		// Without an equality, the first condition that an absent label fails gives the candidates.
		const start = candidates === null ? rest.findIndex((m) => !testOf(m)({})) : -1;
		if (candidates === null) {
			candidates = start < 0 ? [...this.#bySid.keys()].sort((a, b) => a - b) : this.#matching(rest[start]!);
		}
		const tests = rest.filter((_, i) => i !== start).map(testOf);
		const out: number[] = [];
		for (const sid of candidates) {
			const labels = this.#bySid.get(sid)!.labels;
			if (tests.every((t) => t(labels))) out.push(sid);
		}
		return Uint32Array.from(out);
	}

	/** Series whose value of the matcher's label is accepted, rising. */
	#matching(m: Matcher): number[] {
		const test = testOf(m);
		const out: number[] = [];
		for (const [value, sids] of this.#postings.get(m.name) ?? []) {
			if (test({ [m.name]: value })) for (const sid of sids) out.push(sid);
		}
		return out.sort((a, b) => a - b);
	}

	/** Values of a label, sorted. */
	values(name: string): string[] {
		return [...(this.#postings.get(name)?.keys() ?? [])].sort();
	}

	remove(sids: Iterable<number>): void {
		const gone = new Set(sids);
		if (gone.size === 0) return;
		for (const sid of gone) {
			const entry = this.#bySid.get(sid);
			if (!entry) continue;
			this.#bySid.delete(sid);
			const key = keyOf(entry.hashLo, entry.hashHi);
			const held = this.#byHash.get(key);
			if (Array.isArray(held)) {
				this.#byHash.set(
					key,
					held.filter((e) => e !== entry),
				);
			} else this.#byHash.delete(key);
		}
		for (const [name, values] of this.#postings) {
			for (const [value, list] of values) {
				const kept = list.filter((sid) => !gone.has(sid));
				if (kept.length === 0) values.delete(value);
				else if (kept.length < list.length) values.set(value, kept);
			}
			if (values.size === 0) this.#postings.delete(name);
		}
	}

	sids(): IterableIterator<number> {
		return this.#bySid.keys();
	}

	#insert(entry: Entry): void {
		this.#bySid.set(entry.sid, entry);
		this.#lastSid = Math.max(this.#lastSid, entry.sid);
		const key = keyOf(entry.hashLo, entry.hashHi);
		const held = this.#byHash.get(key);
		if (held === undefined) this.#byHash.set(key, entry);
		else this.#byHash.set(key, Array.isArray(held) ? [...held, entry] : [held, entry]);
		for (const name in entry.labels) {
			let values = this.#postings.get(name);
			if (!values) {
				values = new Map();
				this.#postings.set(name, values);
			}
			const list = values.get(entry.labels[name]!);
			if (list) list.push(entry.sid);
			else values.set(entry.labels[name]!, [entry.sid]);
		}
	}
}

/** Whether an entry has the labels that stand in the block: equal hashes are no proof. */
function isSame(
	e: Entry,
	lo: number,
	hi: number,
	block: MetricBlock,
	firstLabel: number,
	endLabel: number,
	firstByte: number,
	endByte: number,
): boolean {
	const { lengths, bytes } = e;
	if (e.hashLo !== lo || e.hashHi !== hi || bytes.length !== endByte - firstByte) return false;
	if (lengths.length !== 2 * (endLabel - firstLabel)) return false;
	const { labelLengths, labelBytes } = block;
	for (let k = 0, at = 2 * firstLabel; k < lengths.length; k++, at++) {
		if (lengths[k] !== labelLengths[at]) return false;
	}
	for (let k = 0, at = firstByte; k < bytes.length; k++, at++) {
		if (bytes[k] !== labelBytes[at]) return false;
	}
	return true;
}

/** 53 of the 64 bits, as a number: Map keys that need no allocation. */
function keyOf(lo: number, hi: number): number {
	return lo + (hi & 0x1fffff) * 2 ** 32;
}

function entryOf(row: SeriesRow): Entry {
	const encoder = new TextEncoder();
	// Names in byte order: equals code-point order, which differs from UTF-16 order only for names that are no metric labels.
	const parts = Object.keys(row.labels)
		.sort((a, b) => (a < b ? -1 : 1))
		.flatMap((name) => [encoder.encode(name), encoder.encode(row.labels[name]!)]);
	const bytes = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
	let at = 0;
	for (const p of parts) {
		bytes.set(p, at);
		at += p.length;
	}
	// Without a prototype: a label may be called 'constructor'.
	const labels = Object.assign(Object.create(null), row.labels) as Labels;
	return { ...row, labels, lengths: Uint32Array.from(parts, (p) => p.length), bytes };
}

function intersect(a: number[], b: number[]): number[] {
	const out: number[] = [];
	for (let i = 0, j = 0; i < a.length && j < b.length; ) {
		const d = a[i]! - b[j]!;
		if (d === 0) {
			out.push(a[i]!);
			i++;
			j++;
		} else if (d < 0) i++;
		else j++;
	}
	return out;
}

function testOf(m: Matcher): (labels: Labels) => boolean {
	const wanted = m.op === '=' || m.op === '=~';
	if (m.op === '=' || m.op === '!=') return (labels) => ((labels[m.name] ?? '') === m.value) === wanted;
	const pattern = new RegExp(`^(?:${m.value})$`, 'su');
	return (labels) => pattern.test(labels[m.name] ?? '') === wanted;
}

/** Shorthand for the matcher on a metric's name. */
export function named(metric: string): Matcher {
	return { name: METRIC_NAME, op: '=', value: metric };
}
