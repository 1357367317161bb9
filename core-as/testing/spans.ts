import type { SpanBatch } from '../facade/tracker.ts';
import { otlpDecoded } from './otlp-body.ts';

/** One span, readable. */
export interface ReadableSpan {
	traceId: string;
	spanId: string;
	/** Empty for a root. */
	parentSpanId: string;
	name: string;
	kind: 'server' | 'client';
	/** Nanoseconds since the epoch. */
	start: bigint;
	end: bigint;
	error: boolean;
	flags: number;
	attributes: Record<string, string | number>;
	/** Index of its source; -1 where not known. */
	source: number;
}

interface OtlpSpan {
	traceId: Uint8Array;
	spanId: Uint8Array;
	parentSpanId?: Uint8Array;
	name: string;
	kind: number;
	/** The decoder leaves zeros out. */
	startTimeUnixNano?: string;
	endTimeUnixNano?: string;
	attributes: { key: string; value: { stringValue?: string; intValue?: string } }[];
	status?: { code: number };
	flags: number;
}

const KINDS = { 2: 'server', 3: 'client' } as const;

/** The spans of a batch, by an independent protobuf decoder; throws where offsets and messages do not agree. */
export function spansOf(batch: SpanBatch): ReadableSpan[] {
	const spans: ReadableSpan[] = [];
	for (let i = 0; i < batch.spans; i++) {
		const bytes = batch.data.subarray(i === 0 ? 0 : batch.ends[i - 1], batch.ends[i]);
		const [span, more] = otlpSpans(bytes);
		if (span === undefined || more !== undefined) throw new Error(`span ${i} is not one span`);
		spans.push({ ...span, source: batch.sourceOf[i]! });
	}
	if ((batch.ends.at(-1) ?? 0) !== batch.data.length) throw new Error('bytes behind the last span');
	return spans;
}

/** The spans of an OTLP ScopeSpans. */
export function otlpSpans(bytes: Uint8Array): ReadableSpan[] {
	return otlpDecoded<{ spans: OtlpSpan[] }>('ScopeSpans', bytes).spans.map((span) => {
		const kind = KINDS[span.kind as 2 | 3];
		if (kind === undefined) throw new Error(`kind ${span.kind}`);
		return {
			traceId: hex(span.traceId),
			spanId: hex(span.spanId),
			parentSpanId: hex(span.parentSpanId ?? new Uint8Array()),
			name: span.name,
			kind,
			start: BigInt(span.startTimeUnixNano ?? 0),
			end: BigInt(span.endTimeUnixNano ?? 0),
			error: span.status?.code === 2,
			flags: span.flags,
			attributes: Object.fromEntries(
				span.attributes.map(({ key, value }) => [key, value.stringValue ?? Number(value.intValue)]),
			),
			source: -1,
		};
	});
}

function hex(bytes: Uint8Array): string {
	return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
