import { ACTIVITY, type Activity, PROTOCOL } from '../../../core-as/facade/index.ts';
import { parseIPv4 } from '../addresses.ts';

type Column = Exclude<keyof typeof ACTIVITY, 'width' | 'buckets'>;

/** One row of activity in words. */
export interface RowInput {
	pid: number;
	cgroup?: bigint;
	netns?: number;
	role: 'outbound' | 'inbound';
	/** Default http. */
	protocol?: keyof typeof PROTOCOL;
	address: string | Uint8Array;
	port: number;
	values: Partial<Record<Column, number>>;
	/** Requests by latency bucket. */
	buckets?: number[];
}

export function activityRows(...rows: RowInput[]): Activity {
	const values = new Float64Array(rows.length * ACTIVITY.width);
	const addresses = new Uint8Array(rows.length * 16);
	rows.forEach((row, i) => {
		const start = i * ACTIVITY.width;
		for (const [column, value] of Object.entries(row.values))
			values[start + ACTIVITY[column as Column]] = value;
		values.set(row.buckets ?? [], start + ACTIVITY.buckets);
		addresses.set(typeof row.address === 'string' ? parseIPv4(row.address)! : row.address, i * 16);
	});
	return {
		rows: rows.length,
		pids: Uint32Array.from(rows, (row) => row.pid),
		cgroups: BigUint64Array.from(rows, (row) => row.cgroup ?? 1n),
		netns: Uint32Array.from(rows, (row) => row.netns ?? 4026531833),
		roles: Uint8Array.from(rows, (row) => (row.role === 'outbound' ? 1 : 2)),
		protocols: Uint8Array.from(rows, (row) => PROTOCOL[row.protocol ?? 'http']),
		addresses,
		ports: Uint16Array.from(rows, (row) => row.port),
		values,
		width: ACTIVITY.width,
	};
}
