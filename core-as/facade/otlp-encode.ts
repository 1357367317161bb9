import type { CodecComponent } from './codec.ts';
import { MAX_INPUT } from './codec-input.ts';
import { CoreError } from './errors.ts';

/** Who made records. */
export interface OtlpResource {
	/** Keys and values. */
	attributes: Readonly<Record<string, string>>;
	/** Fields `log_records` or `spans` (tag, length, message) back to back, in any number of pieces; without any the resource is left out. */
	records: readonly Uint8Array[];
}

/** The attributes of records: four numbers each, key offset, key length, value offset, value length, into `text`. */
interface AttributeColumns {
	/** UTF-8. */
	text: Uint8Array;
	attributeRefs: Uint32Array;
	/** Prefix ends by record. */
	attributeEnds: Uint32Array;
}

export interface LogColumns extends AttributeColumns {
	/** Two a record: when it happened, when it was observed; ns since the epoch, 0 unknown. */
	times: BigUint64Array;
	/** SeverityNumber, 0 unknown. */
	severities: Uint8Array;
	/** Four a record: offset and length of severity text and body. */
	texts: Uint32Array;
	/** 24 bytes a record: trace and span; zeros for none. */
	ids: Uint8Array;
}

export interface SpanColumns extends AttributeColumns {
	/** Two a span: start and end, ns since the epoch. */
	times: BigUint64Array;
	/** SpanKind. */
	kinds: Uint8Array;
	/** StatusCode. */
	statuses: Uint8Array;
	/** Two a span: offset and length. */
	names: Uint32Array;
	/** 32 bytes a span: trace, span and parent; zeros for no parent. */
	ids: Uint8Array;
}

/** Fields of a scope, for `OtlpResource.records`, and where each ends. */
export interface EncodedRecords {
	records: Uint8Array;
	ends: Uint32Array;
}

/** OTLP export requests, uncompressed protobuf. Throws CoreError CXR_CORE_OTLP_ENCODE_TOO_LARGE above 128 MiB. */
export interface OtlpEncoder {
	/** An ExportLogsServiceRequest or ExportTraceServiceRequest, as the records are. */
	encodeOtlpRequest(scope: { name: string; version: string }, resources: readonly OtlpResource[]): Uint8Array;
	/** Throws CoreError CXR_CORE_OTLP_ENCODE_BAD_SHAPE when the columns do not fit each other. */
	encodeLogRecords(columns: LogColumns): EncodedRecords;
	/** As `encodeLogRecords`. */
	encodeSpans(columns: SpanColumns): EncodedRecords;
}

const REFUSALS = {
	'bad-shape': 'CXR_CORE_OTLP_ENCODE_BAD_SHAPE',
	'too-large': 'CXR_CORE_OTLP_ENCODE_TOO_LARGE',
} as const;

export function otlpEncoder(component: CodecComponent): OtlpEncoder {
	const refusal = (why: keyof typeof REFUSALS) => new CoreError(REFUSALS[why]);
	return {
		encodeOtlpRequest(scope, resources) {
			const { text, refs, attributeEnds } = attributeColumns(resources);
			const { records, recordEnds } = recordColumns(resources);
			return component.call(
				(it) =>
					it.otlpEncode.request(scope.name, scope.version, text, refs, attributeEnds, records, recordEnds),
				refusal,
			);
		},
		encodeLogRecords(it) {
			checkColumns(it, { times: BigUint64Array, severities: Uint8Array, texts: Uint32Array });
			const { times, severities, text, texts, ids, attributeRefs, attributeEnds } = it;
			return component.call(
				({ otlpEncode }) =>
					otlpEncode.logRecords(times, severities, text, texts, ids, attributeRefs, attributeEnds),
				refusal,
			);
		},
		encodeSpans(it) {
			checkColumns(it, {
				...{ times: BigUint64Array, kinds: Uint8Array, statuses: Uint8Array, names: Uint32Array },
			});
			const { times, kinds, statuses, text, names, ids, attributeRefs, attributeEnds } = it;
			return component.call(
				({ otlpEncode }) =>
					otlpEncode.spans(times, kinds, statuses, text, names, ids, attributeRefs, attributeEnds),
				refusal,
			);
		},
	};
}

const utf8 = new TextEncoder();

function attributeColumns(resources: readonly OtlpResource[]) {
	const texts: Uint8Array[] = [];
	const refs: number[] = [];
	let size = 0;
	const attributeEnds = Uint32Array.from(resources, ({ attributes }) => {
		for (const text of Object.entries(attributes).flat()) {
			const bytes = utf8.encode(text);
			texts.push(bytes);
			refs.push(size, bytes.length);
			size += bytes.length;
		}
		return refs.length / 4;
	});
	return { text: joined(texts, size), refs: Uint32Array.from(refs), attributeEnds };
}

function recordColumns(resources: readonly OtlpResource[]) {
	let size = 0;
	const recordEnds = Uint32Array.from(resources, ({ records }) => {
		for (const { length } of records) size += length;
		return size;
	});
	if (size > MAX_INPUT) throw new CoreError('CXR_CORE_OTLP_ENCODE_TOO_LARGE');
	return {
		records: joined(
			resources.flatMap(({ records }) => records),
			size,
		),
		recordEnds,
	};
}

function joined(parts: readonly Uint8Array[], size: number): Uint8Array {
	const bytes = new Uint8Array(size);
	let at = 0;
	for (const part of parts) {
		bytes.set(part, at);
		at += part.length;
	}
	return bytes;
}

const SHARED_COLUMNS = {
	text: Uint8Array,
	ids: Uint8Array,
	attributeRefs: Uint32Array,
	attributeEnds: Uint32Array,
};

/** The generated code would read an array of another type as bytes of something else. */
function checkColumns(columns: object, types: Record<string, new (size: number) => ArrayBufferView>): void {
	for (const [name, type] of Object.entries({ ...SHARED_COLUMNS, ...types })) {
		const column = (columns as Record<string, unknown>)[name];
		if (!(column instanceof type)) throw new Error(`BUG: ${name} must be a ${type.name}`);
		if (column.byteLength > MAX_INPUT) throw new CoreError('CXR_CORE_OTLP_ENCODE_TOO_LARGE');
	}
}
