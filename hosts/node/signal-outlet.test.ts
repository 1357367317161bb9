import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { systemClock } from '../../app/clock.ts';
import { silentLogger } from '../../app/logging/logger.ts';
import { SignalOutlet } from './signal-outlet.ts';

const endings: (() => unknown)[] = [];
afterEach(async () => {
	for (const end of endings.splice(0).reverse()) await end();
});

async function outlet(key: { apiKey?: string; apiKeyFile?: string }) {
	const requests: { url: string; headers: IncomingMessage['headers']; body: string }[] = [];
	const server = createServer((request, response) => {
		let body = '';
		request.on('data', (chunk: Buffer) => {
			body += chunk.toString();
		});
		request.on('end', () => {
			requests.push({ url: request.url!, headers: request.headers, body });
			response.end();
		});
	});
	await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
	const dataDir = mkdtempSync(join(tmpdir(), 'codexray-outlet-'));
	const { port } = server.address() as AddressInfo;
	const opened = await SignalOutlet.open({
		...{ apiKey: undefined, apiKeyFile: undefined, ...key },
		...{ dataDir, clock: systemClock, log: silentLogger },
		signal: 'profiles',
		url: (record) => `http://127.0.0.1:${port}/v1/profiles?${Buffer.from(record.sourceState).toString()}`,
		headers: { 'Content-Encoding': 'gzip' },
		maxSpoolBytes: 1 << 20,
	});
	endings.push(
		() => rmSync(dataDir, { recursive: true, force: true }),
		() => server.close(),
		() => opened.close(),
	);
	let id = 0;
	const send = async (text: string) => {
		await opened.spool.append({
			kind: 1,
			batchId: new Uint8Array(16).fill(++id),
			payload: Buffer.from(text),
			sourceState: Buffer.from('service.name=a'),
		});
		await opened.settle(5_000);
	};
	return { requests, send, opened };
}

test('a record goes where it says, with headers and without a key where there is none', async () => {
	const { requests, send, opened } = await outlet({});
	await send('one');
	expect(requests).toMatchObject([{ url: '/v1/profiles?service.name=a', body: 'one' }]);
	expect(requests[0]!.headers).toMatchObject({
		'content-encoding': 'gzip',
		'content-length': '3',
		'x-codexray-batch-id': '01'.repeat(16),
	});
	expect(requests[0]!.headers).not.toHaveProperty('x-api-key');
	expect(opened.stats()).toMatchObject({ spool: { released: 1 }, sender: { sent: 1 } });
});

test('a key file may change while the agent runs', async () => {
	const file = join(mkdtempSync(join(tmpdir(), 'codexray-key-')), 'key');
	endings.push(() => rmSync(join(file, '..'), { recursive: true, force: true }));
	writeFileSync(file, 'first\n');
	const { requests, send } = await outlet({ apiKeyFile: file });
	await send('one');
	writeFileSync(file, 'second\n');
	await send('two');
	expect(requests.map(({ headers }) => headers['x-api-key'])).toEqual(['first', 'second']);
});
