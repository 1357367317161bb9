import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kernelRefusal, type ObservedConnection, ObservedKernel } from './testing/observed-kernel.ts';

const run = promisify(execFile);
const ANSWER = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi';
const REQUEST = 'GET / HTTP/1.1\r\nhost: a\r\n\r\n';

describe.skipIf(kernelRefusal() !== '')('payload by system call', () => {
	const dir = mkdtempSync(join(tmpdir(), 'codexray-calls-'));
	let server: Server;
	let port: number;

	beforeAll(async () => {
		for (const name of ['calls', 'uring']) {
			const source = fileURLToPath(new URL(`./testing/${name}.c`, import.meta.url));
			execFileSync('gcc', ['-O1', '-o', join(dir, name), source]);
		}
		server = createServer((socket) => {
			socket.on('error', () => {});
			socket.on('data', () => socket.write(ANSWER));
		});
		server.listen(0, '127.0.0.1');
		await new Promise((resolve) => server.once('listening', resolve));
		port = (server.address() as AddressInfo).port;
	});

	afterAll(() => {
		server.close();
		rmSync(dir, { recursive: true });
	});

	async function observe(...calls: string[]): Promise<ObservedConnection> {
		using kernel = await ObservedKernel.open();
		await run(join(dir, 'calls'), [String(port), ...calls]);
		await kernel.untilClosed(port, 2);
		expect(kernel.calls().unreadable).toBe(0);
		return kernel.clients(port)[0]!;
	}

	it.each(['write', 'writev', 'sendto', 'sendmsg', 'sendmmsg', 'pwritev2'])('sent by %s', async (call) => {
		const { data } = await observe(call, 'read');
		expect(data.map((r) => [r.direction, r.size, r.payload.toString()])).toEqual([
			['send', REQUEST.length, REQUEST],
			['receive', ANSWER.length, ANSWER],
		]);
	});

	it.each(['read', 'readv', 'recvfrom', 'recvmsg', 'recvmmsg', 'preadv2'])('received by %s', async (call) => {
		const { data } = await observe('write', call);
		expect(data.at(-1)).toMatchObject({ direction: 'receive', size: ANSWER.length });
		expect(data.at(-1)!.payload.toString()).toBe(ANSWER);
	});

	it.each([
		['its head alone, when the body lies in one other place', ['head', 'hi'], 'head'],
		['all of it, when there are more places', ['head', 'h', 'i'], 'headhi'],
	])('of a response %s', async (_, pieces, captured) => {
		using kernel = await ObservedKernel.open();
		const whole = (text: string) => text.replace('head', ANSWER.slice(0, -2));
		const answering = createServer((socket) => {
			socket.on('error', () => {});
			socket.on('data', () => {
				socket.cork();
				for (const piece of pieces) socket.write(whole(piece));
				socket.uncork();
			});
		});
		answering.listen(0, '127.0.0.1');
		await once(answering, 'listening');
		const { port: at } = answering.address() as AddressInfo;
		await run(join(dir, 'calls'), [String(at), 'write', 'read']);
		await kernel.untilClosed(at, 2);
		answering.close();
		const answer = kernel.servers(at)[0]!.data.find((r) => r.direction === 'send')!;
		expect([answer.size, answer.payload.toString()]).toEqual([ANSWER.length, whole(captured)]);
	});

	it('counts a peek not at all', async () => {
		const end = await observe('write', 'peek', 'peek', 'read');
		expect(end.data).toHaveLength(2);
		expect(end.received).toBe(ANSWER.length);
	});

	it('counts bytes that the caller threw away, without payload', async () => {
		const { data } = await observe('write', 'truncate');
		expect(data.at(-1)).toMatchObject({ direction: 'receive', size: ANSWER.length });
		expect(data.at(-1)!.payload).toHaveLength(0);
	});

	it('counts io_uring, and never takes the buffer of the call that it interrupts', async () => {
		using kernel = await ObservedKernel.open();
		const answering = createServer((socket) => {
			socket.on('error', () => {});
			socket.on('data', async () => {
				// Answers when the client waits in read() on its standard input.
				const waitsInRead = () => readFileSync(`/proc/${client.pid}/syscall`, 'latin1').startsWith('0 0x0 ');
				await expect.poll(waitsInRead, { interval: 2 }).toBe(true);
				socket.write(ANSWER);
			});
		});
		answering.listen(0, '127.0.0.1');
		await once(answering, 'listening');
		const { port: at } = answering.address() as AddressInfo;
		const client = spawn(join(dir, 'uring'), [String(at)], { stdio: ['pipe', 'inherit', 'inherit'] });
		await kernel.until('answer', () => kernel.clients(at)[0]?.received === ANSWER.length);
		client.stdin.end();
		expect(await once(client, 'exit')).toEqual([0, null]);
		answering.close();
		const { data, record } = kernel.clients(at)[0]!;
		expect(record.pid).toBe(client.pid);
		expect(data.map((r) => [r.direction, r.size, r.payload.toString()])).toEqual([
			['send', REQUEST.length, ''],
			['receive', ANSWER.length, ''],
		]);
	});
});
