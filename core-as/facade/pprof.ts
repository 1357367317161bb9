import type { CodecComponent } from './codec.ts';
import { checkInput } from './codec-input.ts';
import { CoreError, hexAt } from './errors.ts';

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

/** Profiles of google/pprof, untrusted. */
export interface PprofCodec {
	/**
	 * `body` is an uncompressed profile.proto; `now` (ns since the epoch) stands for a time that is missing. Throws
	 * CoreError CXR_CORE_PPROF_* with the offset.
	 */
	decodePprof(body: Uint8Array, source: PprofSource, now: bigint): PprofRows;
}

const PPROF_REFUSALS = {
	cut: 'CXR_CORE_PPROF_CUT',
	'bad-wire-type': 'CXR_CORE_PPROF_BAD_WIRE_TYPE',
	'bad-varint': 'CXR_CORE_PPROF_BAD_VARINT',
	'too-large': 'CXR_CORE_PPROF_TOO_LARGE',
	'bad-reference': 'CXR_CORE_PPROF_BAD_REFERENCE',
	'bad-sample': 'CXR_CORE_PPROF_BAD_SAMPLE',
} as const;

export function pprofCodec(component: CodecComponent): PprofCodec {
	return {
		decodePprof(body, source, now) {
			checkInput(body);
			const prefix = prefixOf(source);
			return component.call(
				(it) => it.pprof.decode(body, prefix, now),
				(why: { offset: number; reason: keyof typeof PPROF_REFUSALS }) =>
					new CoreError(PPROF_REFUSALS[why.reason], { offset: why.offset, hex: hexAt(body, why.offset) }),
			);
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
