import { instantiate } from '../../build/core/codec.js';
import { Component, type CoreModules } from './component.ts';
import { CoreError, hexAt } from './errors.ts';

/** Bound of any input: what the component can hold beside its output. */
const MAX_INPUT = 128 * 1024 * 1024;

/**
 * One remote-write request as columns. Series `i` owns labels `[labelEnds[i-1], labelEnds[i])` and samples
 * `[sampleEnds[i-1], sampleEnds[i])`. Labels are sorted by name bytes; labels with an empty value are left out.
 */
export interface RemoteWriteColumns {
	/** FNV-1a 64 over name, 0xff, value, 0xff of each sorted label. */
	hashes: BigUint64Array;
	/** 0 = valid, else an index into SERIES_FAULTS. Faulty series keep their labels and samples. */
	faults: Uint8Array;
	labelEnds: Uint32Array;
	/** Four per label: name offset, name length, value offset, value length, in the body. */
	labelRefs: Uint32Array;
	sampleEnds: Uint32Array;
	/** Milliseconds since the epoch. */
	timestamps: Float64Array;
	values: Float64Array;
	/** What the request held besides float samples. */
	histograms: number;
	exemplars: number;
	metadata: number;
}

/** What `faults` says, by value. */
export const SERIES_FAULTS = [
	'valid',
	'no-name',
	'bad-name',
	'duplicate-label',
	'empty-label-name',
	'bad-utf8',
	'bad-timestamp',
	'no-samples',
] as const;

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

/** Who was profiled: the first columns of each row. */
export interface PprofSource {
	service: string;
	container: string;
	host: string;
	/** What else the sender says. */
	labels: Readonly<Record<string, string>>;
}

/** One profile as ClickHouse RowBinary; the columns are those of the table `profiles`. */
export interface PprofRows {
	block: Uint8Array;
	/** Rows in the block: one a sample that is not all zero. */
	count: number;
	/** Nanoseconds since the epoch. */
	start: bigint;
	end: bigint;
}

/** Stateless codecs over untrusted bytes. Outputs are fresh arrays that the caller owns. */
export interface Codec {
	/** Snappy block format. */
	snappyCompress(input: Uint8Array): Uint8Array;
	/** Throws CoreError CXR_CORE_SNAPPY_*; never produces more than `maxBytes`. */
	snappyUncompress(input: Uint8Array, maxBytes: number): Uint8Array;
	/** `body` is an uncompressed prometheus.WriteRequest. Throws CoreError CXR_CORE_REMOTE_WRITE_* with the offset. */
	decodeRemoteWrite(body: Uint8Array): RemoteWriteColumns;
	/** `body` is an uncompressed ExportLogsServiceRequest. Throws CoreError CXR_CORE_OTLP_* with the offset. */
	decodeLogs(body: Uint8Array, times: OtlpTimes): OtlpRows;
	/** `body` is an uncompressed ExportTraceServiceRequest. Throws CoreError CXR_CORE_OTLP_* with the offset. */
	decodeSpans(body: Uint8Array, times: OtlpTimes): OtlpRows;
	/**
	 * `body` is an uncompressed profile.proto; `now` (ns since the epoch) stands for a time that is missing. Throws
	 * CoreError CXR_CORE_PPROF_* with the offset.
	 */
	decodePprof(body: Uint8Array, source: PprofSource, now: bigint): PprofRows;
	/** Instances that failed and were replaced. */
	readonly traps: number;
}

const SNAPPY_REFUSALS = {
	cut: 'CXR_CORE_SNAPPY_CUT',
	'bad-copy': 'CXR_CORE_SNAPPY_BAD_COPY',
	'bad-length': 'CXR_CORE_SNAPPY_BAD_LENGTH',
	'too-large': 'CXR_CORE_SNAPPY_TOO_LARGE',
} as const;

const REMOTE_WRITE_REFUSALS = {
	cut: 'CXR_CORE_REMOTE_WRITE_CUT',
	'bad-wire-type': 'CXR_CORE_REMOTE_WRITE_BAD_WIRE_TYPE',
	'bad-varint': 'CXR_CORE_REMOTE_WRITE_BAD_VARINT',
	'too-many': 'CXR_CORE_REMOTE_WRITE_TOO_MANY',
} as const;

const OTLP_REFUSALS = {
	cut: 'CXR_CORE_OTLP_CUT',
	'bad-wire-type': 'CXR_CORE_OTLP_BAD_WIRE_TYPE',
	'bad-varint': 'CXR_CORE_OTLP_BAD_VARINT',
	'too-large': 'CXR_CORE_OTLP_TOO_LARGE',
} as const;

const PPROF_REFUSALS = {
	cut: 'CXR_CORE_PPROF_CUT',
	'bad-wire-type': 'CXR_CORE_PPROF_BAD_WIRE_TYPE',
	'bad-varint': 'CXR_CORE_PPROF_BAD_VARINT',
	'too-large': 'CXR_CORE_PPROF_TOO_LARGE',
	'bad-reference': 'CXR_CORE_PPROF_BAD_REFERENCE',
	'bad-sample': 'CXR_CORE_PPROF_BAD_SAMPLE',
} as const;

function otlpRefusal(body: Uint8Array) {
	return (why: { offset: number; reason: keyof typeof OTLP_REFUSALS }) =>
		new CoreError(OTLP_REFUSALS[why.reason], { offset: why.offset, hex: hexAt(body, why.offset) });
}

export function createCodec(modules: CoreModules): Codec {
	const component = new Component(instantiate, modules);
	return {
		snappyCompress(input) {
			checkInput(input);
			return component.call((it) => it.snappy.compress(input));
		},
		snappyUncompress(input, maxBytes) {
			checkInput(input);
			if (!Number.isInteger(maxBytes) || maxBytes < 0) throw new Error(`BUG: maxBytes ${maxBytes}`);
			const limit = Math.min(maxBytes, MAX_INPUT);
			return component.call(
				(it) => it.snappy.uncompress(input, limit),
				(why: keyof typeof SNAPPY_REFUSALS) =>
					new CoreError(SNAPPY_REFUSALS[why], { hex: `starts with ${hexAt(input, 0)}` }),
			);
		},
		decodeRemoteWrite(body) {
			checkInput(body);
			return component.call(
				(it) => it.remoteWrite.decode(body),
				(why: { offset: number; reason: keyof typeof REMOTE_WRITE_REFUSALS }) =>
					new CoreError(REMOTE_WRITE_REFUSALS[why.reason], {
						offset: why.offset,
						hex: hexAt(body, why.offset),
					}),
			);
		},
		decodeLogs(body, times) {
			checkInput(body);
			return component.call((it) => it.otlp.decodeLogs(body, times), otlpRefusal(body));
		},
		decodeSpans(body, times) {
			checkInput(body);
			return component.call((it) => it.otlp.decodeSpans(body, times), otlpRefusal(body));
		},
		decodePprof(body, source, now) {
			checkInput(body);
			const prefix = prefixOf(source);
			return component.call(
				(it) => it.pprof.decode(body, prefix, now),
				(why: { offset: number; reason: keyof typeof PPROF_REFUSALS }) =>
					new CoreError(PPROF_REFUSALS[why.reason], { offset: why.offset, hex: hexAt(body, why.offset) }),
			);
		},
		get traps() {
			return component.traps;
		},
	};
}

/** The columns service_name, container_id, host_name and labels in RowBinary. */
function prefixOf({ service, container, host, labels }: PprofSource): Uint8Array {
	const bytes: number[] = [];
	const length = (n: number) => {
		let rest = n;
		for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
		bytes.push(rest);
	};
	const text = (words: string) => {
		const encoded = new TextEncoder().encode(words);
		length(encoded.length);
		for (const byte of encoded) bytes.push(byte);
	};
	for (const words of [service, container, host]) text(words);
	const pairs = Object.entries(labels);
	length(pairs.length);
	for (const [key, value] of pairs) {
		text(key);
		text(value);
	}
	return Uint8Array.from(bytes);
}

/** The generated code does not check types: other arrays would be read as bytes of something else. */
function checkInput(input: Uint8Array): void {
	if (!(input instanceof Uint8Array)) throw new Error('BUG: the codec takes a Uint8Array');
	if (input.length > MAX_INPUT)
		throw new Error(`BUG: ${input.length} bytes for the codec, at most ${MAX_INPUT}`);
}
