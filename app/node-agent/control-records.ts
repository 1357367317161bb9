/** Control records of the kernel; byte layouts in bpf/include/records.h and docs/formats.md. */

import { AgentError } from './errors.ts';

const PROCESS_START = 16;
const PROCESS_EXEC = 17;
const PROCESS_EXIT = 18;
const LISTEN = 19;
const UNLISTEN = 20;

const PROCESS_BYTES = 48;
const LISTEN_BYTES = 48;

export interface ProcessRecord {
	kind: 'start' | 'exec' | 'exit';
	pid: number;
	/** CLOCK_MONOTONIC, ns. */
	time: bigint;
	/** Id of the cgroup v2 directory. */
	cgroup: bigint;
	/** Thread group of the parent; `start` only, else 0. */
	parent: number;
	/** Whether the kernel's out-of-memory killer ended it; `exit` only, else false. */
	oomVictim: boolean;
	/** Name of the task, cut by the kernel to 15 bytes. */
	comm: string;
}

export interface ListenRecord {
	kind: 'listen' | 'unlisten';
	pid: number;
	time: bigint;
	cgroup: bigint;
	netns: number;
	port: number;
	/** 16 bytes, IPv4 as ::ffff:a.b.c.d. */
	address: Uint8Array;
}

export type ControlRecord = ProcessRecord | ListenRecord;

/** Why and where a batch stopped being readable, and how many records were of a kind that is not ours. */
export interface ControlBatch {
	records: ControlRecord[];
	/** Records of unknown kind, skipped whole. */
	unknown: number;
	/** Set when the batch breaks the layout; what came before it is in `records`. */
	error?: AgentError;
}

const decoder = new TextDecoder();

/** Decodes one batch: records back to back, each `[u32 length][u32 0][record padded to 8]`. */
export function decodeControlBatch(batch: Uint8Array): ControlBatch {
	const view = new DataView(batch.buffer, batch.byteOffset, batch.byteLength);
	const records: ControlRecord[] = [];
	let unknown = 0;
	let at = 0;
	while (at < batch.length) {
		if (batch.length - at < 8) return { records, unknown, error: broken(batch, at, 'cut header') };
		const length = view.getUint32(at, true);
		const start = at + 8;
		if (length === 0 || length > batch.length - start) {
			return { records, unknown, error: broken(batch, at, `length ${length}`) };
		}
		const kind = view.getUint8(start);
		if (kind >= PROCESS_START && kind <= PROCESS_EXIT) {
			if (length < PROCESS_BYTES)
				return { records, unknown, error: broken(batch, at, 'short process record') };
			records.push(processRecord(view, start, kind));
		} else if (kind === LISTEN || kind === UNLISTEN) {
			if (length < LISTEN_BYTES) return { records, unknown, error: broken(batch, at, 'short listen record') };
			records.push(listenRecord(view, start, kind));
		} else unknown++;
		at = start + Math.ceil(length / 8) * 8;
	}
	return { records, unknown };
}

function processRecord(view: DataView, at: number, kind: number): ProcessRecord {
	const comm = new Uint8Array(view.buffer, view.byteOffset + at + 32, 16);
	const end = comm.indexOf(0);
	return {
		kind: kind === PROCESS_START ? 'start' : kind === PROCESS_EXEC ? 'exec' : 'exit',
		pid: view.getUint32(at + 4, true),
		time: view.getBigUint64(at + 8, true),
		cgroup: view.getBigUint64(at + 16, true),
		parent: kind === PROCESS_START ? view.getUint32(at + 24, true) : 0,
		oomVictim: kind === PROCESS_EXIT && view.getUint8(at + 1) === 1,
		comm: decoder.decode(end < 0 ? comm : comm.subarray(0, end)),
	};
}

function listenRecord(view: DataView, at: number, kind: number): ListenRecord {
	return {
		kind: kind === LISTEN ? 'listen' : 'unlisten',
		port: view.getUint16(at + 2, true),
		pid: view.getUint32(at + 4, true),
		time: view.getBigUint64(at + 8, true),
		cgroup: view.getBigUint64(at + 16, true),
		netns: view.getUint32(at + 24, true),
		// A copy: the batch's buffer is reused after the call.
		address: new Uint8Array(view.buffer, view.byteOffset + at + 32, 16).slice(),
	};
}

function broken(batch: Uint8Array, at: number, what: string): AgentError {
	const bytes = [...batch.subarray(at, at + 16)].map((b) => b.toString(16).padStart(2, '0')).join(' ');
	return new AgentError('CXR_AGENT_CONTROL_RECORD', `At offset ${at}: ${what}; bytes ${bytes}.`);
}
