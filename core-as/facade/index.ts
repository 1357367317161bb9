export { type ChunkCodec, createChunkCodec } from './chunk-codec.ts';
export type { ChunkMerger, MergedChunks } from './chunk-merge.ts';
export {
	ABSENT_BITS,
	type ChunkCoder,
	type ChunkMatrix,
	type ChunkSamples,
	type DecodeOptions,
	MAX_CHUNKS_PER_CALL,
	MAX_MATRIX_CELLS,
	type MatrixGrid,
	type PackedChunks,
} from './chunks.ts';
export { type Codec, createCodec } from './codec.ts';
export type { ColumnsInput } from './columns-input.ts';
export type { CoreModules } from './component.ts';
export type { DownSampler, SampleBuckets } from './down-sampling.ts';
export { CORE_ERRORS, CoreError, type CoreErrorCode } from './errors.ts';
export {
	createHead,
	type Head,
	type HeadAppended,
	type HeadChunks,
	type HeadColumns,
	type HeadSamples,
	type HeadStatistics,
} from './head.ts';
export type { HistogramChunkCoder } from './histogram-chunks.ts';
export { type Lending, Scratch } from './lent.ts';
export {
	createLogParser,
	type FedLogs,
	LOG_LEVELS,
	type LogCounts,
	type LogFormat,
	type LogParser,
	type LogSource,
} from './log-source.ts';
export {
	METRIC_TYPES,
	type MetricColumns,
	type MetricExemplars,
	type MetricMetadata,
	type NativeHistograms,
	SERIES_FAULTS,
	type SeriesFault,
} from './metric-columns.ts';
export type { OtlpCodec, OtlpRows, OtlpTimes } from './otlp.ts';
export type {
	EncodedRecords,
	LogColumns,
	OtlpEncoder,
	OtlpResource,
	SpanColumns,
} from './otlp-encode.ts';
export type {
	DecodedMetrics,
	OtlpMetricsCodec,
	OtlpMetricsOptions,
	OtlpNaming,
	RejectedPoints,
} from './otlp-metrics.ts';
export type { PprofCodec, PprofColumns, PprofRows, PprofSource } from './pprof.ts';
export {
	createProfileFold,
	type FlameColumns,
	type FoldColumns,
	type PprofHead,
	type ProfileFold,
	type SampleType,
	type TopColumns,
} from './profiles.ts';
export type { RemoteWriteCodec } from './remote-write.ts';
export type { SnappyCodec } from './snappy.ts';
export type { SqlCodec } from './sql.ts';
export {
	type ClosedDay,
	type DayChunks,
	keepsBuckets,
	MAX_TIER_ROWS,
	TIER_COLUMN,
	type TierCoder,
	unkeptRow,
} from './tiers.ts';
export {
	ACTIVITY,
	type Activity,
	createTracker,
	type L7Counters,
	type L7Tracker,
	PROTOCOL,
	type SpanBatch,
	type SpanSettings,
	type TrackerOptions,
} from './tracker.ts';
