/** What a round needs of a fold of stacks; the `profiles` component is one (core-as/facade). */

/** Stacks as columns. String 0 is ''. Stack s owns stackFrames[stackEnds[s-1] .. stackEnds[s]), leaf first. */
export interface StackColumns {
	strings: { bytes: Uint8Array; ends: Uint32Array };
	/** By frame: string numbers, and the line, 0 where it is not known. */
	frameNames: Uint32Array;
	frameFiles: Uint32Array;
	frameLines: Uint32Array;
	stackEnds: Uint32Array;
	stackFrames: Uint32Array;
	/** By stack. */
	values: Float64Array;
}

export interface StackFold {
	clear(): void;
	/** Equal stacks are merged. */
	add(stacks: StackColumns, scale?: number): void;
	/** Cuts branches of the call tree below this share of the total; their values stay with the callers. */
	prune(minShare: number): void;
	/** Not compressed. */
	pprof(options: {
		types: readonly { type: string; unit: string }[];
		timeNanos: bigint;
		durationNanos: bigint;
		period?: number;
	}): Uint8Array;
}
