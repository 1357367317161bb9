import type { CodecComponent } from './codec.ts';
import { checkInput } from './codec-input.ts';
import { type ColumnsInput, columnsInput } from './columns-input.ts';
import { CoreError, hexAt } from './errors.ts';
import { type Lending, owned } from './lent.ts';
import type { MetricColumns } from './metric-columns.ts';

/** Prometheus remote write, uncompressed. */
export interface RemoteWriteCodec {
	/**
	 * `body` is a prometheus.WriteRequest of remote write 1.0. Labels are sorted, labels with an empty value left out;
	 * metadata comes by family. Throws CoreError CXR_CORE_REMOTE_WRITE_* with the offset.
	 */
	decodeRemoteWrite(body: Uint8Array, lending?: Lending): MetricColumns;
	/**
	 * `body` is an io.prometheus.write.v2.Request of remote write 2.0; metadata comes by series.
	 * Throws CoreError CXR_CORE_REMOTE_WRITE_* with the offset.
	 */
	decodeRemoteWrite2(body: Uint8Array, lending?: Lending): MetricColumns;
	/**
	 * A prometheus.WriteRequest of columns whose references point into `body` and their own text; the same columns give the
	 * same bytes. Start times and metadata by series have no place in it. What breaks the specification is written as it is.
	 * Throws CoreError CXR_CORE_REMOTE_WRITE_BAD_SHAPE, _BAD_NUMBER or _TOO_LARGE.
	 */
	encodeRemoteWrite(columns: ColumnsInput, body: Uint8Array): Uint8Array;
	/** The same as an io.prometheus.write.v2.Request. Metadata by family has no place in it. */
	encodeRemoteWrite2(columns: ColumnsInput, body: Uint8Array): Uint8Array;
}

const DECODE_REFUSALS = {
	cut: 'CXR_CORE_REMOTE_WRITE_CUT',
	'bad-wire-type': 'CXR_CORE_REMOTE_WRITE_BAD_WIRE_TYPE',
	'bad-varint': 'CXR_CORE_REMOTE_WRITE_BAD_VARINT',
	'too-many': 'CXR_CORE_REMOTE_WRITE_TOO_MANY',
	'bad-symbols': 'CXR_CORE_REMOTE_WRITE_BAD_SYMBOLS',
} as const;

const ENCODE_REFUSALS = {
	'bad-shape': 'CXR_CORE_REMOTE_WRITE_BAD_SHAPE',
	'bad-number': 'CXR_CORE_REMOTE_WRITE_BAD_NUMBER',
	'too-large': 'CXR_CORE_REMOTE_WRITE_TOO_LARGE',
} as const;

export function remoteWriteCodec(component: CodecComponent): RemoteWriteCodec {
	return {
		decodeRemoteWrite(body, { lend = false } = {}) {
			checkInput(body);
			const columns = component.call((it) => it.remoteWrite.decodeV1(body), decodeRefusal(body));
			return lend ? columns : owned(columns);
		},
		decodeRemoteWrite2(body, { lend = false } = {}) {
			checkInput(body);
			const columns = component.call((it) => it.remoteWrite.decodeV2(body), decodeRefusal(body));
			return lend ? columns : owned(columns);
		},
		encodeRemoteWrite(columns, body) {
			const input = columnsInput(columns, body);
			return component.call((it) => it.remoteWrite.encodeV1(input, body), encodeRefusal);
		},
		encodeRemoteWrite2(columns, body) {
			const input = columnsInput(columns, body);
			return component.call((it) => it.remoteWrite.encodeV2(input, body), encodeRefusal);
		},
	};
}

function decodeRefusal(body: Uint8Array) {
	return (why: { offset: number; reason: keyof typeof DECODE_REFUSALS }) =>
		new CoreError(DECODE_REFUSALS[why.reason], { offset: why.offset, hex: hexAt(body, why.offset) });
}

function encodeRefusal(why: keyof typeof ENCODE_REFUSALS) {
	return new CoreError(ENCODE_REFUSALS[why]);
}
