/** Protocols whose requests are counted, by the metrics that agents name them with. */
export interface Protocol {
	/** As edges are labelled. */
	name: string;
	/** Counter of requests by `status`, and buckets of their durations: as the caller saw them. */
	outbound: { total: string; bucket: string };
	/** As whoever answered saw them. */
	inbound: { total: string; bucket: string };
}

const protocol = (name: string, noun: 'requests' | 'queries'): Protocol => {
	const metrics = (stem: string) => ({
		total: `container_${stem}_total`,
		bucket: `container_${stem}_duration_seconds_total_bucket`,
	});
	return { name, outbound: metrics(`${name}_${noun}`), inbound: metrics(`${name}_inbound_${noun}`) };
};

export const PROTOCOLS: readonly Protocol[] = [
	protocol('http', 'requests'),
	protocol('postgres', 'queries'),
	protocol('redis', 'queries'),
];

export const PROTOCOL_METRICS: readonly string[] = PROTOCOLS.flatMap(({ outbound, inbound }) => [
	outbound.total,
	outbound.bucket,
	inbound.total,
	inbound.bucket,
]);
