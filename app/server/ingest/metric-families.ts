import { METRIC_TYPES, type MetricColumns } from '../../../core-as/facade/index.ts';
import type { MetricMetadata } from '../../telemetry/metadata.ts';
import type { ColumnTexts } from './column-texts.ts';

/** Families whose description is remembered; at the bound the older half is forgotten, and written once more when it comes again. */
const MAX_FAMILIES = 10_000;
/** Characters of a help or unit text; what is longer is cut. */
const MAX_TEXT = 1024;
/** Bytes of a family's name; descriptions of others are left out. */
const MAX_NAME_BYTES = 1024;

/** Endings of the series that one family of that type has. */
const ENDINGS: Partial<Record<MetricMetadata['type'], RegExp>> = {
	histogram: /_(?:bucket|sum|count)$/,
	gaugehistogram: /_(?:bucket|gsum|gcount)$/,
	summary: /_(?:sum|count)$/,
};

/** What a decoded request says of families, each once. Where metadata comes by series, faulty ones are passed over. */
export function metadataOf(columns: MetricColumns, texts: ColumnTexts): MetricMetadata[] {
	const { metadata, faults, labelRefs } = columns;
	if (!metadata) return [];
	const { familyRefs, types, helpRefs, unitRefs } = metadata;
	const bySeries = familyRefs.length === 0;
	const found = new Map<string, MetricMetadata>();
	// Series of one family come with the same references: only the first is read.
	const seen = new Set<string>();
	for (let i = 0; i < types.length; i++) {
		const type = METRIC_TYPES[types[i]!] ?? 'unknown';
		let [at, length] = [familyRefs[2 * i] ?? 0, familyRefs[2 * i + 1] ?? 0];
		const described = type !== 'unknown' || helpRefs[2 * i + 1]! + unitRefs[2 * i + 1]! > 0;
		if (bySeries) {
			const label = faults[i] === 0 && described ? texts.nameLabel(i) : -1;
			if (label < 0) continue;
			[at, length] = [labelRefs[4 * label + 2]!, labelRefs[4 * label + 3]!];
		}
		if (length === 0 || length > MAX_NAME_BYTES) continue;
		const place = `${at},${length},${type},${helpRefs[2 * i]},${unitRefs[2 * i]}`;
		if (seen.has(place)) continue;
		seen.add(place);
		const name = texts.text(at, length);
		const family = bySeries ? name.replace(ENDINGS[type] ?? '', '') : name;
		const help = texts.text(helpRefs[2 * i]!, helpRefs[2 * i + 1]!).slice(0, MAX_TEXT);
		const unit = texts.text(unitRefs[2 * i]!, unitRefs[2 * i + 1]!).slice(0, MAX_TEXT);
		found.set(family, { family, type, help, unit });
	}
	return [...found.values()];
}

/** Knows how families were described when they were last written, so that only what changed is written again. */
export class MetricFamilies {
	#young = new Map<string, MetricMetadata>();
	#old = new Map<string, MetricMetadata>();

	/** Those that are not known so. */
	changed(metadata: readonly MetricMetadata[]): MetricMetadata[] {
		return metadata.filter((given) => {
			const known = this.#young.get(given.family) ?? this.#old.get(given.family);
			return known?.type !== given.type || known.help !== given.help || known.unit !== given.unit;
		});
	}

	/** They are on disk. */
	written(metadata: readonly MetricMetadata[]): void {
		for (const each of metadata) {
			if (this.#young.size >= MAX_FAMILIES / 2) {
				this.#old = this.#young;
				this.#young = new Map();
			}
			this.#young.set(each.family, each);
		}
	}
}
