import { instantiate } from '../../build/core/codec.js';
import { Component, type CoreModules } from './component.ts';
import { type OtlpCodec, otlpCodec } from './otlp.ts';
import { type OtlpEncoder, otlpEncoder } from './otlp-encode.ts';
import { type OtlpMetricsCodec, otlpMetricsCodec } from './otlp-metrics.ts';
import { type PprofCodec, pprofCodec } from './pprof.ts';
import { type RemoteWriteCodec, remoteWriteCodec } from './remote-write.ts';
import { type SnappyCodec, snappyCodec } from './snappy.ts';
import { type SqlCodec, sqlCodec } from './sql.ts';

/** The codec component; one file of this folder for each of its interfaces. */
export type CodecComponent = Component<ReturnType<typeof instantiate>>;

/** Stateless codecs over untrusted bytes. Outputs are fresh arrays that the caller owns. */
export interface Codec
	extends SnappyCodec,
		RemoteWriteCodec,
		OtlpCodec,
		OtlpEncoder,
		OtlpMetricsCodec,
		PprofCodec,
		SqlCodec {
	/** Instances that failed and were replaced. */
	readonly traps: number;
}

export function createCodec(modules: CoreModules): Codec {
	const component: CodecComponent = new Component(instantiate, modules);
	return {
		...snappyCodec(component),
		...remoteWriteCodec(component),
		...otlpCodec(component),
		...otlpEncoder(component),
		...otlpMetricsCodec(component),
		...pprofCodec(component),
		...sqlCodec(component),
		get traps() {
			return component.traps;
		},
	};
}
