/** All series. */
export const ALL_SIDS = 2 ** 32;

/** Partial rows of series `[from, to)` up to a version are merged. */
export interface MergeMark {
	from: number;
	to: number;
	version: number;
}

/**
 * Which partial rows are merged, by hour. Bound: one mark a slice of an hour that is being merged, of the days that have rows in `open`; what touches
 * becomes one, and an hour that is done has one.
 */
export class MergeMarks {
	readonly #hours = new Map<number, MergeMark[]>();

	add(hour: number, mark: MergeMark): void {
		const kept = (this.#hours.get(hour) ?? []).filter(
			(it) => it.from < mark.from || it.to > mark.to || it.version > mark.version,
		);
		const marks: MergeMark[] = [];
		for (const it of [...kept, mark].sort((a, b) => a.from - b.from || a.to - b.to)) {
			const last = marks.at(-1);
			if (last && last.version === it.version && it.from <= last.to) last.to = Math.max(last.to, it.to);
			else marks.push({ ...it });
		}
		this.#hours.set(hour, marks);
	}

	/** All rows of an hour are merged: each by one of its marks, so up to their highest version. */
	done(hour: number): void {
		const version = (this.#hours.get(hour) ?? []).reduce((highest, it) => Math.max(highest, it.version), 0);
		this.#hours.set(hour, [{ from: 0, to: ALL_SIDS, version }]);
	}

	hours(): number[] {
		return [...this.#hours.keys()];
	}

	*[Symbol.iterator](): IterableIterator<{ hour: number } & MergeMark> {
		for (const [hour, marks] of this.#hours) for (const mark of marks) yield { hour, ...mark };
	}

	forget(hour: number): void {
		this.#hours.delete(hour);
	}

	/** A condition on rows (sid, hour, version) of these hours: not merged. */
	condition(isAsked: (hour: number) => boolean): string {
		const full: [number, number][] = [];
		const parts: string[] = [];
		for (const [hour, marks] of this.#hours) {
			if (!isAsked(hour)) continue;
			for (const { from, to, version } of marks) {
				if (marks.length === 1 && from === 0 && to === ALL_SIDS) full.push([hour, version]);
				else parts.push(`(${hour}, ${from}, ${to}, ${version})`);
			}
		}
		const conditions = ['true'];
		if (full.length > 0) {
			const list = (column: number) => `CAST([${full.map((it) => it[column]).join(', ')}], 'Array(UInt32)')`;
			conditions.push(`version > transform(hour, ${list(0)}, ${list(1)}, toUInt32(0))`);
		}
		if (parts.length > 0) {
			const marks = `CAST([${parts.join(', ')}], 'Array(Tuple(UInt32, UInt64, UInt64, UInt32))')`;
			conditions.push(
				`NOT arrayExists(m -> m.1 = hour AND sid >= m.2 AND sid < m.3 AND version <= m.4, ${marks})`,
			);
		}
		return conditions.join(' AND ');
	}
}
