import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import Fastify from 'fastify';
import { createCodec } from '../../../core-as/facade/index.ts';
import { builtModules } from '../../../core-as/testing/modules.ts';
import { pprofBody } from '../../../core-as/testing/pprof-body.ts';
import { zlibInflate } from '../../../hosts/node/inflate/zlib-inflate.ts';
import { systemClock } from '../../clock.ts';
import { MemorySegmentFiles } from '../../delivery/memory-segment-files.ts';
import { Spool } from '../../delivery/spool.ts';
import { silentLogger } from '../../logging/logger.ts';
import { signalsOff } from '../clickhouse/signal-store.ts';
import { noFaults } from '../faults.ts';
import { ProfileIngest } from '../ingest/profile-ingest.ts';
import { errorHandler } from './problem.ts';
import { profileIngestRoutes } from './profile-ingest-routes.ts';

const codec = createCodec(await builtModules());
const plain = pprofBody({
	types: [{ type: 'cpu', unit: 'nanoseconds' }],
	samples: [{ frames: [{ name: 'hot', file: '', line: 0 }], values: [7] }],
	timeNanos: BigInt(Date.now()) * 1_000_000n,
});
const gzip = gzipSync(plain);

async function bench() {
	const files = new MemorySegmentFiles();
	const spool = await Spool.open({ files, name: 'profiles', maxBytes: 1e6, clock: systemClock });
	const ingest = new ProfileIngest({ codec, spool, clock: systemClock });
	const app = Fastify();
	app.setErrorHandler(errorHandler(silentLogger));
	const signals = { ...signalsOff('not in this test'), profiles: () => ingest };
	await app.register(
		profileIngestRoutes({ signals, inflate: zlibInflate, recorder: { offer() {} }, faults: noFaults }),
	);
	const ask = (method: 'POST' | 'GET' | 'HEAD' | 'PUT' | 'DELETE', body?: Uint8Array, encoding?: string) =>
		app.inject({
			...{ method, url: '/v1/profiles?service.name=shop' },
			...(body ? { payload: Buffer.from(body) } : {}),
			...(encoding ? { headers: { 'content-encoding': encoding } } : {}),
		});
	return { ask, ingest };
}

export const cases: Record<string, () => void | Promise<void>> = {
	async 'a profile, gzip or plain, in whatever Content-Encoding'() {
		const { ask, ingest } = await bench();
		const bodies: [Uint8Array, string?][] = [
			[plain],
			[gzip],
			[gzip, 'gzip'],
			[gzipSync(gzip), 'gzip'],
			[gzip, 'identity'],
			[deflateSync(plain), 'deflate'],
			[deflateRawSync(gzip), 'deflate'],
			[Buffer.concat([gzipSync(plain.subarray(0, 9)), gzipSync(plain.subarray(9))])],
		];
		for (const [i, [body, encoding]] of bodies.entries()) {
			const response = await ask('POST', body, encoding);
			assert.deepEqual([i, response.statusCode, response.body], [i, 200, '']);
		}
		assert.equal(ingest.stats().sent, bodies.length);
	},
	async 'what is none is refused in words, and nothing of it is stored'() {
		const { ask, ingest } = await bench();
		const zeros = Buffer.alloc(64 * 1024 * 1024 + 1);
		const bodies: [Uint8Array, string | undefined, number, string, RegExp][] = [
			[gzip.subarray(0, 20), undefined, 400, 'CXR_INGEST_MALFORMED', /as gzip: it is cut off/],
			[plain, 'gzip', 400, 'CXR_INGEST_MALFORMED', /as gzip: it does not begin as such/],
			[deflateSync(plain).subarray(0, 20), 'deflate', 400, 'CXR_INGEST_MALFORMED', /as zlib: it is cut off/],
			[gzipSync(zeros), undefined, 413, 'CXR_INGEST_TOO_LARGE', /when it is uncompressed/],
			[gzipSync(gzipSync(zeros)), 'gzip', 413, 'CXR_INGEST_TOO_LARGE', /when it is uncompressed/],
			[deflateSync(zeros), 'deflate', 413, 'CXR_INGEST_TOO_LARGE', /when it is uncompressed/],
			[gzip, 'br', 415, 'CXR_INGEST_UNSUPPORTED', /Content-Encoding is "br"/],
			[gzip, 'gzip, gzip', 415, 'CXR_INGEST_UNSUPPORTED', /Content-Encoding is "gzip, gzip"/],
		];
		for (const [body, encoding, status, code, words] of bodies) {
			const response = await ask('POST', body, encoding);
			const problem = response.json();
			assert.deepEqual([response.statusCode, problem.code], [status, code], problem.detail);
			assert.match(problem.detail, words);
			assert.equal(response.headers['accept-encoding'], status === 415 ? 'gzip, deflate' : undefined);
		}
		assert.equal(ingest.stats().sent, 0);
	},
	async 'other methods are told which one is taken'() {
		const { ask } = await bench();
		for (const method of ['GET', 'HEAD', 'PUT', 'DELETE'] as const) {
			const response = await ask(method);
			assert.deepEqual([response.statusCode, response.headers.allow], [405, 'POST'], method);
			if (method !== 'HEAD') assert.equal(response.json().code, 'CXR_HTTP_METHOD');
		}
	},
};
