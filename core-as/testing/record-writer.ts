/** Directions and roles as in bpf/include/records.h. */
export const RECEIVE = 0;
export const SEND = 1;
export const OUTBOUND = 1;
export const INBOUND = 2;
export const FOUND_OPEN = 3;

export interface ConnectionFields {
	cookie: number;
	role: number;
	pid?: number;
	/** Nanoseconds. */
	time?: number;
	duration?: number;
	cgroup?: number;
	netns?: number;
	local?: [string, number];
	remote?: [string, number];
	/** Writes RECORD_CONNECT_FAILED instead. */
	failed?: boolean;
}

export interface DataFields {
	cookie: number;
	direction: number;
	time: number;
	payload: Uint8Array | string;
	/** Bytes of the payload in the record; default all. */
	captured?: number;
}

export interface BytesFields {
	cookie: number;
	time?: number;
	sent?: number;
	received?: number;
	/** Writes RECORD_CLOSE instead. */
	close?: boolean;
	retransmits?: number;
}

/** Writes batches the way the host drains them from the kernel's ring. */
export class RecordWriter {
	#bytes = new Uint8Array(4096);
	#size = 0;

	connection(fields: ConnectionFields): this {
		const { local = ['10.0.0.1', 40_000], remote = ['10.0.0.2', 80] } = fields;
		const [view, at] = this.#begin(88);
		view.setUint8(at, fields.failed ? 2 : 1);
		view.setUint8(at + 1, fields.role);
		view.setUint32(at + 4, fields.pid ?? 7, true);
		view.setBigUint64(at + 8, BigInt(fields.time ?? 0), true);
		view.setBigUint64(at + 16, BigInt(fields.cookie), true);
		view.setBigUint64(at + 24, BigInt(fields.cgroup ?? 5000), true);
		view.setBigUint64(at + 32, BigInt(fields.duration ?? 0), true);
		view.setUint32(at + 40, fields.netns ?? 4026531840, true);
		view.setUint16(at + 44, local[1], true);
		view.setUint16(at + 46, remote[1], true);
		this.#bytes.set(mapped(local[0]), at + 48);
		this.#bytes.set(mapped(remote[0]), at + 64);
		return this;
	}

	data(fields: DataFields): this {
		const payload =
			typeof fields.payload === 'string' ? new TextEncoder().encode(fields.payload) : fields.payload;
		const captured = Math.min(fields.captured ?? payload.length, payload.length);
		const [view, at] = this.#begin(24 + captured);
		view.setUint8(at, 3);
		view.setUint8(at + 1, fields.direction);
		view.setUint16(at + 2, captured, true);
		view.setUint32(at + 4, payload.length, true);
		view.setBigUint64(at + 8, BigInt(fields.time), true);
		view.setBigUint64(at + 16, BigInt(fields.cookie), true);
		this.#bytes.set(payload.subarray(0, captured), at + 24);
		return this;
	}

	bytes(fields: BytesFields): this {
		const [view, at] = this.#begin(40);
		view.setUint8(at, fields.close ? 5 : 4);
		view.setUint32(at + 4, fields.retransmits ?? 0, true);
		view.setBigUint64(at + 8, BigInt(fields.time ?? 0), true);
		view.setBigUint64(at + 16, BigInt(fields.cookie), true);
		view.setBigUint64(at + 24, BigInt(fields.sent ?? 0), true);
		view.setBigUint64(at + 32, BigInt(fields.received ?? 0), true);
		return this;
	}

	/** The batch so far; the writer starts a new one. */
	take(): Uint8Array {
		const batch = this.#bytes.slice(0, this.#size);
		this.#size = 0;
		return batch;
	}

	#begin(length: number): [DataView, number] {
		const padded = (length + 7) & ~7;
		const needed = this.#size + 8 + padded;
		if (needed > this.#bytes.length) {
			const larger = new Uint8Array(needed * 2);
			larger.set(this.#bytes.subarray(0, this.#size));
			this.#bytes = larger;
		}
		this.#bytes.fill(0, this.#size, needed);
		const view = new DataView(this.#bytes.buffer);
		view.setUint32(this.#size, length, true);
		const at = this.#size + 8;
		this.#size = needed;
		return [view, at];
	}
}

/** 16 bytes of an IPv4 address. */
function mapped(address: string): Uint8Array {
	const bytes = new Uint8Array(16);
	bytes.fill(0xff, 10, 12);
	bytes.set(address.split('.').map(Number), 12);
	return bytes;
}
