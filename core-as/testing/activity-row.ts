import { ACTIVITY, type Activity } from '../facade/tracker.ts';

/** One row of an activity, readable. */
export interface ActivityRow {
	pid: number;
	role: number;
	protocol: number;
	address: string;
	connects: number;
	connectSeconds: number;
	failedConnects: number;
	active: number;
	bytesSent: number;
	bytesReceived: number;
	retransmits: number;
	/** 1xx, 2xx, 3xx, 4xx, 5xx, unknown. */
	http: number[];
	/** The same columns of a database. */
	ok: number;
	failed: number;
	durationSum: number;
	buckets: number[];
}

/** Rows in the order of role, address and process. */
export function rowsOf(activity: Activity): ActivityRow[] {
	const rows = Array.from({ length: activity.rows }, (_, i): ActivityRow => {
		const values = activity.values.subarray(i * activity.width, (i + 1) * activity.width);
		const at = (column: number) => values[column] ?? Number.NaN;
		return {
			pid: activity.pids[i] ?? -1,
			role: activity.roles[i] ?? -1,
			protocol: activity.protocols[i] ?? -1,
			address: `${activity.addresses.subarray(i * 16 + 12, i * 16 + 16).join('.')}:${activity.ports[i]}`,
			connects: at(ACTIVITY.connects),
			connectSeconds: at(ACTIVITY.connectSeconds),
			failedConnects: at(ACTIVITY.failedConnects),
			active: at(ACTIVITY.active),
			bytesSent: at(ACTIVITY.bytesSent),
			bytesReceived: at(ACTIVITY.bytesReceived),
			retransmits: at(ACTIVITY.retransmits),
			http: Array.from(values.subarray(ACTIVITY.http1xx, ACTIVITY.httpUnknown + 1)),
			ok: at(ACTIVITY.ok),
			failed: at(ACTIVITY.failed),
			durationSum: at(ACTIVITY.durationSum),
			buckets: Array.from(values.subarray(ACTIVITY.buckets, ACTIVITY.width)),
		};
	});
	return rows.sort((a, b) => a.role - b.role || a.address.localeCompare(b.address) || a.pid - b.pid);
}

export function onlyRow(activity: Activity): ActivityRow {
	const rows = rowsOf(activity);
	const [row] = rows;
	if (row === undefined || rows.length !== 1) throw new Error(`${rows.length} rows, expected 1`);
	return row;
}
