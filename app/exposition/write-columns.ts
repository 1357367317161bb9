import type { ColumnsInput } from '../../core-as/facade/index.ts';
import { RequestBuffer } from './request-buffer.ts';

/** Labels as columns take them: the bytes of all texts behind each other, and the length of each: name, value, name ... */
export interface LabelText {
	bytes: Uint8Array;
	lengths: Uint32Array;
}

const ENCODER = new TextEncoder();
const FIRST_REFS = 4 * 4096;

export function labelText(pairs: readonly (readonly [name: string, value: string])[]): LabelText {
	const texts = pairs.flat().map((text) => ENCODER.encode(text));
	const bytes = new Uint8Array(texts.reduce((size, text) => size + text.length, 0));
	let at = 0;
	for (const text of texts) {
		bytes.set(text, at);
		at += text.length;
	}
	return { bytes, lengths: Uint32Array.from(texts, (text) => text.length) };
}

/** Columns of one remote-write request as it grows; used again from request to request, whose size its user bounds. */
export class WriteColumns {
	readonly #text = new RequestBuffer();
	#labelRefs = new Uint32Array(FIRST_REFS);
	#labelNumbers = 0;
	readonly #labelEnds: number[] = [];
	readonly #sampleEnds: number[] = [];
	readonly #timestamps: number[] = [];
	readonly #values: number[] = [];
	readonly #types: number[] = [];
	readonly #familyRefs: number[] = [];
	readonly #helpRefs: number[] = [];

	/** Describes a family. @param type as METRIC_TYPES counts them */
	addFamily(type: number, name: string, help: string): void {
		this.#types.push(type);
		this.#addText(this.#familyRefs, name);
		this.#addText(this.#helpRefs, help);
	}

	/** Starts a series; what `addSample` adds is its own. */
	addSeries(labels: LabelText): void {
		const { bytes, lengths } = labels;
		this.#reserveRefs(2 * lengths.length);
		let at = this.#text.length;
		for (const length of lengths) {
			this.#labelRefs[this.#labelNumbers++] = at;
			this.#labelRefs[this.#labelNumbers++] = length;
			at += length;
		}
		this.#text.append(bytes);
		this.#labelEnds.push(this.#labelNumbers / 4);
		this.#sampleEnds.push(this.#values.length);
	}

	/** @param time ms since the epoch */
	addSample(time: number, value: number): void {
		this.#timestamps.push(time);
		this.#values.push(value);
		this.#sampleEnds[this.#sampleEnds.length - 1] = this.#values.length;
	}

	/** What was added, with all text in the columns and none in a body; the columns are then empty. */
	take(): ColumnsInput {
		const columns: ColumnsInput = {
			labelEnds: Uint32Array.from(this.#labelEnds),
			labelRefs: this.#labelRefs.slice(0, this.#labelNumbers),
			sampleEnds: Uint32Array.from(this.#sampleEnds),
			timestamps: Float64Array.from(this.#timestamps),
			values: Float64Array.from(this.#values),
			text: this.#text.take(),
			startTimestamps: new Float64Array(0),
			metadata: {
				familyRefs: Uint32Array.from(this.#familyRefs),
				types: Uint8Array.from(this.#types),
				helpRefs: Uint32Array.from(this.#helpRefs),
				unitRefs: new Uint32Array(2 * this.#types.length),
			},
		};
		this.#labelNumbers = 0;
		for (const list of [
			this.#labelEnds,
			this.#sampleEnds,
			this.#timestamps,
			this.#values,
			this.#types,
			this.#familyRefs,
			this.#helpRefs,
		]) {
			list.length = 0;
		}
		return columns;
	}

	#addText(refs: number[], text: string): void {
		const bytes = ENCODER.encode(text);
		refs.push(this.#text.length, bytes.length);
		this.#text.append(bytes);
	}

	#reserveRefs(more: number): void {
		if (this.#labelNumbers + more <= this.#labelRefs.length) return;
		const larger = new Uint32Array(Math.max(this.#labelRefs.length * 2, this.#labelNumbers + more));
		larger.set(this.#labelRefs.subarray(0, this.#labelNumbers));
		this.#labelRefs = larger;
	}
}
