import type { Labels } from '../../telemetry/labels.ts';
import { type Histogram, sampleSize } from '../histograms/histogram.ts';
import { signatureOf } from '../labels/label-set.ts';

/** The steps of an evaluation: `start`, `start + step` and so on up to `end`, ms. */
export interface Grid {
	start: number;
	/** Where the query ends, which the last step need not reach. */
	end: number;
	step: number;
	count: number;
}

export function gridBetween(start: number, end: number, step: number): Grid {
	return { start, end, step, count: end < start ? 0 : Math.floor((end - start) / step) + 1 };
}

/** Nothing at this step. */
export const ABSENT = 0;
export const FLOAT = 1;
/** A native histogram; the value is its place in the vector's `histograms`. */
export const HISTOGRAM = 2;

/**
 * An instant vector at all steps of a grid, in columns: row `r` has its value of step `s` at `r * steps + s` of `values`,
 * where `kinds` says that there is one. A NaN is a value like any other.
 */
export class Vector {
	readonly steps: number;
	readonly labels: Labels[] = [];
	/** Whether the name goes at the end of the query; only with delayed name removal. */
	readonly dropNames: boolean[] = [];
	values: Float64Array;
	kinds: Uint8Array;
	/** What the cells of kind HISTOGRAM hold; empty in a vector of floats alone. */
	readonly histograms: Histogram[] = [];
	#counted = 0;

	constructor(steps: number, rows = 0) {
		this.steps = steps;
		this.values = new Float64Array(steps * rows);
		this.kinds = new Uint8Array(steps * rows);
	}

	get rows(): number {
		return this.labels.length;
	}

	/** Index of a new row without values. The columns may be others afterwards. */
	addRow(labels: Labels, dropName = false): number {
		const row = this.labels.push(labels) - 1;
		this.dropNames.push(dropName);
		const cells = (row + 1) * this.steps;
		if (cells > this.values.length) this.#grow(Math.max(cells, 2 * this.values.length));
		return row;
	}

	#grow(cells: number): void {
		const values = new Float64Array(cells);
		values.set(this.values);
		this.values = values;
		const kinds = new Uint8Array(cells);
		kinds.set(this.kinds);
		this.kinds = kinds;
	}

	set(row: number, step: number, value: number): void {
		const cell = row * this.steps + step;
		this.values[cell] = value;
		this.kinds[cell] = FLOAT;
	}

	setHistogram(row: number, step: number, h: Histogram): void {
		const cell = row * this.steps + step;
		this.values[cell] = this.histograms.push(h) - 1;
		this.kinds[cell] = HISTOGRAM;
	}

	/** The same as another vector's cell, which is not absent. */
	copy(row: number, step: number, from: Vector, fromRow: number, fromStep = step): void {
		const h = from.histogramAt(fromRow, fromStep);
		if (h) this.setHistogram(row, step, h);
		else this.set(row, step, from.get(fromRow, fromStep));
	}

	/** For how many samples the histograms count that have come since this was last asked. */
	takeSize(): number {
		let size = 0;
		while (this.#counted < this.histograms.length) size += sampleSize(this.histograms[this.#counted++]!);
		return size;
	}

	/** A value of any kind. */
	has(row: number, step: number): boolean {
		return this.kinds[row * this.steps + step] !== ABSENT;
	}

	hasFloat(row: number, step: number): boolean {
		return this.kinds[row * this.steps + step] === FLOAT;
	}

	/** The histogram of a cell, if it is one. */
	histogramAt(row: number, step: number): Histogram | undefined {
		const cell = row * this.steps + step;
		return this.kinds[cell] === HISTOGRAM ? this.histograms[this.values[cell]!] : undefined;
	}

	get(row: number, step: number): number {
		return this.values[row * this.steps + step]!;
	}

	/** Whether a row has a float. */
	hasAnyFloat(row: number): boolean {
		return this.kinds.subarray(row * this.steps, (row + 1) * this.steps).includes(FLOAT);
	}

	hasAnyHistogram(row: number): boolean {
		return this.kinds.subarray(row * this.steps, (row + 1) * this.steps).includes(HISTOGRAM);
	}

	/** Whether a row has no value at all. */
	isEmpty(row: number): boolean {
		const first = row * this.steps;
		for (let cell = first; cell < first + this.steps; cell++) if (this.kinds[cell] !== ABSENT) return false;
		return true;
	}
}

/** At which steps any of the rows has a value; of all rows when none are named. */
export function presence(vector: Vector, rows: Iterable<number> = vector.labels.keys()): Uint8Array {
	const out = new Uint8Array(vector.steps);
	for (const row of rows) {
		for (let step = 0; step < vector.steps; step++) if (vector.has(row, step)) out[step] = 1;
	}
	return out;
}

/** Rows of a vector by their labels. */
export class RowIndex {
	readonly #vector: Vector;
	readonly #rows = new Map<string, number>();

	constructor(vector: Vector) {
		this.#vector = vector;
	}

	/** The row with these labels, made if there is none. */
	rowOf(labels: Labels, dropName = false): number {
		const key = signatureOf(labels);
		const known = this.#rows.get(key);
		if (known !== undefined) return known;
		const row = this.#vector.addRow(labels, dropName);
		this.#rows.set(key, row);
		return row;
	}
}

/** What an expression is at all steps. */
export type Value =
	| { kind: 'vector'; vector: Vector }
	| { kind: 'scalar'; values: Float64Array }
	| { kind: 'string'; value: string };
