import { instantiate } from '../../build/core/profiles.js';
import { Component, type CoreModules } from './component.ts';
import { CoreError } from './errors.ts';

/** Stacks as columns. Stack s owns stackFrames[stackEnds[s-1] .. stackEnds[s]), leaf first. */
export interface FoldColumns {
	strings: { bytes: Uint8Array; ends: Uint32Array };
	/** By frame: string numbers, and the line, 0 where it is not known. */
	frameNames: Uint32Array;
	frameFiles: Uint32Array;
	frameLines: Uint32Array;
	stackEnds: Uint32Array;
	stackFrames: Uint32Array;
	/**
	 * Kind by kind: those of kind k are from k * stacks on, one by stack. What is not above 0, or above 2^64, is passed
	 * over.
	 */
	values: Float64Array;
}

/** A flame graph: nodes in pre-order, heaviest child first. Node 0 is the root, with the empty name. */
export interface FlameColumns {
	strings: { bytes: Uint8Array; ends: Uint32Array };
	/** By node: string numbers. */
	names: Uint32Array;
	files: Uint32Array;
	/** The root is its own parent. */
	parents: Uint32Array;
	depths: Uint32Array;
	totals: Float64Array;
	selfs: Float64Array;
	baseTotals: Float64Array;
	baseSelfs: Float64Array;
	/** The total as a share of all less that of the base, -1 to 1; empty where now or the base has nothing. */
	changes: Float64Array;
	/** Nodes left out because of the bound; their values are in the totals of their callers. */
	omitted: number;
}

/** Functions, heaviest first; frames of one function (name and file) are one row, whatever their lines. */
export interface TopColumns {
	strings: { bytes: Uint8Array; ends: Uint32Array };
	/** By row: string numbers. */
	names: Uint32Array;
	files: Uint32Array;
	/** What was sampled in the function itself. */
	flats: Float64Array;
	/** With what it called; a stack on which it is several times counts once. */
	cumulatives: Float64Array;
	baseFlats: Float64Array;
	baseCumulatives: Float64Array;
	/** The cumulative value as a share of all less that of the base; empty where now or the base has nothing. */
	changes: Float64Array;
	/** Of all stacks; those without a frame are in no row. */
	total: number;
	baseTotal: number;
	/** Functions left out because of the bound. */
	omitted: number;
}

/** What one value of a stack says, such as `cpu` in `nanoseconds`. */
export interface SampleType {
	type: string;
	unit: string;
}

export interface PprofHead {
	/** Those of the first kinds, by kind; values of the others are left out. */
	types: readonly SampleType[];
	timeNanos: bigint;
	durationNanos: bigint;
	period?: number;
}

/**
 * Stacks folded into one call tree, with 1 to 8 kinds of values (time, bytes, objects ...) and a base to compare with:
 * at most 2^20 strings, frames and nodes, 2^22 values of nodes and 64 MiB of text. A kind that the fold does not have is
 * CXR_CORE_FOLD_BAD_SHAPE. After a trap the fold is empty and has one kind.
 */
export interface ProfileFold {
	/** Forgets everything; stacks have so many kinds of values from now on. */
	clear(kinds?: number): void;
	/**
	 * Equal stacks are merged; values are multiplied by `scale`. `base`: values to compare with. Throws CoreError
	 * CXR_CORE_FOLD_FULL, also for more than 128 MiB of columns, and CXR_CORE_FOLD_BAD_SHAPE for columns that do not fit
	 * each other.
	 */
	add(stacks: FoldColumns, scale?: number, base?: boolean): void;
	/** Cuts branches below this share of a kind's total; all their values stay with the callers. Roots of stacks stay. */
	prune(minShare: number, kind?: number): void;
	/**
	 * For kinds that only grow while a process lives, such as what Go allocated or waited for: the base, which was read
	 * before, is taken from them stack by stack. Where one stack has less than before, the process began anew: all values
	 * are of this life and stay as they are, and the answer is true. No value falls below 0; the base is empty afterwards.
	 */
	delta(kinds: readonly number[]): boolean;
	/** The heaviest `maxNodes` nodes, root included, 2^18 at most. Of a base and now, each counts as much as the other. */
	flame(maxNodes: number, kind?: number): FlameColumns;
	/** The heaviest `maxRows` functions, 2^18 at most; those that weigh nothing are not counted. */
	top(maxRows: number, kind?: number, by?: 'flat' | 'cumulative'): TopColumns;
	/** profile.proto of google/pprof, not compressed; values are rounded. Throws CoreError CXR_CORE_FOLD_FULL. */
	pprof(head: PprofHead): Uint8Array;
	/** Instances that failed and were replaced. */
	readonly traps: number;
}

const REFUSALS = { 'bad-shape': 'CXR_CORE_FOLD_BAD_SHAPE', full: 'CXR_CORE_FOLD_FULL' } as const;
/** Columns of one call, bytes: what an instance can hold beside its tree. */
const MAX_COLUMNS = 128 * 1024 * 1024;

export function createProfileFold(modules: CoreModules): ProfileFold {
	const component = new Component(instantiate, modules);
	type StackFold = ReturnType<typeof instantiate>['stackFold'];
	const call = <T>(work: (fold: StackFold) => T): T =>
		component.call(
			(it) => work(it.stackFold),
			(why: keyof typeof REFUSALS) => new CoreError(REFUSALS[why]),
		);
	return {
		clear(kinds = 1) {
			call((fold) => fold.clear(kinds));
		},
		add(stacks, scale = 1, base = false) {
			const lowered = loweredColumns(stacks);
			call((fold) => fold.add(lowered, scale, base));
		},
		prune(minShare, kind = 0) {
			call((fold) => fold.prune(kind, minShare));
		},
		delta(kinds) {
			if (kinds.some((kind) => !(kind >= 0 && kind < 32))) throw new CoreError('CXR_CORE_FOLD_BAD_SHAPE');
			return call((fold) => fold.delta(kinds.reduce((mask, kind) => (mask | (1 << kind)) >>> 0, 0)));
		},
		flame(maxNodes, kind = 0) {
			const { stringBytes, stringEnds, ...columns } = call((fold) => fold.flame(kind, maxNodes));
			return { ...columns, strings: { bytes: stringBytes, ends: stringEnds } };
		},
		top(maxRows, kind = 0, by = 'flat') {
			const { stringBytes, stringEnds, ...columns } = call((fold) =>
				fold.top(kind, maxRows, by === 'cumulative'),
			);
			return { ...columns, strings: { bytes: stringBytes, ends: stringEnds } };
		},
		pprof({ types, timeNanos, durationNanos, period = 0 }) {
			const { bytes, ends } = packedTexts(types.flatMap(({ type, unit }) => [type, unit]));
			return call((fold) => fold.pprof(bytes, ends, timeNanos, durationNanos, BigInt(period)));
		},
		get traps() {
			return component.traps;
		},
	};
}

/** The columns as the component takes them, and nothing else that the object holds. */
function loweredColumns(stacks: FoldColumns) {
	const { strings, frameNames, frameFiles, frameLines, stackEnds, stackFrames, values } = stacks;
	const columns = {
		...{ stringBytes: strings.bytes, stringEnds: strings.ends },
		...{ frameNames, frameFiles, frameLines, stackEnds, stackFrames, values },
	};
	const bytes = Object.values(columns).reduce((sum, { byteLength }) => sum + byteLength, 0);
	if (bytes > MAX_COLUMNS) throw new CoreError('CXR_CORE_FOLD_FULL');
	return columns;
}

/** Texts one after the other in UTF-8, and where each ends. */
function packedTexts(texts: readonly string[]): { bytes: Uint8Array; ends: Uint32Array } {
	const encoded = texts.map((text) => new TextEncoder().encode(text));
	let end = 0;
	const ends = Uint32Array.from(encoded, ({ length }) => {
		end += length;
		return end;
	});
	const bytes = new Uint8Array(end);
	for (const [i, each] of encoded.entries()) bytes.set(each, ends[i]! - each.length);
	return { bytes, ends };
}
