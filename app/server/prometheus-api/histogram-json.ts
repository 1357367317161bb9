import type { NativeHistograms } from '../../../core-as/facade/index.ts';
import { sampleText } from './sample-text.ts';

/** Which ends of a bucket belong to it, in the API's numbers: only the upper, only the lower, none, both. */
const BOUNDARIES = { upper: 0, lower: 1, both: 3 } as const;
/** A schema with bounds of its own. */
const CUSTOM = -53;

interface Bucket {
	boundaries: number;
	lower: number;
	upper: number;
	count: number;
}

/**
 * Native histogram `h` in the API's form: `{"count","sum","buckets":[[boundaries,lower,upper,count]]}`, buckets from low to high,
 * without empty ones. Source: prometheus/util/jsonutil, MarshalHistogram.
 */
export function histogramText(columns: NativeHistograms, h: number): string {
	const buckets = bucketsOf(columns, h).filter(({ count }) => count !== 0);
	const list = buckets.map(
		({ boundaries, lower, upper, count }) =>
			`[${boundaries},${sampleText(lower)},${sampleText(upper)},${sampleText(count)}]`,
	);
	const head = `{"count":${sampleText(columns.counts[h]!)},"sum":${sampleText(columns.sums[h]!)}`;
	return list.length === 0 ? `${head}}` : `${head},"buckets":[${list.join(',')}]}`;
}

function bucketsOf(columns: NativeHistograms, h: number): Bucket[] {
	const { spanEnds, positiveSpans, spanOffsets, spanLengths, bucketEnds, bucketCounts } = columns;
	const schema = columns.schemas[h]!;
	const firstSpan = h === 0 ? 0 : spanEnds[h - 1]!;
	const firstNegative = firstSpan + positiveSpans[h]!;
	const positive: Bucket[] = [];
	const negative: Bucket[] = [];
	let bucket = h === 0 ? 0 : bucketEnds[h - 1]!;
	for (let span = firstSpan, index = 0; span < spanEnds[h]!; span++) {
		if (span === firstNegative) index = 0;
		index += spanOffsets[span]!;
		for (let k = 0; k < spanLengths[span]!; k++, index++) {
			const count = bucketCounts[bucket++]!;
			if (schema === CUSTOM) {
				const lower = boundOf(columns, h, index - 1);
				// Nothing lies below the first bound's bucket, so that it holds both its ends.
				const boundaries = lower === Number.NEGATIVE_INFINITY ? BOUNDARIES.both : BOUNDARIES.upper;
				positive.push({ boundaries, lower, upper: boundOf(columns, h, index), count });
				continue;
			}
			const far = exponentialBound(index, schema);
			const near = exponentialBound(index - 1, schema);
			if (span < firstNegative)
				positive.push({ boundaries: BOUNDARIES.upper, lower: near, upper: far, count });
			else negative.push({ boundaries: BOUNDARIES.lower, lower: -far, upper: -near, count });
		}
	}
	const threshold = columns.zeroThresholds[h]!;
	const zero = {
		boundaries: BOUNDARIES.both,
		lower: -threshold,
		upper: threshold,
		count: columns.zeroCounts[h]!,
	};
	return [...negative.reverse(), ...(schema === CUSTOM ? [] : [zero]), ...positive];
}

/** Upper bound of bucket `index`: the buckets of a schema are 2^(2^-schema) apart. */
function exponentialBound(index: number, schema: number): number {
	if (schema <= 0) return 2 ** (index * 2 ** -schema);
	const perPower = 2 ** schema;
	const power = Math.floor(index / perPower);
	return 2 ** ((index - power * perPower) / perPower) * 2 ** power;
}

function boundOf({ customEnds, customValues }: NativeHistograms, h: number, index: number): number {
	const from = h === 0 ? 0 : customEnds[h - 1]!;
	if (index < 0) return Number.NEGATIVE_INFINITY;
	return from + index < customEnds[h]! ? customValues[from + index]! : Number.POSITIVE_INFINITY;
}
