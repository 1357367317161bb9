import type { MetricMetadata } from '../../telemetry/metadata.ts';

/** Bound of the families whose metadata is kept; later ones are counted and left out. */
const MAX_FAMILIES = 50_000;

/** What families of metrics mean; the last that was said counts. */
export class MetadataFamilies {
	readonly #families = new Map<string, MetricMetadata>();
	#unsaved = new Set<string>();

	constructor(stored: readonly MetricMetadata[]) {
		for (const it of stored) this.#families.set(it.family, it);
	}

	/** False at the bound. */
	set(metadata: MetricMetadata): boolean {
		const known = this.#families.get(metadata.family);
		if (known === undefined && this.#families.size >= MAX_FAMILIES) return false;
		if (known?.type === metadata.type && known.help === metadata.help && known.unit === metadata.unit)
			return true;
		this.#families.set(metadata.family, metadata);
		this.#unsaved.add(metadata.family);
		return true;
	}

	/** What changed since the last call: it belongs into the next write of the table. */
	takeUnsaved(): MetricMetadata[] {
		const changed = [...this.#unsaved].map((family) => this.#families.get(family)!);
		this.#unsaved = new Set();
		return changed;
	}

	all(): MetricMetadata[] {
		return [...this.#families.values()];
	}
}
