/** The remote-write body of the benchmarks: 10 sorted labels and one sample a series, 40 consecutive series a pod. */
export function remoteWriteBody(series: number): Uint8Array<ArrayBuffer> {
	const body = Buffer.alloc(series * 400);
	let at = 0;
	for (let i = 0; i < series; i++) {
		const one = seriesOf(i);
		body[at++] = 0x0a;
		at = varint(body, at, one.length);
		at += one.copy(body, at);
	}
	return new Uint8Array(body.subarray(0, at));
}

const BOUNDS = ['0.005', '0.01', '0.025', '0.05', '0.1', '0.25', '0.5', '1', '2.5', '5', '10', '+Inf'];
const METHODS = ['GET', 'POST', 'PUT', 'DELETE'];

function seriesOf(i: number): Buffer {
	const pod = Math.floor(i / 40) % 120;
	const metric = i % 40;
	const name = `pod-${String(pod).padStart(3, '0')}-7d9c5b8f64-x${(pod * 7919).toString(36)}`;
	const labels: [string, string][] = [
		['__name__', `http_server_request_duration_seconds_bucket_${metric % 4}`],
		['cluster', 'prod-eu-c1'],
		['container', `service-container-${pod % 12}`],
		['instance', `10.${pod % 7}.${pod % 250}.${(pod * 13) % 250}:8080`],
		['job', `service-${pod % 12}`],
		['le', BOUNDS[metric % 12]!],
		['method', METHODS[metric % 4]!],
		['namespace', `team-${pod % 6}-production`],
		['node', `ip-10-0-${pod % 30}-${(pod * 3) % 200}.eu-central-1.internal`],
		['pod', name],
	];
	const out = Buffer.alloc(800);
	let at = 0;
	for (const [key, value] of labels) {
		out[at++] = 0x0a;
		out[at++] = key.length + value.length + 4;
		out[at++] = 0x0a;
		out[at++] = key.length;
		at += out.write(key, at);
		out[at++] = 0x12;
		out[at++] = value.length;
		at += out.write(value, at);
	}
	const sample = Buffer.alloc(24);
	sample[0] = 0x09;
	sample.writeDoubleLE(i * 17.5, 1);
	sample[9] = 0x10;
	const end = varint(sample, 10, 1_753_000_000_000 + (i % 7));
	out[at++] = 0x12;
	out[at++] = end;
	at += sample.copy(out, at, 0, end);
	return out.subarray(0, at);
}

function varint(to: Buffer, at: number, value: number): number {
	while (value >= 128) {
		to[at++] = (value % 128) | 128;
		value = Math.floor(value / 128);
	}
	to[at++] = value;
	return at;
}
