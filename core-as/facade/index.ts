export {
	ABSENT_BITS,
	type ChunkCodec,
	type ChunkMatrix,
	type ChunkSamples,
	createChunkCodec,
	MAX_CHUNKS_PER_CALL,
	MAX_MATRIX_CELLS,
	type MatrixGrid,
	type PackedChunks,
} from './chunk-codec.ts';
export { type Codec, createCodec } from './codec.ts';
export type { ColumnsInput } from './columns-input.ts';
export type { CoreModules } from './component.ts';
export { CORE_ERRORS, CoreError, type CoreErrorCode } from './errors.ts';
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
export type { PprofCodec, PprofRows, PprofSource } from './pprof.ts';
export {
	createProfileFold,
	type FlameColumns,
	type FoldColumns,
	type PprofHead,
	type ProfileFold,
} from './profiles.ts';
export type { RemoteWriteCodec } from './remote-write.ts';
export type { SnappyCodec } from './snappy.ts';
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
