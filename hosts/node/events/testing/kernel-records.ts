/** Records of both rings as objects: for tests, which want to read them; the product never does. */
import { recordsOf } from '../record-batch.ts';

export interface ConnectionRecord {
	kind: 'connection' | 'connectFailed';
	role: number;
	pid: number;
	time: bigint;
	cookie: bigint;
	cgroup: bigint;
	duration: bigint;
	netns: number;
	localPort: number;
	remotePort: number;
	local: string;
	remote: string;
}

export interface DataRecord {
	kind: 'data';
	direction: 'send' | 'receive';
	size: number;
	time: bigint;
	cookie: bigint;
	payload: Buffer;
}

export interface BytesRecord {
	kind: 'bytes' | 'close';
	retransmits: number;
	time: bigint;
	cookie: bigint;
	sent: number;
	received: number;
}

export interface ProcessRecord {
	kind: 'start' | 'exec' | 'exit';
	pid: number;
	time: bigint;
	cgroup: bigint;
	parent: number;
	oomVictim: boolean;
	comm: string;
}

export interface ListenRecord {
	kind: 'listen' | 'unlisten';
	port: number;
	pid: number;
	time: bigint;
	netns: number;
	address: string;
}

export type KernelRecord = ConnectionRecord | DataRecord | BytesRecord | ProcessRecord | ListenRecord;

const KINDS: Record<number, KernelRecord['kind']> = {
	1: 'connection',
	2: 'connectFailed',
	3: 'data',
	4: 'bytes',
	5: 'close',
	16: 'start',
	17: 'exec',
	18: 'exit',
	19: 'listen',
	20: 'unlisten',
};

export function parseRecords(batch: Uint8Array): KernelRecord[] {
	return [...recordsOf(batch)].map(({ at, length }) =>
		parseRecord(Buffer.from(batch.subarray(at, at + length))),
	);
}

function parseRecord(b: Buffer): KernelRecord {
	const kind = KINDS[b[0]!];
	const time = b.readBigUInt64LE(8);
	switch (kind) {
		case 'connection':
		case 'connectFailed':
			return {
				kind,
				role: b[1]!,
				pid: b.readUInt32LE(4),
				time,
				cookie: b.readBigUInt64LE(16),
				cgroup: b.readBigUInt64LE(24),
				duration: b.readBigUInt64LE(32),
				netns: b.readUInt32LE(40),
				localPort: b.readUInt16LE(44),
				remotePort: b.readUInt16LE(46),
				local: b.toString('hex', 48, 64),
				remote: b.toString('hex', 64, 80),
			};
		case 'data': {
			const payload = Buffer.from(b.subarray(24));
			if (payload.length !== b.readUInt16LE(2)) throw new Error('captured and payload differ');
			const direction = b[1] === 1 ? 'send' : 'receive';
			return { kind, direction, size: b.readUInt32LE(4), time, cookie: b.readBigUInt64LE(16), payload };
		}
		case 'bytes':
		case 'close':
			return {
				kind,
				retransmits: b.readUInt32LE(4),
				time,
				cookie: b.readBigUInt64LE(16),
				sent: Number(b.readBigUInt64LE(24)),
				received: Number(b.readBigUInt64LE(32)),
			};
		case 'start':
		case 'exec':
		case 'exit':
			return {
				kind,
				pid: b.readUInt32LE(4),
				time,
				cgroup: b.readBigUInt64LE(16),
				parent: b.readUInt32LE(24),
				oomVictim: b[1] === 1,
				comm: b.toString('latin1', 32, 48).replace(/\0.*$/s, ''),
			};
		case 'listen':
		case 'unlisten':
			return {
				kind,
				port: b.readUInt16LE(2),
				pid: b.readUInt32LE(4),
				time,
				netns: b.readUInt32LE(24),
				address: b.toString('hex', 32, 48),
			};
		default:
			throw new Error(`kind ${b[0]} in ${b.toString('hex')}`);
	}
}
