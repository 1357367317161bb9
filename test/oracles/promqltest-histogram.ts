import { add, subtract } from '../../app/promql/histograms/add.ts';
import {
	CUSTOM_SCHEMA,
	EMPTY_SIDE,
	type Histogram,
	NO_BOUNDS,
	RESET_HINTS,
	type ResetHint,
	type Side,
	sameBounds,
	withHint,
} from '../../app/promql/histograms/histogram.ts';
import { isReset } from '../../app/promql/histograms/reset.ts';
import { parseNumber } from '../../app/promql/parser/number.ts';

/** A native histogram of a test file. */
export interface DescribedHistogram {
	histogram: Histogram;
	/** Whether the hint is told, and so expected. */
	hinted: boolean;
}

const HINTS: Record<string, ResetHint> = {
	unknown: RESET_HINTS.unknown,
	reset: RESET_HINTS.reset,
	not_reset: RESET_HINTS.noReset,
	gauge: RESET_HINTS.gauge,
};

/** `{{schema:1 count:3 buckets:[1 2]}}`, also `+{{...}}` and how many times. */
export function histogramSequence(text: string): DescribedHistogram[] {
	const match = /^\{\{(.*?)\}\}(?:([+-])\{\{(.*?)\}\})?(?:x([0-9]+))?$/.exec(text);
	if (!match) throw new Error(`no histogram: ${text}`);
	const first = parseHistogram(match[1]!);
	if (match[4] === undefined) return [first];
	const more = match[3] === undefined ? undefined : parseHistogram(match[3]);
	const combine = match[2] === '-' ? subtract : add;
	const out = [more ? { ...first, hinted: more.hinted } : first];
	for (let i = 0, histogram = first.histogram; i < Number(match[4]); i++) {
		if (more) histogram = combine(histogram, more.histogram)!.histogram;
		out.push({ histogram, hinted: (more ?? first).hinted });
	}
	return out;
}

function parseHistogram(text: string): DescribedHistogram {
	const fields = new Map<string, string>();
	for (const [, name, value] of text.matchAll(/([a-z_]+):(\[[^\]]*\]|\S+)/g)) fields.set(name!, value!);
	const number = (name: string) => numberOf(fields.get(name) ?? '0');
	const list = (name: string) =>
		Float64Array.from((fields.get(name) ?? '').replace(/[[\]]/g, '').split(/\s+/).filter(Boolean), numberOf);
	const side = (buckets: string, offset: string): Side => {
		const counts = list(buckets);
		if (counts.length === 0) return EMPTY_SIDE;
		return { indexes: Int32Array.from(counts, (_, i) => number(offset) + i), counts };
	};
	const bounds = list('custom_values');
	const hint = fields.get('counter_reset_hint');
	return {
		histogram: {
			hint: HINTS[hint ?? 'unknown']!,
			schema: number('schema'),
			zeroThreshold: number('z_bucket_w'),
			zeroCount: number('z_bucket'),
			count: number('count'),
			sum: number('sum'),
			positive: side('buckets', 'offset'),
			negative: side('n_buckets', 'n_offset'),
			bounds: bounds.length > 0 ? bounds : NO_BOUNDS,
		},
		hinted: hint !== undefined,
	};
}

function numberOf(text: string): number {
	const value = parseNumber(text.replace(/^[+-]/, ''));
	if (value === undefined) throw new Error(`no number: ${text}`);
	return text.startsWith('-') ? -value : value;
}

/** The hint that Prometheus's storage gives back: chunks know that there is no reset in them, and nothing of their first one. */
export function storedHint(h: Histogram, before: Histogram | undefined): Histogram {
	const { gauge, reset, unknown, noReset } = RESET_HINTS;
	if (h.hint === gauge) return h;
	const plain = withHint(h, unknown);
	if (!before || before.hint === gauge || h.hint === reset) return plain;
	const sameLayout =
		h.schema === before.schema &&
		h.zeroThreshold === before.zeroThreshold &&
		sameBounds(h.bounds, before.bounds);
	return sameLayout && !isReset(plain, before) ? withHint(h, noReset) : plain;
}

/** A classic histogram as a native one: upper bounds with counts of all below, the count of all, and the sum. */
export function customHistogram(
	cumulative: ReadonlyMap<number, number>,
	count: number | undefined,
	sum: number,
): Histogram {
	const bounds = [...cumulative.keys()].filter(Number.isFinite).sort((a, b) => a - b);
	const below = bounds.map((bound) => cumulative.get(bound)!);
	const total = count ?? cumulative.get(Number.POSITIVE_INFINITY) ?? below.at(-1) ?? 0;
	const counts = [...below, cumulative.get(Number.POSITIVE_INFINITY) ?? total].map(
		(n, i) => n - (below[i - 1] ?? 0),
	);
	return {
		hint: RESET_HINTS.unknown,
		schema: CUSTOM_SCHEMA,
		zeroThreshold: 0,
		zeroCount: 0,
		count: total,
		sum,
		positive: { indexes: Int32Array.from(counts, (_, i) => i), counts: Float64Array.from(counts) },
		negative: EMPTY_SIDE,
		bounds: Float64Array.from(bounds),
	};
}
