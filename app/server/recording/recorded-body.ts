import type { PprofSource } from '../../../core-as/facade/index.ts';

export const RECORDED_SIGNALS = ['metrics', 'logs', 'traces', 'profiles', 'otlp-metrics'] as const;
export type RecordedSignal = (typeof RECORDED_SIGNALS)[number];

/** One accepted body as it stands in a recording: redacted and uncompressed. */
export interface RecordedBody {
	signal: RecordedSignal;
	/** When the server had accepted it, ms since the epoch. */
	acceptedAt: number;
	/** Who was profiled; of profiles only. */
	source: PprofSource | null;
	/** prometheus.WriteRequest of `metrics`, an OTLP export request or profile.proto. */
	body: Uint8Array;
}
