import type { CodecComponent } from './codec.ts';
import { checkInput } from './codec-input.ts';
import { CoreError, hexAt } from './errors.ts';
import type { MetricColumns } from './metric-columns.ts';

/** How names of metrics and labels are translated; the names are Prometheus's own, in other words. */
export type OtlpNaming = 'underscores-with-suffixes' | 'underscores' | 'utf8-with-suffixes' | 'utf8';

export interface OtlpMetricsOptions {
	/** `underscores-with-suffixes` unless given. */
	naming?: OtlpNaming;
	/** Histograms with explicit bounds become native ones with custom buckets, else series `_bucket`, `_sum` and `_count`. */
	customBuckets?: boolean;
	/** Labels `otel_scope_*`; without unless given, as in Prometheus. */
	scopeLabels?: boolean;
	/** A series `target_info` for each resource; with unless given. */
	targetInfo?: boolean;
	/** Attributes of resources that become labels of all their series. */
	promoted?: readonly string[];
}

/** Data points that were left out, by the first reason found. */
export interface RejectedPoints {
	/** The name of the metric or of an attribute is missing, or nothing is left of it, or it holds control characters. */
	badNames: number;
	/** A text is not UTF-8. */
	badTexts: number;
	/** Without a time. */
	badTimes: number;
	/** A number that is neither an integer nor a double. */
	noValues: number;
	/** Neither cumulative nor delta. */
	badTemporalities: number;
	/** An exponential histogram with a scale below -4. */
	badScales: number;
	/** Bounds, buckets and count of a histogram that do not fit each other. */
	badBuckets: number;
	/** A count above 2^53. */
	badCounts: number;
	/** A value with more than 32 levels of lists and maps. */
	tooDeep: number;
}

export interface DecodedMetrics {
	/** Series in the order of their points; one that has several points stands there as often. No series is faulty. */
	columns: MetricColumns;
	/** Per series: 1 = its samples or histograms count from the start timestamp only, else 0. */
	deltas: Uint8Array;
	rejected: RejectedPoints;
	/** Exemplars that were left out; their points are none the worse for it. */
	badExemplars: number;
}

export interface OtlpMetricsCodec {
	/**
	 * `body` is an uncompressed ExportMetricsServiceRequest of at most 64 MiB. docs/formats.md, "OTLP metrics", says what
	 * becomes of what. Throws CoreError CXR_CORE_OTLP_* with the offset.
	 */
	decodeMetrics(body: Uint8Array, options?: OtlpMetricsOptions): DecodedMetrics;
}

const REFUSALS = {
	cut: 'CXR_CORE_OTLP_CUT',
	'bad-wire-type': 'CXR_CORE_OTLP_BAD_WIRE_TYPE',
	'bad-varint': 'CXR_CORE_OTLP_BAD_VARINT',
	'too-many': 'CXR_CORE_OTLP_TOO_MANY',
} as const;

export function otlpMetricsCodec(component: CodecComponent): OtlpMetricsCodec {
	return {
		decodeMetrics(body, options = {}) {
			checkInput(body);
			const how = {
				naming: options.naming ?? 'underscores-with-suffixes',
				customBuckets: options.customBuckets ?? false,
				scopeLabels: options.scopeLabels ?? false,
				targetInfo: options.targetInfo ?? true,
				promoted: [...(options.promoted ?? [])],
			};
			return component.call(
				(it) => it.otlpMetrics.decode(body, how),
				(why: { offset: number; reason: keyof typeof REFUSALS }) =>
					new CoreError(REFUSALS[why.reason], { offset: why.offset, hex: hexAt(body, why.offset) }),
			);
		},
	};
}
