/** Control records as the kernel writes them (bpf/include/records.h), for tests. */

const KINDS = { start: 16, exec: 17, exit: 18, listen: 19, unlisten: 20 };

export interface RecordInput {
	kind: keyof typeof KINDS;
	pid: number;
	cgroup?: bigint;
	parent?: number;
	oomVictim?: boolean;
	comm?: string;
	netns?: number;
	port?: number;
	address?: Uint8Array;
}

export function controlBatch(...records: RecordInput[]): Uint8Array {
	return Buffer.concat(records.map(controlRecord));
}

function controlRecord(record: RecordInput): Uint8Array {
	const bytes = new Uint8Array(8 + 48);
	const view = new DataView(bytes.buffer);
	view.setUint32(0, 48, true);
	view.setUint8(8, KINDS[record.kind]);
	view.setUint32(12, record.pid, true);
	view.setBigUint64(16, 1_000n, true);
	view.setBigUint64(24, record.cgroup ?? 1n, true);
	if (record.kind === 'listen' || record.kind === 'unlisten') {
		view.setUint16(10, record.port ?? 0, true);
		view.setUint32(32, record.netns ?? 0, true);
		bytes.set(record.address ?? new Uint8Array(16), 40);
	} else {
		view.setUint8(9, record.oomVictim ? 1 : 0);
		view.setUint32(32, record.parent ?? 0, true);
		bytes.set(new TextEncoder().encode(record.comm ?? '').subarray(0, 15), 40);
	}
	return bytes;
}
