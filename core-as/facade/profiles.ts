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
	/** By stack; what is not above 0 is passed over. */
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
	/** Nodes left out because of the bound; their values are in the totals of their callers. */
	omitted: number;
}

export interface PprofHead {
	type: string;
	unit: string;
	timeNanos: bigint;
	durationNanos: bigint;
	period?: number;
}

/**
 * Stacks folded into one call tree: at most 2^20 strings, frames and nodes, and 64 MiB of text. After a trap the fold
 * is empty.
 */
export interface ProfileFold {
	clear(): void;
	/**
	 * Equal stacks are merged; values are multiplied by `scale`. `base`: values to compare with. Throws CoreError
	 * CXR_CORE_FOLD_FULL, and CXR_CORE_FOLD_BAD_SHAPE for columns that do not fit each other.
	 */
	add(stacks: FoldColumns, scale?: number, base?: boolean): void;
	/** Cuts branches below this share of the total; their values stay with the callers. Roots of stacks stay. */
	prune(minShare: number): void;
	/** The heaviest `maxNodes` nodes, root included. */
	flame(maxNodes: number): FlameColumns;
	/** profile.proto of google/pprof, not compressed. */
	pprof(head: PprofHead): Uint8Array;
	/** Instances that failed and were replaced. */
	readonly traps: number;
}

const REFUSALS = { 'bad-shape': 'CXR_CORE_FOLD_BAD_SHAPE', full: 'CXR_CORE_FOLD_FULL' } as const;

export function createProfileFold(modules: CoreModules): ProfileFold {
	const component = new Component(instantiate, modules);
	const encoder = new TextEncoder();
	return {
		clear() {
			component.call((it) => it.stackFold.clear());
		},
		add(stacks, scale = 1, base = false) {
			const { strings, ...columns } = stacks;
			const lowered = { ...columns, stringBytes: strings.bytes, stringEnds: strings.ends };
			component.call(
				(it) => it.stackFold.add(lowered, scale, base),
				(why: keyof typeof REFUSALS) => new CoreError(REFUSALS[why]),
			);
		},
		prune(minShare) {
			component.call((it) => it.stackFold.prune(minShare));
		},
		flame(maxNodes) {
			const { stringBytes, stringEnds, ...columns } = component.call((it) => it.stackFold.flame(maxNodes));
			return { ...columns, strings: { bytes: stringBytes, ends: stringEnds } };
		},
		pprof({ type, unit, timeNanos, durationNanos, period = 0 }) {
			const [kind, of] = [encoder.encode(type), encoder.encode(unit)];
			return component.call((it) => it.stackFold.pprof(kind, of, timeNanos, durationNanos, BigInt(period)));
		},
		get traps() {
			return component.traps;
		},
	};
}
