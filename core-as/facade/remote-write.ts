import type { CodecComponent } from './codec.ts';
import { checkInput } from './codec-input.ts';
import { CoreError, hexAt } from './errors.ts';

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

/** Prometheus remote write, uncompressed. */
export interface RemoteWriteCodec {
	/** `body` is an uncompressed prometheus.WriteRequest. Throws CoreError CXR_CORE_REMOTE_WRITE_* with the offset. */
	decodeRemoteWrite(body: Uint8Array): RemoteWriteColumns;
}

const REMOTE_WRITE_REFUSALS = {
	cut: 'CXR_CORE_REMOTE_WRITE_CUT',
	'bad-wire-type': 'CXR_CORE_REMOTE_WRITE_BAD_WIRE_TYPE',
	'bad-varint': 'CXR_CORE_REMOTE_WRITE_BAD_VARINT',
	'too-many': 'CXR_CORE_REMOTE_WRITE_TOO_MANY',
} as const;

export function remoteWriteCodec(component: CodecComponent): RemoteWriteCodec {
	return {
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
	};
}
