/** The kernel as the agent sees it. Adapter: hosts/node/events. */

import type { Activity, L7Counters, SpanBatch } from '../../core-as/facade/index.ts';
import type { BpfUsage, ThreadUsage } from './cost/usage.ts';

/** One group of kernel programs that is loaded, or refused, as a whole. */
export interface KernelFeature {
	feature: 'connections' | 'socket-data' | 'processes';
	/** Which of the feature's ways works; empty when none does. */
	tier: string;
	ok: boolean;
	/** Why it is off or could not be verified; empty when all is well. */
	reason: string;
}

/** Counters since the start. */
export interface RingStats {
	ring: 'data' | 'control';
	/** Drained. */
	records: number;
	/** Drained, headers included. */
	bytes: number;
	/**
	 * Records that found the ring full, by kind. Bytes of lost `data` and `bytes` records are not lost: a later
	 * record of the same connection reports them.
	 */
	lost: Record<string, number>;
	/** Share of the ring that was taken at the last drain, 0 to 1. */
	fill: number;
}

export interface KernelStats {
	rings: RingStats[];
	features: KernelFeature[];
	/** Calls that moved data, by what became of them beside a plain record. Counters since the start. */
	calls: {
		/** Reported without payload: it was not in memory. */
		unreadable: number;
		/** Not reported: no memory for the socket's state. */
		noStorage: number;
		/** Reported without payload: scratch memory in use. */
		busy: number;
		/** Counted in bytes only: the connection carries no HTTP. */
		muted: number;
		/** Of processes that are not observed. */
		ignored: number;
	};
	/** Of the L7 tracker that the data ring feeds. */
	tracker: L7Counters;
	/** Of the thread that drains the rings. */
	thread: ThreadUsage;
	/** Of the features' programs. */
	bpf: BpfUsage;
}

/** The kernel's rings are drained by a thread that also owns the L7 tracker. */
export interface KernelEvents {
	/** Activity since the last take, after draining the ring once more. */
	take(): Promise<Activity>;
	/**
	 * Batches of control records (processes, listening sockets), each record `[u32 length][u32 0][record, padded
	 * to 8]`; layouts in bpf/include/records.h. What came before the first listener is kept for it, up to a bound.
	 */
	onControl(listener: (records: Uint8Array) => void): void;
	/** Spans of exchanges that ended, once a second and before each answer of `take`; those before are not kept. */
	onSpans(listener: (batch: SpanBatch) => void): void;
	stats(): Promise<KernelStats>;
	/** Detaches all programs and ends the thread; takes about 100 ms. */
	close(): Promise<void>;
}
