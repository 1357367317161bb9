import type { MetricColumns } from '../../../core-as/facade/index.ts';
import { METRIC_NAME } from '../../telemetry/labels.ts';
import { startOf } from './histogram-columns.ts';

/** Texts of decoded columns: references point into the body, or behind it into what the decoder made. */
export class ColumnTexts {
	readonly #columns: MetricColumns;
	readonly #body: Uint8Array;
	readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });

	constructor(columns: MetricColumns, body: Uint8Array) {
		this.#columns = columns;
		this.#body = body;
	}

	/** What is no UTF-8 becomes U+FFFD. */
	text(offset: number, length: number): string {
		const own = offset < this.#body.length;
		const at = own ? offset : offset - this.#body.length;
		return this.#decoder.decode((own ? this.#body : this.#columns.text).subarray(at, at + length));
	}

	/** Index of the label that names series `i`; -1 when there is none. */
	nameLabel(i: number): number {
		const { labelEnds, labelRefs } = this.#columns;
		for (let l = startOf(labelEnds, i); l < labelEnds[i]!; l++)
			if (this.text(labelRefs[4 * l]!, labelRefs[4 * l + 1]!) === METRIC_NAME) return l;
		return -1;
	}

	/** The series' name and offset, for messages. */
	describe(i: number): string {
		const { labelEnds, labelRefs } = this.#columns;
		const label = this.nameLabel(i);
		if (label >= 0) {
			const [nameAt = 0, , at = 0, length = 0] = labelRefs.subarray(4 * label, 4 * label + 4);
			return `${this.text(at, Math.min(length, 80))}${this.#place(nameAt)}`;
		}
		if (labelEnds[i] === startOf(labelEnds, i)) return 'no labels';
		return `no name${this.#place(labelRefs[4 * startOf(labelEnds, i)]!, ',')}`;
	}

	/** Nothing of a text that is not in the body. */
	#place(offset: number, separator = ''): string {
		return offset < this.#body.length ? `${separator} at byte ${offset}` : '';
	}
}
