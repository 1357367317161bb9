/** The core's rows of connection activity; layout in docs/formats.md, "Activity row". */
export interface Activity {
	rows: number;
	pids: Uint32Array;
	cgroups: BigUint64Array;
	netns: Uint32Array;
	roles: Uint8Array;
	addresses: Uint8Array;
	ports: Uint16Array;
	values: Float64Array;
	width: number;
}

export const ACTIVITY = {
	connects: 0,
	connectSeconds: 1,
	failedConnects: 2,
	active: 3,
	bytesSent: 4,
	bytesReceived: 5,
	retransmits: 6,
	http1xx: 7,
	http2xx: 8,
	http3xx: 9,
	http4xx: 10,
	http5xx: 11,
	httpUnknown: 12,
	durationSum: 13,
	buckets: 14,
	width: 26,
} as const;
