/** Where the rows of a long list lie, most of them as high as expected, some as measured. */
export class RowHeights {
	readonly count: number;
	readonly usual: number;
	/** Of the rows that differ from the usual, ascending. */
	readonly #rows: number[];
	/** Sum of the differences up to and with that row. */
	readonly #sums: number[];
	readonly total: number;

	/** @param measured px by row; rows out of range are left out */
	constructor(count: number, usual: number, measured: Iterable<readonly [number, number]>) {
		if (!(usual > 0)) throw new Error(`BUG: rows ${usual} px high`);
		this.count = count;
		this.usual = usual;
		const different = [...measured]
			.filter(([row, height]) => row >= 0 && row < count && height !== usual)
			.sort(([a], [b]) => a - b);
		this.#rows = different.map(([row]) => row);
		let sum = 0;
		this.#sums = different.map(([, height]) => {
			sum += height - usual;
			return sum;
		});
		this.total = count * usual + sum;
	}

	/** Distance of the row's upper edge from the top of the list. */
	top(row: number): number {
		const before = this.#different(row - 1);
		return row * this.usual + (before < 0 ? 0 : (this.#sums[before] as number));
	}

	/** The row at a distance from the top; the nearest when there is none. */
	rowAt(y: number): number {
		let low = 0;
		let high = this.count - 1;
		while (low < high) {
			const middle = (low + high + 1) >> 1;
			if (this.top(middle) <= y) low = middle;
			else high = middle - 1;
		}
		return Math.max(0, low);
	}

	/** Rows from `first` up to but without `end` that touch the window, with some more on both sides. */
	window(y: number, height: number, spare: number): { first: number; end: number } {
		if (this.count === 0) return { first: 0, end: 0 };
		const first = Math.max(0, this.rowAt(y) - spare);
		const end = Math.min(this.count, this.rowAt(y + height) + 1 + spare);
		return { first, end };
	}

	/** Index of the last differing row up to `row`, -1 for none. */
	#different(row: number): number {
		let low = -1;
		let high = this.#rows.length - 1;
		while (low < high) {
			const middle = (low + high + 1) >> 1;
			if ((this.#rows[middle] as number) <= row) low = middle;
			else high = middle - 1;
		}
		return low;
	}
}
