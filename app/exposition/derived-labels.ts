import type { LabelPair, Labels } from './labels.ts';

/** Labels of series that belong to the same owner, each made once; an entry goes with the owner's own labels. */
export class DerivedLabels {
	/** By the owner's labels, then by what is added. Only for vocabularies that the owner bounds. */
	readonly #derived = new WeakMap<Labels, Map<string, Labels>>();

	of(base: Labels, ...pairs: LabelPair[]): Labels {
		let byKey = this.#derived.get(base);
		if (byKey === undefined) {
			byKey = new Map();
			this.#derived.set(base, byKey);
		}
		const key = pairs.map(([name, value]) => `${name}=${value}`).join('\n');
		let labels = byKey.get(key);
		if (labels === undefined) {
			labels = base.with(...pairs);
			byKey.set(key, labels);
		}
		return labels;
	}
}
