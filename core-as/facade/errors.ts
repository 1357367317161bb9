/** Every error of the core, by code. Listed in docs/errors.md; a test counts them. */
export const CORE_ERRORS = {
	CXR_CORE_TRAP: { message: 'the component failed and was replaced' },
	CXR_CORE_SNAPPY_CUT: { message: 'the snappy block ends too early' },
	CXR_CORE_SNAPPY_BAD_COPY: { message: 'the snappy block copies from before its start' },
	CXR_CORE_SNAPPY_BAD_LENGTH: { message: 'the snappy block does not yield the size that it claims' },
	CXR_CORE_SNAPPY_TOO_LARGE: { message: 'the snappy block claims more than the limit' },
	CXR_CORE_REMOTE_WRITE_CUT: { message: 'the remote-write body is cut' },
	CXR_CORE_REMOTE_WRITE_BAD_WIRE_TYPE: { message: 'the remote-write body has a field of the wrong type' },
	CXR_CORE_REMOTE_WRITE_BAD_VARINT: { message: 'the remote-write body has a number over 64 bits' },
	CXR_CORE_REMOTE_WRITE_TOO_MANY: {
		message: 'the remote-write body holds more than the limit',
	},
	CXR_CORE_REMOTE_WRITE_BAD_SYMBOLS: {
		message: 'the remote-write body has no table of symbols that starts with the empty text',
	},
	CXR_CORE_REMOTE_WRITE_BAD_SHAPE: { message: 'the columns to encode as remote write do not fit each other' },
	CXR_CORE_REMOTE_WRITE_BAD_NUMBER: {
		message: 'a time or count among the columns to encode as remote write is no integer that fits',
	},
	CXR_CORE_REMOTE_WRITE_TOO_LARGE: {
		message: 'the columns to encode become more bytes of remote write than the limit',
	},
	CXR_CORE_OTLP_CUT: { message: 'the OTLP body is cut' },
	CXR_CORE_OTLP_BAD_WIRE_TYPE: { message: 'the OTLP body has a field of the wrong type' },
	CXR_CORE_OTLP_BAD_VARINT: { message: 'the OTLP body has a number over 64 bits' },
	CXR_CORE_OTLP_TOO_LARGE: { message: 'the OTLP body becomes more bytes of rows than the limit' },
	CXR_CORE_OTLP_TOO_MANY: { message: 'the OTLP body holds too many series, labels or samples' },
	CXR_CORE_OTLP_ENCODE_BAD_SHAPE: { message: 'the columns to become OTLP do not fit each other' },
	CXR_CORE_OTLP_ENCODE_TOO_LARGE: { message: 'the columns become more bytes of OTLP than the limit' },
	CXR_CORE_PPROF_CUT: { message: 'the pprof profile is cut' },
	CXR_CORE_PPROF_BAD_WIRE_TYPE: { message: 'the pprof profile has a field of the wrong type' },
	CXR_CORE_PPROF_BAD_VARINT: { message: 'the pprof profile has a number over 64 bits' },
	CXR_CORE_PPROF_TOO_LARGE: { message: 'the pprof profile holds more than the limit' },
	CXR_CORE_PPROF_BAD_REFERENCE: { message: 'the pprof profile refers to something that is not in it' },
	CXR_CORE_PPROF_BAD_SAMPLE: { message: 'a sample of the pprof profile has not one value for each type' },
	CXR_CORE_FOLD_FULL: { message: 'the stacks are more than a fold takes' },
	CXR_CORE_FOLD_BAD_SHAPE: { message: 'the columns of stacks do not fit each other' },
	CXR_CORE_CHUNK_BAD_SHAPE: { message: 'a chunk must hold 1 to 256 samples, in columns of equal length' },
	CXR_CORE_CHUNK_BAD_TIMESTAMP: { message: 'timestamps must be rising integers from 0 to 2^32-1' },
	CXR_CORE_CHUNK_BAD_GROUPS: {
		message: 'the ends of groups of chunks must rise to the last chunk, of at most 32 768',
	},
	CXR_CORE_CHUNK_TOO_LARGE: {
		message: 'a group of chunks holds more than 2^20 samples, or the result is too large',
	},
	CXR_CORE_HISTOGRAM_BAD_SHAPE: {
		message: 'a chunk must hold 1 to 256 histograms, in columns that fit each other',
	},
	CXR_CORE_HISTOGRAM_BAD_SPANS: {
		message: 'the spans of a histogram go backwards, or have other buckets than there are',
	},
	CXR_CORE_HISTOGRAM_TOO_LARGE: {
		message:
			'a histogram holds more than 65 536 buckets, a chunk more than 2^20, or the chunks become too large',
	},
	CXR_CORE_SAMPLING_BAD_SHAPE: {
		message: 'down-sampling takes columns of equal length, with ends that rise to the last sample',
	},
	CXR_CORE_SAMPLING_BAD_TIMESTAMP: {
		message: 'timestamps must rise within a series, from -2^52 to 2^52',
	},
	CXR_CORE_SAMPLING_TOO_LARGE: { message: 'down-sampling would give more than 2^21 buckets' },
	CXR_CORE_TIER_BAD_SHAPE: {
		message:
			'closing a day takes at most 32 768 chunks of rising series and hours and steps from 5 minutes that divide an hour; reading its tiers 4 096 rows',
	},
	CXR_CORE_HEAD_BAD_SHAPE: { message: 'the columns of samples differ in length' },
	CXR_CORE_HEAD_BAD_TIMESTAMP: { message: 'a timestamp is no integer from 0 to 2^53 - 1' },
	CXR_CORE_HEAD_FULL: { message: 'the head has no room for more samples; cut it' },
	CXR_CORE_HEAD_TOO_LARGE: { message: 'one read of a head takes at most 2^23 samples and 2^24 cells' },
	CXR_CORE_HEAD_LOST: { message: 'the head was lost with a component that failed; fill a new one' },
} as const satisfies Record<string, { message: string }>;

export type CoreErrorCode = keyof typeof CORE_ERRORS;

/** What the core refuses, or a component that failed. */
export class CoreError extends Error {
	readonly code: CoreErrorCode;
	/** Byte offset in the input, where one is known. */
	readonly offset: number | undefined;
	/** Index of the sample, where one is known. */
	readonly index: number | undefined;

	constructor(
		code: CoreErrorCode,
		detail?: { offset?: number; index?: number; hex?: string; cause?: unknown },
	) {
		const byte = detail?.offset === undefined ? '' : ` at byte ${detail.offset}`;
		const at = detail?.index === undefined ? byte : ` at sample ${detail.index}`;
		const bytes = detail?.hex ? ` (${detail.hex})` : '';
		super(`${CORE_ERRORS[code].message}${at}${bytes}`, { cause: detail?.cause });
		this.name = 'CoreError';
		this.code = code;
		this.offset = detail?.offset;
		this.index = detail?.index;
	}
}

/** A few bytes of `input` at `offset`, for messages. */
export function hexAt(input: Uint8Array, offset: number, count = 8): string {
	return Array.from(input.subarray(offset, offset + count), (b) => b.toString(16).padStart(2, '0')).join(' ');
}
