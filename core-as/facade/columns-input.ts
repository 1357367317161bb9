import { checkInput, MAX_INPUT } from './codec-input.ts';
import type { MetricColumns } from './metric-columns.ts';

/** Columns to encode: what a decoder finds out about series may be missing. */
export type ColumnsInput = Omit<MetricColumns, 'hashes' | 'faults'> &
	Partial<Pick<MetricColumns, 'hashes' | 'faults'>>;

const ARRAYS = {
	labelEnds: Uint32Array,
	labelRefs: Uint32Array,
	sampleEnds: Uint32Array,
	timestamps: Float64Array,
	values: Float64Array,
	text: Uint8Array,
	startTimestamps: Float64Array,
} as const;

const METADATA_ARRAYS = {
	familyRefs: Uint32Array,
	types: Uint8Array,
	helpRefs: Uint32Array,
	unitRefs: Uint32Array,
} as const;

const EXEMPLAR_ARRAYS = {
	ends: Uint32Array,
	faults: Uint8Array,
	labelEnds: Uint32Array,
	labelRefs: Uint32Array,
	timestamps: Float64Array,
	values: Float64Array,
} as const;

const HISTOGRAM_ARRAYS = {
	ends: Uint32Array,
	timestamps: Float64Array,
	startTimestamps: Float64Array,
	kinds: Uint8Array,
	schemas: Int8Array,
	zeroThresholds: Float64Array,
	zeroCounts: Float64Array,
	counts: Float64Array,
	sums: Float64Array,
	spanEnds: Uint32Array,
	positiveSpans: Uint32Array,
	spanOffsets: Int32Array,
	spanLengths: Uint32Array,
	bucketEnds: Uint32Array,
	bucketCounts: Float64Array,
	customEnds: Uint32Array,
	customValues: Float64Array,
} as const;

const NO_HASHES = new BigUint64Array(0);
const NO_FAULTS = new Uint8Array(0);

/**
 * The columns as the component takes them. The generated code does not check types: an array of another type would be
 * read as numbers of something else. With their body they may have as many bytes as any input.
 */
export function columnsInput(columns: ColumnsInput, body: Uint8Array): MetricColumns {
	checkInput(body);
	let size = body.length + checked(columns, ARRAYS);
	if (columns.metadata) size += checked(columns.metadata, METADATA_ARRAYS);
	if (columns.exemplars) size += checked(columns.exemplars, EXEMPLAR_ARRAYS);
	if (columns.histograms) size += checked(columns.histograms, HISTOGRAM_ARRAYS);
	if (size > MAX_INPUT) throw new Error(`BUG: ${size} bytes of columns and body, at most ${MAX_INPUT}`);
	return { ...columns, hashes: NO_HASHES, faults: NO_FAULTS };
}

type ArrayTypes = Record<string, { readonly name: string; new (length: number): ArrayBufferView }>;

/** Bytes of the arrays. */
function checked<T extends ArrayTypes>(group: { [Name in keyof T]: ArrayBufferView }, types: T): number {
	let size = 0;
	for (const name in types) {
		const type = types[name]!;
		const array = group[name];
		if (!(array instanceof type)) throw new Error(`BUG: ${name} of columns must be a ${type.name}`);
		size += array.byteLength;
	}
	return size;
}
