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
export {
	type Codec,
	createCodec,
	type OtlpRows,
	type OtlpTimes,
	type PprofRows,
	type PprofSource,
	type RemoteWriteColumns,
	SERIES_FAULTS,
} from './codec.ts';
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
	createProfileFold,
	type FlameColumns,
	type FoldColumns,
	type PprofHead,
	type ProfileFold,
} from './profiles.ts';
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
