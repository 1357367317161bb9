import { beforeAll, expect, it } from 'vitest';
import { remoteWriteBody } from '../testing/remote-write-body.ts';
import { bodyOf, codec, HOST, TestServer } from '../testing/test-server.ts';

// Remote write: what is told to whom sends.

let s: TestServer;
beforeAll(async () => {
	s = await TestServer.start();
});

it('acknowledges what is on disk, with the counts of the specification', async () => {
	const before = s.spool.stats().received;
	const response = await s.post('/api/v1/write', s.sample());
	expect(response.statusCode).toBe(204);
	expect(response.headers).toMatchObject({
		'x-prometheus-remote-write-samples-written': '1',
		'x-prometheus-remote-write-histograms-written': '0',
		'x-prometheus-remote-write-exemplars-written': '0',
	});
	expect(s.spool.stats().received).toBe(before + 1);
	expect((await s.post('/v1/metrics', s.sample())).statusCode).toBe(200);
	const proto = { 'content-type': 'application/x-protobuf;proto=prometheus.WriteRequest' };
	expect((await s.post('/api/v1/write', s.sample(), proto)).statusCode).toBe(204);
});

it.each(['/api/v1/write', '/v1/metrics'])(
	'refuses other formats on %s with 415, before reading',
	async (url) => {
		const version = { 'x-prometheus-remote-write-version': '2.0.0' };
		for (const headers of [
			{ 'content-type': 'application/json' },
			{ 'content-type': 'application/x-protobuf;proto=io.prometheus.write.v3.Request' },
			{ 'content-type': 'text/plain; proto=io.prometheus.write.v2.Request' },
			{ 'content-encoding': 'gzip' },
			{ 'content-encoding': '' },
		] as Record<string, string>[]) {
			const response = await s.post(url, s.sample(), { ...version, ...headers });
			expect([response.statusCode, response.json().code]).toEqual([415, 'CXR_INGEST_UNSUPPORTED']);
			expect(response.headers['content-type']).toContain('application/problem+json');
		}
	},
);

it('refuses malformed bodies with the offset', async () => {
	for (const url of ['/api/v1/write', '/v1/metrics']) {
		const broken = remoteWriteBody([{ labels: { __name__: 'a' }, samples: [[s.now, 1]] }]).slice(0, -2);
		const cut = await s.post(url, codec.snappyCompress(broken));
		expect([cut.statusCode, cut.json().code]).toEqual([400, 'CXR_INGEST_MALFORMED']);
		expect(cut.json().detail).toMatch(/at byte \d+/);
		expect((await s.post(url, 'no snappy')).json().code).toBe('CXR_INGEST_MALFORMED');
		expect((await s.post(url, new Uint8Array(0))).statusCode).toBe(400);
	}
});

it('stores what is valid and says what is not; agents are told 200', async () => {
	const body = bodyOf([
		{ labels: { job: 'nameless' }, samples: [[s.now, 1]] },
		{ labels: { __name__: 'fine' }, samples: [[s.now, 1]] },
	]);
	const partial = await s.post('/api/v1/write', body);
	expect([partial.statusCode, partial.json().code]).toEqual([400, 'CXR_INGEST_PARTIAL']);
	expect(partial.json().detail).toMatch(/1 x no-name\. First: series 0/);
	expect(partial.headers['x-prometheus-remote-write-samples-written']).toBe('1');
	expect((await s.post('/v1/metrics', body)).statusCode).toBe(200);
	const metrics = await s.app.inject({ url: '/metrics', headers: { ...HOST, 'x-api-key': s.key } });
	expect(metrics.body).toContain('codexray_server_dropped_total{reason="no-name",stage="ingest"} 2');
});

it('bounds bodies: on the wire and uncompressed', async () => {
	const wire = await s.post('/api/v1/write', new Uint8Array(16 * 1024 * 1024 + 1));
	expect([wire.statusCode, wire.json().code]).toEqual([413, 'CXR_INGEST_TOO_LARGE']);
	// A preamble that claims 65 MiB.
	const bomb = await s.post('/api/v1/write', Uint8Array.of(0x80, 0x80, 0xc0, 0x20, 0x00, 0x61));
	expect([bomb.statusCode, bomb.json().code]).toEqual([413, 'CXR_INGEST_TOO_LARGE']);
});

it('says 503 with Retry-After when the spool is full', async () => {
	const own = await TestServer.start();
	own.store.close();
	let last = 204;
	for (let i = 0; i < 400 && last === 204; i++) {
		const noise = Array.from(crypto.getRandomValues(new Uint8Array(500)), (b) => b.toString(36)).join('');
		const response = await own.post('/api/v1/write', own.sample({ noise, i: `${i}` }));
		last = response.statusCode;
		if (last !== 204)
			expect([last, response.headers['retry-after'], response.json().code]).toEqual([
				503,
				'5',
				'CXR_INGEST_BUSY',
			]);
	}
	expect(last).toBe(503);
});

it('a batch id comes once; a bad one is refused', async () => {
	const before = s.spool.stats().received;
	const id = { 'x-codexray-batch-id': '0123456789abcdef0123456789ABCDEF' };
	for (let i = 0; i < 3; i++) expect((await s.post('/v1/metrics', s.sample(), id)).statusCode).toBe(200);
	expect(s.spool.stats().received).toBe(before + 1);
	const bad = await s.post('/v1/metrics', s.sample(), { 'x-codexray-batch-id': '12' });
	expect(bad.json().code).toBe('CXR_INGEST_BATCH_ID');
});
