import { instantiate } from '../../build/core/store.js';
import type { MatrixGrid, PackedChunks } from './chunks.ts';
import { Component, type CoreModules } from './component.ts';
import { CoreError, type CoreErrorCode } from './errors.ts';

/** Samples of many series, one element a sample. */
export interface HeadColumns {
	/** Numbers of series. */
	series: Uint32Array;
	/** Milliseconds since the epoch: integers from 0 to 2^53 - 1, in any order. */
	timestamps: Float64Array;
	/** Any bit pattern. */
	values: Float64Array;
}

export interface HeadAppended {
	/** Samples older than one that the head holds of their series and hour. */
	late: number;
	/** Samples left out, as a series takes at most 2^20 an hour. */
	dropped: number;
}

/** Samples of asked series: those of series `i` are `[ends[i-1], ends[i])`, in time order. */
export interface HeadSamples {
	ends: Uint32Array;
	timestamps: Float64Array;
	values: Float64Array;
}

/** Chunks with the series and the hour (since the epoch) that each is of. */
export interface HeadChunks extends PackedChunks {
	series: Uint32Array;
	hours: Uint32Array;
}

export interface HeadStatistics {
	series: number;
	/** Doubles that came late count until a read or cut meets them. */
	samples: number;
	/** Memory in use, in bytes, and its bound. */
	bytes: number;
	maxBytes: number;
	/** Since the head was made. */
	late: number;
	replaced: number;
	dropped: number;
}

/**
 * Samples that are not in chunks yet, in an instance of its own. Of samples of one series and timestamp the one that came
 * last counts; ABSENT_BITS replaces none. A trap loses all samples: from then on calls throw CXR_CORE_HEAD_LOST.
 */
export interface Head {
	/**
	 * Throws CoreError CXR_CORE_HEAD_FULL with the index of the first sample that was not taken: after a cut the same columns may be
	 * appended again. CXR_CORE_HEAD_BAD_TIMESTAMP has the index too; then nothing was taken. At most 2^20 samples a call.
	 */
	append(columns: HeadColumns): HeadAppended;
	/** Samples from `start` to `end`, both included. Throws CXR_CORE_HEAD_TOO_LARGE over 2^23 samples. */
	read(series: Uint32Array, start: number, end: number): HeadSamples;
	/**
	 * Row-major, one row a series: column `k` holds the last sample in `[start + k * step, start + (k + 1) * step)`, NaN
	 * (ABSENT_BITS) where there is none. Throws CXR_CORE_HEAD_TOO_LARGE over 2^24 cells.
	 */
	readMatrix(series: Uint32Array, start: number, grid: MatrixGrid): Float64Array;
	/**
	 * Takes out what is of hours below `beforeHour`, about `maxChunks` (at most 8 192) chunks: a series and hour is never torn. Rising by series
	 * and hour, also from call to call until one finds nothing.
	 */
	cut(beforeHour: number, maxChunks: number): HeadChunks;
	statistics(): HeadStatistics;
	/** Frees the memory. */
	close(): void;
}

type SamplesHead = InstanceType<ReturnType<typeof instantiate>['head']['SamplesHead']>;

type AppendRefusal = { tag: 'bad-shape' } | { tag: 'bad-timestamp' | 'full'; val: number };

const REFUSALS = {
	'bad-shape': 'CXR_CORE_HEAD_BAD_SHAPE',
	'bad-timestamp': 'CXR_CORE_HEAD_BAD_TIMESTAMP',
	full: 'CXR_CORE_HEAD_FULL',
} as const satisfies Record<AppendRefusal['tag'], CoreErrorCode>;

const MAX_SAMPLES = 1 << 20;
const MAX_SERIES = 1 << 22;

/** `maxBytes`: bound of the memory for samples, 1 MiB to 256 MiB; about 13 bytes a sample and 180 a series and hour. */
export function createHead(modules: CoreModules, maxBytes: number): Head {
	if (!(Number.isInteger(maxBytes) && maxBytes >= 1 << 20 && maxBytes <= 1 << 28)) {
		throw new Error(`BUG: a head of ${maxBytes} bytes`);
	}
	let component: Component<ReturnType<typeof instantiate>> | undefined = new Component(instantiate, modules);
	let head: SamplesHead | undefined = component.call((it) => new it.head.SamplesHead(maxBytes));
	function call<T>(work: (live: SamplesHead) => T, refuse?: (why: never) => CoreError): T {
		if (component === undefined) throw new Error('BUG: the head is closed');
		const live = head;
		if (live === undefined) throw new CoreError('CXR_CORE_HEAD_LOST');
		try {
			return component.call(() => work(live), refuse);
		} finally {
			if (component.traps > 0) head = undefined;
		}
	}
	return {
		append(columns) {
			const { series, timestamps, values } = columns;
			checkSeries(series);
			if (!(timestamps instanceof Float64Array && values instanceof Float64Array)) {
				throw new Error('BUG: timestamps and values must be Float64Array');
			}
			if (Math.max(timestamps.length, values.length) > MAX_SAMPLES) {
				throw new Error(`BUG: ${values.length} samples in one call, at most ${MAX_SAMPLES}`);
			}
			return call(
				(live) => live.append(columns),
				(why: AppendRefusal) =>
					new CoreError(REFUSALS[why.tag], why.tag === 'bad-shape' ? {} : { index: why.val }),
			);
		},
		read(series, start, end) {
			checkSeries(series);
			return call((live) => live.read(series, start, end), tooLarge);
		},
		readMatrix(series, start, { step, columns }) {
			checkSeries(series);
			if (!(Number.isInteger(step) && step > 0 && step <= 0xffffffff)) throw new Error(`BUG: step ${step}`);
			if (!(Number.isInteger(columns) && columns >= 0 && columns <= 0xffffffff)) {
				throw new Error(`BUG: ${columns} columns`);
			}
			return call((live) => live.readMatrix(series, start, step, columns), tooLarge);
		},
		cut(beforeHour, maxChunks) {
			const hour = Math.min(Math.max(Math.floor(beforeHour), 0), 0xffffffff);
			return call((live) => live.cut(hour, maxChunks));
		},
		statistics() {
			const { late, replaced, dropped, ...now } = call((live) => live.statistics());
			return { ...now, late: Number(late), replaced: Number(replaced), dropped: Number(dropped) };
		},
		close() {
			head = undefined;
			component = undefined;
		},
	};
}

function tooLarge(_why: 'too-large'): CoreError {
	return new CoreError('CXR_CORE_HEAD_TOO_LARGE');
}

function checkSeries(series: Uint32Array): void {
	if (!(series instanceof Uint32Array)) throw new Error('BUG: numbers of series must be a Uint32Array');
	if (series.length > MAX_SERIES) {
		throw new Error(`BUG: ${series.length} series in one call, at most ${MAX_SERIES}`);
	}
}
