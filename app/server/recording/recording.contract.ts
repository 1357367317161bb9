import assert from 'node:assert/strict';
import { joined, mutate, Random } from '../../../core-as/testing/random.ts';
import { zlibInflate } from '../../../hosts/node/inflate/zlib-inflate.ts';
import { crc32c } from '../../delivery/crc32c.ts';
import { silentLogger } from '../../logging/logger.ts';
import { ServerError } from '../errors.ts';
import { remoteWriteBody } from '../testing/remote-write-body.ts';
import type { RecordedBody } from './recorded-body.ts';
import { Recorder } from './recorder.ts';
import { BLOCK_KIND, encodeBlock, encodeBody, encodeFileHeader, FILE_HEADER } from './recording-file.ts';
import { RecordingReader } from './recording-reader.ts';

const TIME = 1_800_000_000_000;
const body = (n: number, bytes: number): RecordedBody => ({
	signal: n % 2 === 0 ? 'logs' : 'profiles',
	acceptedAt: TIME + n,
	source: n % 2 === 0 ? null : { service: 's', container: 'c', host: 'h', labels: { n: String(n) } },
	body: Uint8Array.from({ length: bytes }, (_, i) => i * n),
});
const BODIES = [body(0, 0), body(1, 10), body(2, 1000), body(3, 1)];

/** The layout of version 1 as it was written first: it is read for ever. */
const GOLDEN =
	'435852524543524401002000375fc9f700505c18a3010000000000000000000062000000283350870100000051000000' +
	'020000001f8b080000000000000305c1310a80201480e1677588e67f76697dd0d00d3a408b8950200a2a2de169ba68df' +
	'b789c824ab98fd983f23f25243796e1f502a169f5373770a05c563b9726d281796e8ce102bfa9250167a17338c3f720b' +
	'12cc51000000000000000b11f49f020000000000000002000000';

async function file(): Promise<Uint8Array> {
	const parts = [
		encodeFileHeader(TIME),
		await encodeBlock(BLOCK_KIND.bodies, BODIES.slice(0, 2).map(encodeBody), 0),
		await encodeBlock(BLOCK_KIND.bodies, BODIES.slice(2).map(encodeBody), 3),
		await encodeBlock(BLOCK_KIND.end, [], 5),
	];
	return joined(...parts);
}

/** In pieces of up to `size` bytes, as files and sockets give them. */
async function* pieces(bytes: Uint8Array, size: number) {
	for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(bytes: Uint8Array, size = 7) {
	const reader = new RecordingReader(pieces(bytes, size), zlibInflate);
	const { startedAt } = await reader.start();
	const bodies: RecordedBody[] = [];
	for await (const found of reader.bodies()) bodies.push(found);
	return { startedAt, bodies, fault: reader.fault, lost: reader.lost };
}

const plain = (bodies: RecordedBody[]) => bodies.map((each) => ({ ...each, body: [...each.body] }));

/** A recorder with time of its own, and what reads it. */
function recorder() {
	const time = { now: TIME };
	const clock = {
		now: () => time.now,
		sleep: (ms: number, signal?: AbortSignal) =>
			new Promise<void>((resolve) => {
				if (signal?.aborted) return resolve();
				const timer = setTimeout(() => {
					time.now += ms;
					resolve();
				}, 1);
				signal?.addEventListener('abort', () => {
					clearTimeout(timer);
					resolve();
				});
			}),
	};
	return new Recorder({
		...{ clock, log: silentLogger },
		redactSql: () => assert.fail('there is no SQL here'),
	});
}
const WRITE = remoteWriteBody([{ labels: { __name__: 'm', token: 'secret' }, samples: [[TIME, 1]] }]);
const offered = { signal: 'metrics', source: null, body: WRITE } as const;

async function readStream(stream: ReadableStream<Uint8Array>) {
	return read(
		new Uint8Array(await new Response(stream as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer()),
	);
}

export const cases = {
	async 'what is written is read, in pieces of any size'() {
		const bytes = await file();
		for (const size of [1, 13, 1 << 20]) {
			const found = await read(bytes, size);
			assert.deepEqual(plain(found.bodies), plain(BODIES));
			assert.deepEqual([found.startedAt, found.fault, found.lost], [TIME, null, 5]);
		}
	},
	async 'a file that is cut plays up to its cut, and says so'() {
		const bytes = await file();
		for (let length = FILE_HEADER; length < bytes.length; length++) {
			const { bodies, fault } = await read(bytes.subarray(0, length), 1 << 20);
			assert.match(fault!.reason, /cut off/);
			assert.ok(fault!.offset <= length);
			assert.deepEqual(plain(bodies), plain(BODIES.slice(0, bodies.length)));
		}
		const last = await read(bytes.subarray(0, bytes.length - 1));
		assert.equal(last.bodies.length, BODIES.length);
	},
	async 'every damaged byte is noticed: what is played is what was recorded'() {
		const bytes = await file();
		for (let at = FILE_HEADER; at < bytes.length; at++) {
			const damaged = bytes.slice();
			damaged[at]! ^= 1 << (at % 8);
			const { bodies, fault } = await read(damaged, 1 << 20);
			assert.notEqual(fault, null, `byte ${at}`);
			assert.deepEqual(plain(bodies), plain(BODIES.slice(0, bodies.length)));
		}
	},
	async 'foreign bytes are refused in words or stop it, whatever they are'() {
		const random = new Random(7);
		const bytes = await file();
		for (let round = 0; round < 5_000; round++) {
			let foreign = round % 2 === 0 ? mutate(bytes, random) : random.bytes(random.below(300));
			// Half of them keep their header, so that blocks are reached.
			if (round % 4 < 2) foreign = joined(bytes.subarray(0, FILE_HEADER), foreign.subarray(FILE_HEADER));
			try {
				const { bodies } = await read(foreign, 64);
				assert.ok(bodies.length <= BODIES.length);
			} catch (error) {
				assert.ok(error instanceof ServerError, String(error));
				assert.equal(error.code, 'CXR_RECORDING_FOREIGN');
			}
		}
	},
	async 'a block whose checksum holds and whose content is none stops it'() {
		const header = encodeFileHeader(TIME);
		for (const content of [
			Uint8Array.of(1, 2, 3),
			new Uint8Array(40),
			encodeBody(body(3, 9)).subarray(0, 20),
		]) {
			const block = await encodeBlock(BLOCK_KIND.bodies, [content as Uint8Array<ArrayBuffer>], 0);
			const found = await read(joined(header, block));
			assert.match(found.fault!.reason, /damaged|cut/);
			assert.ok(found.bodies.every(({ body: bytes }) => bytes.length === 0));
		}
	},
	async 'a newer version is refused in words; signals and blocks of one are passed over'() {
		const bytes = await file();
		const newer = bytes.slice();
		newer[8] = 2;
		const checksum = crc32c(newer, 16, FILE_HEADER, crc32c(newer, 0, 12));
		new DataView(newer.buffer).setUint32(12, checksum, true);
		await assert.rejects(read(newer), /newer version.*version 2/);
		const strange = encodeBody(body(2, 5));
		strange[4] = 9;
		const parts = [
			encodeFileHeader(TIME),
			await encodeBlock(77, [strange], 0),
			await encodeBlock(BLOCK_KIND.bodies, [strange, encodeBody(body(2, 5))], 0),
			await encodeBlock(BLOCK_KIND.end, [], 0),
		];
		const found = await read(joined(...parts));
		assert.deepEqual([found.bodies.length, found.fault], [1, null]);
	},
	async 'version 1 as it was first written is read'() {
		const found = await read(Uint8Array.from(GOLDEN.match(/../g)!, (byte) => Number.parseInt(byte, 16)));
		assert.deepEqual(plain(found.bodies), plain([body(1, 4)]));
		assert.deepEqual([found.startedAt, found.fault, found.lost], [TIME, null, 2]);
	},
	async 'what is offered while somebody records is recorded, without secrets'() {
		const to = recorder();
		to.offer(offered);
		const stream = to.record(3_000);
		to.offer(offered);
		to.offer({
			...offered,
			body: Uint8Array.of(0, ...WRITE),
			unpack: (packed) => packed.subarray(1),
		});
		const { bodies, fault, lost } = await readStream(stream);
		to.offer(offered);
		assert.deepEqual([bodies.length, fault, lost], [2, null, 0]);
		assert.deepEqual(bodies[0]!.body, bodies[1]!.body);
		const text = new TextDecoder().decode(bodies[0]!.body);
		assert.ok(text.includes('token') && !text.includes('secret'));
		assert.deepEqual([to.stats().received, to.stats().sent], [2, 2]);
	},
	async 'a slow reader loses bodies, which are counted, and nobody else waits'() {
		const to = recorder();
		const stream = to.record(3_000);
		const big = {
			...offered,
			body: remoteWriteBody([{ labels: { __name__: 'm', big: 'x'.repeat(1 << 20) }, samples: [[TIME, 1]] }]),
		};
		for (let i = 0; i < 80; i++) to.offer(big);
		assert.ok(to.stats().fill > 0.9);
		const { bodies, lost } = await readStream(stream);
		assert.equal(bodies.length + lost, 80);
		assert.ok(lost > 10 && bodies.length > 50, `${lost} of 80`);
		assert.deepEqual(to.stats().dropped, { 'the reader is slow': lost });
	},
	async 'what cannot be redacted is not recorded'() {
		const to = recorder();
		const stream = to.record(1_000);
		to.offer({ ...offered, body: Uint8Array.of(0x0a, 200, 1) });
		const { bodies, lost } = await readStream(stream);
		assert.deepEqual([bodies.length, lost, to.stats().errors], [0, 1, 1]);
	},
	async 'two record at a time; one that goes away, and the end of the server, make room'() {
		const to = recorder();
		const gone = to.record(3_600_000);
		const ended = to.record(3_600_000_000);
		assert.throws(() => to.record(1), { code: 'CXR_RECORDING_BUSY' });
		await gone.cancel();
		const third = to.record(1_000);
		to.close();
		for (const stream of [ended, third]) assert.equal((await readStream(stream)).fault, null);
		await (await to.record(1)).cancel();
	},
};
