import type { CodecComponent } from './codec.ts';
import { checkInput } from './codec-input.ts';
import { CoreError, hexAt } from './errors.ts';
import { type Lending, owned } from './lent.ts';

/** Nanoseconds since the epoch. */
export interface OtlpTimes {
	/** Stands for a time that is missing. */
	now: bigint;
	/** Rows outside of these bounds are left out and counted. */
	oldest: bigint;
	newest: bigint;
}

/** One OTLP request as ClickHouse RowBinary; the columns are those of the tables `logs` and `traces`. */
export interface OtlpRows {
	block: Uint8Array;
	/** Rows in the block. */
	count: number;
	/** Left out: without a time, or with one outside of the bounds. */
	badTimes: number;
	/** Left out: spans without a valid trace id and span id. */
	badIds: number;
	/** Left out: values with more than 32 levels of lists and maps. */
	tooDeep: number;
}

/** OTLP export requests, uncompressed protobuf. */
export interface OtlpCodec {
	/** `body` is an uncompressed ExportLogsServiceRequest. Throws CoreError CXR_CORE_OTLP_* with the offset. */
	decodeLogs(body: Uint8Array, times: OtlpTimes, lending?: Lending): OtlpRows;
	/** `body` is an uncompressed ExportTraceServiceRequest. Throws CoreError CXR_CORE_OTLP_* with the offset. */
	decodeSpans(body: Uint8Array, times: OtlpTimes, lending?: Lending): OtlpRows;
}

const OTLP_REFUSALS = {
	cut: 'CXR_CORE_OTLP_CUT',
	'bad-wire-type': 'CXR_CORE_OTLP_BAD_WIRE_TYPE',
	'bad-varint': 'CXR_CORE_OTLP_BAD_VARINT',
	'too-large': 'CXR_CORE_OTLP_TOO_LARGE',
} as const;

export function otlpCodec(component: CodecComponent): OtlpCodec {
	return {
		decodeLogs(body, times, { lend = false } = {}) {
			checkInput(body);
			const rows = component.call((it) => it.otlp.decodeLogs(body, times), otlpRefusal(body));
			return lend ? rows : owned(rows);
		},
		decodeSpans(body, times, { lend = false } = {}) {
			checkInput(body);
			const rows = component.call((it) => it.otlp.decodeSpans(body, times), otlpRefusal(body));
			return lend ? rows : owned(rows);
		},
	};
}

function otlpRefusal(body: Uint8Array) {
	return (why: { offset: number; reason: keyof typeof OTLP_REFUSALS }) =>
		new CoreError(OTLP_REFUSALS[why.reason], { offset: why.offset, hex: hexAt(body, why.offset) });
}
