import { createRequire } from 'node:module';
import { join } from 'node:path';

/** One BPF object file. Errors carry `errno` and `log`, the tail of the verifier's words. */
export interface BpfObject {
	load(): void;
	attach(program: string): void;
	/** Bytes written to `out`. Per-CPU maps yield the values of all possible CPUs, each padded to 8 bytes. */
	readMap(map: string, key: Uint8Array, out: Uint8Array): number;
	writeMap(map: string, key: Uint8Array, value: Uint8Array): void;
	/** Detaches and unloads; synchronous, about 100 ms. Again: does nothing. */
	close(): void;
}

export interface BpfObjectOptions {
	/** Constants, set before load. */
	rodata?: Record<string, number | bigint>;
	/** Size of a map; bytes for a ring buffer (a power of two, at least a page). */
	entries?: Record<string, number>;
	/** Programs to load; all when absent. */
	programs?: string[];
	/** Maps that are those of another, loaded object. */
	share?: Record<string, BpfObject>;
}

/** A ring buffer in memory, for one reader; it may outlive its object. */
export interface KernelRing {
	/** Bytes written to `out`: whole records only, each `[u32 length][u32 0][record, padded to 8]`. */
	drain(out: Uint8Array): number;
	close(): void;
	/** Drained so far. */
	readonly records: number;
	/** Drained so far, headers included. */
	readonly bytes: number;
	/** Bytes that wait now. */
	readonly waiting: number;
	readonly size: number;
}

export interface KernelAddon {
	BpfObject: new (path: string, options?: BpfObjectOptions) => BpfObject;
	Ring: new (object: BpfObject, map: string) => KernelRing;
	/** How many values a per-CPU map has for each key. */
	possibleCpus: number;
}

/** The native addon of `buildDir`; throws when it is not built or not for this machine. */
export function loadKernelAddon(buildDir: string): KernelAddon {
	return createRequire(import.meta.url)(join(buildDir, 'addon', 'codexray.node')) as KernelAddon;
}
