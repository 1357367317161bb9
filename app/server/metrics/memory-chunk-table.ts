import type { ChunkRows, ChunkTable, SeriesRow, StoredState, TableWrite } from './chunk-table.ts';

interface Row {
	sid: number;
	hour: number;
	version: number;
	data: Uint8Array;
}

/** ChunkTable in memory, for tests. */
export class MemoryChunkTable implements ChunkTable {
	merged: Row[] = [];
	partial: Row[] = [];
	series: SeriesRow[] = [];
	state: StoredState = { watermark: null, version: 0, lastSid: 0 };
	/** When set, called before each write; may throw. */
	fault: (() => void) | null = null;

	async load() {
		return { series: [...this.series], state: { ...this.state } };
	}

	async append(write: TableWrite, midway?: () => void): Promise<void> {
		this.fault?.();
		if (this.state.version >= write.state.version) return;
		midway?.();
		this.series.push(...write.series);
		this.partial.push(...split(write.chunks));
		this.state = write.state;
	}

	async read(sids: Uint32Array | null, fromHour: number, toHour: number): Promise<ChunkRows> {
		const wanted = sids && new Set(sids);
		return join(
			[...this.merged, ...this.partial].filter(
				(r) => r.hour >= fromHour && r.hour <= toHour && (!wanted || wanted.has(r.sid)),
			),
		);
	}

	async partialHours(beforeHour: number): Promise<number[]> {
		return [...new Set(this.partial.map((r) => r.hour))].filter((h) => h < beforeHour).sort((a, b) => a - b);
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

	async dropBefore(hour: number): Promise<number> {
		const before = this.merged.length + this.partial.length;
		this.merged = this.merged.filter((r) => r.hour >= hour);
		this.partial = this.partial.filter((r) => r.hour >= hour);
		return before - this.merged.length - this.partial.length;
	}

	async sidsInUse(): Promise<Set<number>> {
		return new Set([...this.merged, ...this.partial].map((r) => r.sid));
	}

	async dropSeries(sids: readonly number[]): Promise<void> {
		const gone = new Set(sids);
		this.series = this.series.filter((s) => !gone.has(s.sid));
	}

	async close(): Promise<void> {}
}

function split(rows: ChunkRows): Row[] {
	return Array.from(rows.sids, (sid, i) => ({
		sid,
		hour: rows.hours[i]!,
		version: rows.versions[i]!,
		data: rows.data.slice(i === 0 ? 0 : rows.ends[i - 1]!, rows.ends[i]),
	}));
}

function join(rows: Row[]): ChunkRows {
	const sorted = rows.sort((a, b) => a.sid - b.sid || a.hour - b.hour || a.version - b.version);
	const data = new Uint8Array(sorted.reduce((n, r) => n + r.data.length, 0));
	const ends = new Uint32Array(sorted.length);
	let at = 0;
	for (const [i, r] of sorted.entries()) {
		data.set(r.data, at);
		at += r.data.length;
		ends[i] = at;
	}
	return {
		sids: Uint32Array.from(sorted, (r) => r.sid),
		hours: Uint32Array.from(sorted, (r) => r.hour),
		versions: Float64Array.from(sorted, (r) => r.version),
		data,
		ends,
	};
}
