import type { CodecComponent } from './codec.ts';
import { checkInput } from './codec-input.ts';
import { CoreError, hexAt } from './errors.ts';
import type { FoldColumns, SampleType } from './profiles.ts';

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

/**
 * One profile as columns: what a `ProfileFold` of as many kinds as there are types adds, and what else the profile says.
 * Stacks are its samples in their order. An inlined function is a frame of its own, before the one that it is in; a
 * location without lines is a frame with its address, `0x..`, as its name. String 0 is empty.
 */
export interface PprofColumns extends FoldColumns {
	/** By type; its values are `values.subarray(t * samples, (t + 1) * samples)`, rounded beyond 2^53. */
	types: SampleType[];
	/** Sample s owns labels [ends[s-1] .. ends[s]). */
	labels: {
		ends: Uint32Array;
		/** By label: string numbers; the text is 0 where the label is a number, the unit where that has none. */
		keys: Uint32Array;
		texts: Uint32Array;
		numbers: BigInt64Array;
		units: Uint32Array;
	};
	periodType: SampleType;
	period: bigint;
	/** Nanoseconds since the epoch, and nanoseconds; 0 where the profile says nothing. */
	timeNanos: bigint;
	durationNanos: bigint;
}

/** Profiles of google/pprof, untrusted and uncompressed, 64 MiB at most. */
export interface PprofCodec {
	/** `now` (ns since the epoch) stands for a time that is missing. Throws CoreError CXR_CORE_PPROF_* with the offset. */
	decodePprof(body: Uint8Array, source: PprofSource, now: bigint): PprofRows;
	/** Throws CoreError CXR_CORE_PPROF_* with the offset. */
	decodePprofColumns(body: Uint8Array): PprofColumns;
}

const PPROF_REFUSALS = {
	cut: 'CXR_CORE_PPROF_CUT',
	'bad-wire-type': 'CXR_CORE_PPROF_BAD_WIRE_TYPE',
	'bad-varint': 'CXR_CORE_PPROF_BAD_VARINT',
	'too-large': 'CXR_CORE_PPROF_TOO_LARGE',
	'bad-reference': 'CXR_CORE_PPROF_BAD_REFERENCE',
	'bad-sample': 'CXR_CORE_PPROF_BAD_SAMPLE',
} as const;

type Refusal = { offset: number; reason: keyof typeof PPROF_REFUSALS };

export function pprofCodec(component: CodecComponent): PprofCodec {
	const refusal =
		(body: Uint8Array) =>
		({ offset, reason }: Refusal) =>
			new CoreError(PPROF_REFUSALS[reason], { offset, hex: hexAt(body, offset) });
	return {
		decodePprof(body, source, now) {
			checkInput(body);
			const prefix = prefixOf(source);
			return component.call((it) => it.pprof.decode(body, prefix, now), refusal(body));
		},
		decodePprofColumns(body) {
			checkInput(body);
			const found = component.call((it) => it.pprof.decodeColumns(body), refusal(body));
			const strings = { bytes: found.stringBytes, ends: found.stringEnds };
			const { frameNames, frameFiles, frameLines, stackEnds, stackFrames, values } = found;
			const typeOf = (type: number, unit: number): SampleType => ({
				type: textOf(strings, type),
				unit: textOf(strings, unit),
			});
			return {
				...{ strings, frameNames, frameFiles, frameLines, stackEnds, stackFrames, values },
				types: Array.from(found.typeNames, (type, i) => typeOf(type, found.typeUnits[i]!)),
				labels: {
					...{ ends: found.labelEnds, keys: found.labelKeys, texts: found.labelTexts },
					...{ numbers: found.labelNumbers, units: found.labelUnits },
				},
				periodType: typeOf(found.periodType, found.periodUnit),
				...{ period: found.period, timeNanos: found.time, durationNanos: found.duration },
			};
		},
	};
}

function textOf({ bytes, ends }: FoldColumns['strings'], i: number): string {
	return new TextDecoder().decode(bytes.subarray(i === 0 ? 0 : ends[i - 1], ends[i]));
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
