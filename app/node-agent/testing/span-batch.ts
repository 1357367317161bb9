import protobuf from 'protobufjs/minimal.js';
import type { SpanBatch } from '../../../core-as/facade/index.ts';
import { parseIPv4 } from '../addresses.ts';

/** One span in words; its source is made of the first five. */
export interface SpanInput {
	pid: number;
	role: 'outbound' | 'inbound';
	address?: string;
	port?: number;
	name?: string;
	ms: number;
	failed?: boolean;
	attributes?: Record<string, string | number>;
}

/** A batch as the `l7` component hands it on, each span a source of its own. */
export function spanBatch(...spans: SpanInput[]): SpanBatch {
	const encoded = spans.map(encodeSpan);
	let end = 0;
	const addresses = new Uint8Array(spans.length * 16);
	for (const [i, { address = '127.0.0.1' }] of spans.entries()) addresses.set(parseIPv4(address)!, i * 16);
	return {
		spans: spans.length,
		sources: spans.length,
		pids: Uint32Array.from(spans, ({ pid }) => pid),
		cgroups: BigUint64Array.from(spans, () => 1n),
		netns: Uint32Array.from(spans, () => 4026531833),
		roles: Uint8Array.from(spans, ({ role }) => (role === 'outbound' ? 1 : 2)),
		addresses,
		ports: Uint16Array.from(spans, ({ port = 80 }) => port),
		sourceOf: Uint16Array.from(spans, (_, i) => i),
		ends: Uint32Array.from(encoded, (bytes) => {
			end += bytes.length;
			return end;
		}),
		data: Uint8Array.from(encoded.flatMap((bytes) => [...bytes])),
	};
}

function encodeSpan({ name = 'GET', ms, failed = false, attributes = {} }: SpanInput): Uint8Array {
	const writer = protobuf.Writer.create().uint32(0x12).fork();
	writer.uint32(0x0a).bytes(new Uint8Array(16)).uint32(0x2a).string(name).uint32(0x30).int32(3);
	const start = 1_700_000_000_000_000_000n;
	for (const [tag, time] of [
		[0x39, start],
		[0x41, start + BigInt(Math.round(ms * 1e6))],
	] as const) {
		writer
			.uint32(tag)
			.fixed32(Number(time & 0xffff_ffffn))
			.fixed32(Number(time >> 32n));
	}
	for (const [key, value] of Object.entries(attributes)) {
		writer.uint32(0x4a).fork().uint32(0x0a).string(key).uint32(0x12).fork();
		if (typeof value === 'string') writer.uint32(0x0a).string(value);
		else writer.uint32(0x18).int64(value);
		writer.ldelim().ldelim();
	}
	if (failed) writer.uint32(0x7a).fork().uint32(0x18).int32(2).ldelim();
	return writer.ldelim().finish();
}
