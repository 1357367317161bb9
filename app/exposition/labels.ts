/** Labels of one series, without the metric's name. */

export type LabelPair = readonly [name: string, value: string];

/**
 * Labels in the order of their names, made once per series and kept by its owner, so that what is derived
 * from them (exposition text, protobuf bytes, whether the series was sent before) is found by identity.
 */
export class Labels {
	readonly pairs: readonly LabelPair[];
	#text: string | undefined;

	constructor(pairs: readonly LabelPair[]) {
		this.pairs = pairs
			.map(([name, value]): LabelPair => [name, value.toWellFormed()])
			.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
	}

	/** These labels and more; a repeated name is a bug of the caller. */
	with(...pairs: LabelPair[]): Labels {
		return new Labels([...this.pairs, ...pairs]);
	}

	/** `a="1",b="2"` as the exposition format wants it. */
	get text(): string {
		this.#text ??= this.pairs.map(([name, value]) => `${name}="${escapeLabel(value)}"`).join(',');
		return this.#text;
	}
}

/** Backslash, quote and line feed; https://prometheus.io/docs/instrumenting/exposition_formats/ */
function escapeLabel(value: string): string {
	return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
