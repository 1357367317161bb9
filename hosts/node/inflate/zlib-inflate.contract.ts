import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { ServerError } from '../../../app/server/errors.ts';
import { type Encoding, inflateBody } from '../../../app/server/ingest/inflate.ts';
import { zlibInflate } from './zlib-inflate.ts';

const MAX = 1024 * 1024;
const TEXT = 'a text that comes again and again, '.repeat(100);
const gzip = gzipSync(TEXT);
const zlib = deflateSync(TEXT);
const raw = deflateRawSync(TEXT);
/** Compresses to almost nothing: what is far beyond the bound is far behind in the body, too. */
const zeros = Buffer.alloc(8 * MAX);

const cut = (body: Uint8Array, bytes: number) => body.subarray(0, body.length - bytes);
/** With one byte changed, counted from the end. */
function spoilt(body: Uint8Array, fromEnd: number): Uint8Array {
	const copy = Uint8Array.from(body);
	copy[copy.length - fromEnd]! ^= 0xff;
	return copy;
}

const run = (body: Uint8Array, encoding: Encoding) => inflateBody(zlibInflate, body, encoding, MAX);

async function gives(body: Uint8Array, encoding: Encoding, text: string): Promise<void> {
	assert.equal(new TextDecoder().decode(await run(body, encoding)), text);
}

async function refuses(body: Uint8Array, encoding: Encoding, code: string, words: string): Promise<void> {
	await assert.rejects(run(body, encoding), (error) => {
		assert.ok(error instanceof ServerError, String(error));
		assert.equal(error.code, code);
		assert.ok(error.detail.includes(words), `${error.detail} does not say: ${words}`);
		return true;
	});
}
const malformed = (body: Uint8Array, encoding: Encoding, words: string) =>
	refuses(body, encoding, 'CXR_INGEST_MALFORMED', words);
const tooLarge = (body: Uint8Array, encoding: Encoding) =>
	refuses(body, encoding, 'CXR_INGEST_TOO_LARGE', `More than ${MAX} bytes`);

export const cases: Record<string, () => void | Promise<void>> = {
	async 'plain bodies are left alone'() {
		for (const encoding of ['', 'identity'] as const) await gives(gzip, encoding, decoded(gzip));
	},
	async 'gzip, zlib and raw deflate'() {
		await gives(gzip, 'gzip', TEXT);
		await gives(gzip, 'x-gzip', TEXT);
		await gives(zlib, 'deflate', TEXT);
		await gives(raw, 'deflate', TEXT);
		for (const level of [0, 1, 9]) {
			await gives(deflateSync(TEXT, { level }), 'deflate', TEXT);
			await gives(deflateRawSync(TEXT, { level }), 'deflate', TEXT);
		}
		await gives(deflateSync(''), 'deflate', '');
		await gives(deflateRawSync(''), 'deflate', '');
	},
	async 'gzip of several members, empty ones among them, and zero bytes behind'() {
		await gives(Buffer.concat([gzip, gzipSync(''), gzipSync('b')]), 'gzip', `${TEXT}b`);
		await gives(Buffer.concat([gzip, Buffer.alloc(20)]), 'gzip', TEXT);
	},
	async 'what is no such body says why'() {
		for (const encoding of ['gzip', 'deflate'] as const)
			await malformed(new Uint8Array(0), encoding, 'it is empty');
		const plain = Buffer.from('{"resourceLogs":[]}');
		await malformed(plain, 'gzip', 'as gzip: it does not begin as such');
		await malformed(zlib, 'gzip', 'as gzip: it does not begin as such');
		await malformed(Uint8Array.of(0x1f, 0x8b, 9, ...gzip.subarray(3)), 'gzip', 'it does not begin as such');
		await malformed(plain, 'deflate', 'as raw deflate');
		await malformed(Uint8Array.of(0xff, 0xff, 0xff), 'deflate', 'as raw deflate: it is damaged');
		await malformed(Uint8Array.of(0x78, 0x9c, 0xff, 0xff), 'deflate', 'as zlib: it is damaged');
	},
	async 'what is cut says so, wherever that is'() {
		for (const bytes of [1, 4, 8, 9, 20, gzip.length - 1]) {
			await malformed(cut(gzip, bytes), 'gzip', 'it is cut off');
			if (bytes < gzip.length - 1)
				await malformed(Buffer.concat([gzip, cut(gzip, bytes)]), 'gzip', 'it is cut off');
		}
		await malformed(Buffer.concat([gzip, gzip.subarray(0, 1)]), 'gzip', 'it is cut off');
		for (const bytes of [1, 4, 10]) await malformed(cut(zlib, bytes), 'deflate', 'as zlib: it is cut off');
		for (const bytes of [1, 4, 10])
			await malformed(cut(raw, bytes), 'deflate', 'as raw deflate: it is cut off');
	},
	async 'wrong checksums and lengths'() {
		await malformed(spoilt(gzip, 8), 'gzip', 'its checksum is wrong');
		await malformed(spoilt(gzip, 1), 'gzip', 'its checksum is wrong');
		await malformed(Buffer.concat([gzip, spoilt(gzip, 8)]), 'gzip', 'its checksum is wrong');
		await malformed(spoilt(zlib, 1), 'deflate', 'its checksum is wrong');
	},
	async 'other bytes behind'() {
		const behind = (body: Uint8Array) => Buffer.concat([body, Buffer.from('junk')]);
		await malformed(behind(gzip), 'gzip', 'other bytes follow it');
		await malformed(behind(zlib), 'deflate', 'other bytes follow it');
		await malformed(behind(raw), 'deflate', 'other bytes follow it');
	},
	async 'zlib that needs a dictionary'() {
		const needy = Uint8Array.of(0x78, 0xbb, 1, 2, 3, 4, ...zlib.subarray(2));
		await malformed(needy, 'deflate', 'as zlib: it needs a dictionary');
	},
	async 'the bound is exact, over all members'() {
		const [full, over] = [zeros.subarray(0, MAX), zeros.subarray(0, MAX + 1)];
		for (const [encoding, compress] of [
			['gzip', gzipSync],
			['deflate', deflateSync],
			['deflate', deflateRawSync],
		] as const) {
			assert.equal((await run(compress(full), encoding)).length, MAX);
			await tooLarge(compress(over), encoding);
		}
		const half = gzipSync(zeros.subarray(0, MAX / 2));
		assert.equal((await run(Buffer.concat([half, half]), 'gzip')).length, MAX);
		await tooLarge(Buffer.concat([half, half, gzipSync('b')]), 'gzip');
	},
	async 'a bomb goes no further than the bound: what is wrong behind it is not seen'() {
		await tooLarge(spoilt(gzipSync(zeros), 8), 'gzip');
		await tooLarge(cut(gzipSync(zeros), 100), 'gzip');
		await tooLarge(spoilt(deflateSync(zeros), 1), 'deflate');
		await tooLarge(cut(deflateRawSync(zeros), 100), 'deflate');
		const member = gzipSync(zeros.subarray(0, MAX / 4));
		await tooLarge(Buffer.concat([...Array<Uint8Array>(5).fill(member), Buffer.from('junk')]), 'gzip');
	},
};

function decoded(body: Uint8Array): string {
	return new TextDecoder().decode(body);
}
