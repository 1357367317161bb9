import type { NativeHistograms } from '../../../core-as/facade/index.ts';

/** Histograms of one series out of several columns. Reused from series to series. */
export class HistogramList {
	#columns: NativeHistograms[] = [];
	#indexes: number[] = [];
	#times: number[] = [];

	get length(): number {
		return this.#times.length;
	}

	clear(): void {
		this.#columns = [];
		this.#indexes = [];
		this.#times = [];
	}

	/** Histogram `index` of the columns, whose times are milliseconds since the epoch. */
	push(columns: NativeHistograms, index: number): void {
		this.#columns.push(columns);
		this.#indexes.push(index);
		this.#times.push(columns.timestamps[index]!);
	}

	columns(i: number): NativeHistograms {
		return this.#columns[i]!;
	}

	index(i: number): number {
		return this.#indexes[i]!;
	}

	time(i: number): number {
		return this.#times[i]!;
	}

	/** Puts them in time order; where times meet the one that came last stays. */
	sort(): void {
		const times = this.#times;
		let rising = true;
		for (let i = 1; i < times.length && rising; i++) rising = times[i]! > times[i - 1]!;
		if (rising) return;
		const order = [...times.keys()].sort((a, b) => times[a]! - times[b]! || a - b);
		const kept = order.filter((it, i) => i + 1 === order.length || times[order[i + 1]!] !== times[it]);
		this.#columns = kept.map((i) => this.#columns[i]!);
		this.#indexes = kept.map((i) => this.#indexes[i]!);
		this.#times = kept.map((i) => times[i]!);
	}
}
