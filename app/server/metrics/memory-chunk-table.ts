import type { MetricMetadata } from '../../telemetry/metadata.ts';
import {
	type ChunkRows,
	type ChunkTable,
	DAY_HOURS,
	type DayRows,
	type LostData,
	type SeriesHours,
	type SeriesRow,
	type StoredState,
	type TableWrite,
	TIERS,
	type TierRows,
} from './chunk-table.ts';

interface Row {
	sid: number;
	hour: number;
	version: number;
	kind: number;
	data: Uint8Array;
}

interface TierRow {
	sid: number;
	day: number;
	data: Uint8Array;
}

interface Day {
	rows: Row[];
	tiers: TierRow[][];
}

/** Rows that `make` of a closing day gets at once, but for those of one series. */
const SLICE_ROWS = 1_000;

/** ChunkTable in memory, for tests. */
export class MemoryChunkTable implements ChunkTable {
	/** Merged rows of days that are open. */
	merged: Row[] = [];
	partial: Row[] = [];
	readonly days = new Map<number, Day>();
	series: SeriesRow[] = [];
	readonly metadata = new Map<string, MetricMetadata>();
	state: StoredState = { watermark: null, version: 0, lastSid: 0 };
	lost: LostData[] = [];
	/** When set, called before each write; may throw. */
	fault: (() => void) | null = null;

	async load() {
		return {
			series: [...this.series],
			metadata: [...this.metadata.values()],
			state: { ...this.state },
			lost: [...this.lost],
		};
	}

	async append(write: TableWrite, midway?: () => void): Promise<void> {
		this.fault?.();
		if (this.state.version >= write.state.version) return;
		midway?.();
		for (const row of write.series) this.series.push(row);
		this.partial.push(...split(write.chunks));
		for (const it of write.metadata) this.metadata.set(it.family, it);
		this.state = write.state;
	}

	async read(sids: Uint32Array | null, fromHour: number, toHour: number): Promise<ChunkRows> {
		const wanted = sids && new Set(sids);
		return join(
			[...this.#all()].filter(
				(r) => r.hour >= fromHour && r.hour <= toHour && (!wanted || wanted.has(r.sid)),
			),
		);
	}

	async partialHours(beforeHour: number): Promise<number[]> {
		return rising(this.partial.map((r) => r.hour).filter((h) => h < beforeHour));
	}

	async readPartials(hour: number, fromSid: number, toSid: number): Promise<ChunkRows> {
		return join(this.partial.filter((r) => r.hour === hour && r.sid >= fromSid && r.sid < toSid));
	}

	async merge(hour: number, fromSid: number, toSid: number, merged: ChunkRows): Promise<void> {
		this.fault?.();
		const version = merged.versions.reduce((a, b) => Math.max(a, b), 0);
		this.partial = this.partial.filter(
			(r) => !(r.hour === hour && r.sid >= fromSid && r.sid < toSid && r.version <= version),
		);
		this.merged.push(...split(merged));
	}

	async openDays(beforeDay: number): Promise<number[]> {
		return rising(this.merged.map(dayOf).filter((day) => day < beforeDay));
	}

	async closeDay(day: number, make: (rows: ChunkRows) => DayRows, midway?: () => void): Promise<void> {
		this.fault?.();
		const old = this.merged.filter((r) => dayOf(r) === day);
		const rows = sorted([...old, ...(this.days.get(day)?.rows ?? [])]);
		const place: Day = { rows: [], tiers: TIERS.map(() => []) };
		for (let from = 0; from < rows.length; ) {
			let to = Math.min(from + SLICE_ROWS, rows.length);
			while (to < rows.length && rows[to]!.sid === rows[to - 1]!.sid) to++;
			const { chunks, tiers } = make(join(rows.slice(from, to)));
			place.rows.push(...split(chunks));
			for (const [i, list] of place.tiers.entries()) list.push(...splitTier(tiers[i]!));
			from = to;
		}
		midway?.();
		this.days.set(day, place);
		const gone = new Set(old);
		this.merged = this.merged.filter((r) => !gone.has(r));
	}

	async readTier(tier: number, sids: Uint32Array | null, fromDay: number, toDay: number): Promise<TierRows> {
		const wanted = sids && new Set(sids);
		const days = (await this.closedDays()).filter((day) => day >= fromDay && day <= toDay);
		const found = days
			.flatMap((day) => this.days.get(day)!.tiers[tier]!)
			.filter((r) => !wanted || wanted.has(r.sid))
			.sort((a, b) => a.sid - b.sid || a.day - b.day);
		return {
			sids: Uint32Array.from(found, (r) => r.sid),
			days: Uint32Array.from(found, (r) => r.day),
			...packed(found),
		};
	}

	async closedDays(): Promise<number[]> {
		const open = new Set([...this.merged, ...this.partial].map(dayOf));
		return rising([...this.days.keys()].filter((day) => !open.has(day)));
	}

	async usage(): Promise<{ day: number; bytes: number }[]> {
		const bytes = new Map<number, number>();
		const add = (day: number, r: { data: Uint8Array }) =>
			bytes.set(day, (bytes.get(day) ?? 0) + 16 + r.data.length);
		for (const r of this.#all()) add(dayOf(r), r);
		for (const [day, { tiers }] of this.days) for (const r of tiers.flat()) add(day, r);
		return rising([...bytes.keys()]).map((day) => ({ day, bytes: bytes.get(day)! }));
	}

	async dropBefore(hour: number): Promise<number> {
		const before = [...this.#all()].length;
		this.merged = this.merged.filter((r) => r.hour >= hour);
		this.partial = this.partial.filter((r) => r.hour >= hour);
		for (const day of this.days.keys()) if ((day + 1) * DAY_HOURS <= hour) this.days.delete(day);
		return before - [...this.#all()].length;
	}

	async dropDay(day: number): Promise<void> {
		this.merged = this.merged.filter((r) => dayOf(r) !== day);
		this.partial = this.partial.filter((r) => dayOf(r) !== day);
		this.days.delete(day);
	}

	async refilled({ place, fromHour }: LostData): Promise<void> {
		this.lost = this.lost.filter((it) => it.place !== place || it.fromHour !== fromHour);
	}

	async *seriesHours(): AsyncGenerator<SeriesHours> {
		const rows = [...this.#all()];
		const hours = Uint32Array.from(rows, (r) => r.hour);
		yield { sids: Uint32Array.from(rows, (r) => r.sid), first: hours, last: hours };
	}

	async sidsInUse(): Promise<Set<number>> {
		return new Set([...this.#all()].map((r) => r.sid));
	}

	async dropSeries(sids: readonly number[]): Promise<void> {
		const gone = new Set(sids);
		this.series = this.series.filter((s) => !gone.has(s.sid));
	}

	async close(): Promise<void> {}

	*#all(): Iterable<Row> {
		yield* this.merged;
		yield* this.partial;
		for (const { rows } of this.days.values()) yield* rows;
	}
}

function dayOf(row: Row): number {
	return Math.floor(row.hour / DAY_HOURS);
}

function rising(numbers: number[]): number[] {
	return [...new Set(numbers)].sort((a, b) => a - b);
}

function sorted(rows: Row[]): Row[] {
	return rows.sort((a, b) => a.sid - b.sid || a.hour - b.hour || a.version - b.version);
}

function split(rows: ChunkRows): Row[] {
	return Array.from(rows.sids, (sid, i) => ({
		sid,
		hour: rows.hours[i]!,
		version: rows.versions[i]!,
		kind: rows.kinds[i]!,
		data: rows.data.slice(i === 0 ? 0 : rows.ends[i - 1]!, rows.ends[i]),
	}));
}

function splitTier(rows: TierRows): TierRow[] {
	return Array.from(rows.sids, (sid, i) => ({
		sid,
		day: rows.days[i]!,
		data: rows.data.slice(i === 0 ? 0 : rows.ends[i - 1]!, rows.ends[i]),
	}));
}

function join(rows: Row[]): ChunkRows {
	const list = sorted(rows);
	return {
		sids: Uint32Array.from(list, (r) => r.sid),
		hours: Uint32Array.from(list, (r) => r.hour),
		versions: Float64Array.from(list, (r) => r.version),
		kinds: Uint8Array.from(list, (r) => r.kind),
		...packed(list),
	};
}

function packed(rows: { data: Uint8Array }[]): { data: Uint8Array; ends: Uint32Array } {
	const data = new Uint8Array(rows.reduce((n, r) => n + r.data.length, 0));
	const ends = new Uint32Array(rows.length);
	let at = 0;
	for (const [i, r] of rows.entries()) {
		data.set(r.data, at);
		at += r.data.length;
		ends[i] = at;
	}
	return { data, ends };
}
