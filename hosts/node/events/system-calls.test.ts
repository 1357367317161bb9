import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
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
	const program = join(dir, 'calls');
	let server: Server;
	let port: number;

	beforeAll(async () => {
		execFileSync('gcc', ['-O1', '-o', program, fileURLToPath(new URL('./testing/calls.c', import.meta.url))]);
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
		await run(program, [String(port), ...calls]);
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
});
