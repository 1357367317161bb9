import type {
	Codec,
	CoreError,
	MetricColumns,
	RejectedPoints,
	Scratch,
} from '../../../core-as/facade/index.ts';
import { ServerError } from '../errors.ts';
import { addTo } from '../stage.ts';

/** Bytes that a request may become when it is uncompressed. */
const MAX_UNCOMPRESSED = 64 * 1024 * 1024;

const TOO_LARGE: ReadonlySet<string> = new Set([
	'CXR_CORE_SNAPPY_TOO_LARGE',
	'CXR_CORE_REMOTE_WRITE_TOO_MANY',
	'CXR_CORE_OTLP_TOO_MANY',
]);

/** Why the decoder left out points of OTLP. */
const REJECTED_POINTS: Record<keyof RejectedPoints, string> = {
	badNames: 'a name that is missing or no name',
	badTexts: 'a text that is not UTF-8',
	badTimes: 'a point without a time',
	noValues: 'a number without a value',
	badTemporalities: 'neither cumulative nor delta',
	badScales: 'a scale below -4',
	badBuckets: 'bounds, buckets and count that do not fit each other',
	badCounts: 'a count above 2^53',
	tooDeep: 'values nested over 32 levels',
};

/** Version of remote write. */
export type RemoteWriteVersion = 1 | 2;

/** A decoded request. */
export interface MetricRequest {
	columns: MetricColumns;
	body: Uint8Array;
	/** Per series: 1 = deltas. */
	deltas: Uint8Array | null;
	rejected: Record<string, number>;
	badExemplars: number;
	/** The same as a body of remote write 1.0, for another store: a snappy block. */
	forwarded(): Uint8Array;
}

/**
 * `packed` is a snappy block. With `scratch` the body lies there, and the columns are good until the codec is called again: that is enough
 * for what copies what it accepts, and not for what forwards. Throws CoreError, CXR_INGEST_MALFORMED.
 */
export function decodeRemoteWrite(
	codec: Codec,
	packed: Uint8Array,
	version: RemoteWriteVersion,
	scratch: Scratch | undefined,
): MetricRequest {
	const body = codec.snappyUncompress(packed, MAX_UNCOMPRESSED, scratch);
	const lend = scratch !== undefined;
	const columns =
		version === 2 ? codec.decodeRemoteWrite2(body, { lend }) : codec.decodeRemoteWrite(body, { lend });
	checkVersion(columns, body, version);
	const forwarded = () => (version === 1 ? packed : packedRemoteWrite(codec, columns, body));
	return { columns, body, deltas: null, rejected: {}, badExemplars: 0, forwarded };
}

function packedRemoteWrite(codec: Codec, columns: MetricColumns, body: Uint8Array): Uint8Array {
	return codec.snappyCompress(codec.encodeRemoteWrite(columns, body));
}

/** The body of remote write as prometheus.WriteRequest, uncompressed. Throws CoreError. */
export function plainRemoteWrite(codec: Codec, packed: Uint8Array, version: RemoteWriteVersion): Uint8Array {
	const body = codec.snappyUncompress(packed, MAX_UNCOMPRESSED);
	return version === 1 ? body : codec.encodeRemoteWrite(codec.decodeRemoteWrite2(body), body);
}

/** `body` is an uncompressed ExportMetricsServiceRequest. Throws CoreError. */
export function decodeOtlp(codec: Codec, body: Uint8Array): MetricRequest {
	const { columns, deltas, rejected, badExemplars } = codec.decodeMetrics(body);
	const reasons: Record<string, number> = {};
	for (const [name, reason] of Object.entries(REJECTED_POINTS))
		addTo(reasons, reason, rejected[name as keyof RejectedPoints]);
	return {
		...{ columns, body, rejected: reasons, badExemplars },
		deltas: deltas.includes(1) ? deltas : null,
		forwarded: () => packedRemoteWrite(codec, columns, body),
	};
}

/** What the sender of a request is told that the codec refuses; a trap is no fault of the request's. */
export function requestRefusal(error: CoreError): Error {
	if (error.code === 'CXR_CORE_TRAP') return error;
	const code = TOO_LARGE.has(error.code) ? 'CXR_INGEST_TOO_LARGE' : 'CXR_INGEST_MALFORMED';
	return new ServerError(code, error.message, { cause: error });
}

/**
 * Fields 1 to 3 are free in 2.0, and 4 and 5 are in 1.0, so that a message that is taken for the other one has no series. Throws
 * CXR_INGEST_MALFORMED, or its sender would never know.
 */
function checkVersion(columns: MetricColumns, body: Uint8Array, version: RemoteWriteVersion): void {
	if (columns.faults.length > 0 || columns.metadata || body.length === 0) return;
	const field = body[0]! >> 3;
	if (version === 2 ? field < 4 : field === 4 || field === 5)
		throw new ServerError(
			'CXR_INGEST_MALFORMED',
			`There is no series, and field ${field} at byte 0 belongs to remote write ${version === 2 ? '1.0' : '2.0'}; the Content-Type says ${version}.0.`,
		);
}

/** What a request holds in memory while it waits, about. */
export function bytesOf({ columns, body }: MetricRequest): number {
	const { labelRefs, timestamps, text, histograms } = columns;
	const buckets = histograms ? histograms.bucketCounts.byteLength + 100 * histograms.timestamps.length : 0;
	return body.length + labelRefs.byteLength + 3 * timestamps.byteLength + text.length + buckets;
}
