import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { sendOverLoopback } from './loopback-pair.ts';
import type { ListenRecord } from './testing/kernel-records.ts';
import { kernelRefusal, ObservedKernel } from './testing/observed-kernel.ts';

const LOOPBACK = '00000000000000000000ffff7f000001';
const FOUND_OPEN = 3;

describe.skipIf(kernelRefusal() !== '')('TCP connections', () => {
	const open: (Server | Socket)[] = [];

	afterEach(() => {
		for (const item of open.splice(0)) 'destroy' in item ? item.destroy() : item.close();
	});

	async function serve(serveOne: (socket: Socket) => void, halfOpen = false): Promise<number> {
		const server = createServer({ allowHalfOpen: halfOpen }, (socket) => {
			open.push(socket);
			socket.on('error', () => {});
			serveOne(socket);
		});
		open.push(server);
		server.listen(0, '127.0.0.1');
		await new Promise((resolve) => server.once('listening', resolve));
		return (server.address() as AddressInfo).port;
	}

	async function dial(port: number, options: { allowHalfOpen?: boolean } = {}): Promise<Socket> {
		const socket = connect({ port, host: '127.0.0.1', ...options });
		open.push(socket);
		await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
		socket.on('error', () => {});
		return socket;
	}

	it('reports a refused connection, and no other', async () => {
		using kernel = await ObservedKernel.open();
		const port = await serve(() => {});
		const server = open.shift() as Server;
		await new Promise((resolve) => server.close(resolve));
		await expect(dial(port)).rejects.toThrow('ECONNREFUSED');
		const failures = () => kernel.records.filter((r) => r.kind === 'connectFailed' && r.remotePort === port);
		await kernel.until('failed connect', () => failures().length > 0);
		expect(failures()).toMatchObject([{ role: 1, pid: process.pid, remote: LOOPBACK, local: LOOPBACK }]);
		expect(kernel.clients(port)).toEqual([]);
	});

	it('reports listening and its end, with the owner', async () => {
		using kernel = await ObservedKernel.open();
		const port = await serve(() => {});
		(open.shift() as Server).close();
		const of = () => kernel.records.filter((r): r is ListenRecord => 'port' in r && r.port === port);
		await kernel.until('listen and unlisten', () => of().length >= 2);
		expect(of().map(({ kind }) => kind)).toEqual(['listen', 'unlisten']);
		for (const { pid, address } of of()) expect([pid, address]).toEqual([process.pid, LOOPBACK]);
	});

	it('counts what the owner reads after TCP has closed, and closes once', async () => {
		using kernel = await ObservedKernel.open();
		const answer = Buffer.alloc(10_000, 'x');
		const served = Promise.withResolvers<void>();
		const port = await serve((socket) => {
			socket.once('close', () => served.resolve());
			socket.resume().on('end', () => socket.end(answer));
		}, true);
		const client = await dial(port, { allowHalfOpen: true });
		client.pause();
		client.end('GET / HTTP/1.0\r\n\r\n');
		await new Promise((resolve) => client.once('finish', resolve));
		// The server has seen our FIN and closed; nothing was read here yet.
		await served.promise;
		await kernel.until('closed server end', () => kernel.servers(port)[0]?.closes === 1);
		expect(kernel.clients(port)[0]).toMatchObject({ closes: 0 });
		client.resume();
		await kernel.untilClosed(port, 2);
		expect(kernel.clients(port)).toMatchObject([{ sent: 18, received: answer.length, closes: 1 }]);
		expect(kernel.servers(port)).toMatchObject([{ sent: answer.length, received: 18, closes: 1 }]);
	});

	it.each(['client', 'server'])('closes both ends once when the %s resets', async (who) => {
		using kernel = await ObservedKernel.open();
		let peer: Socket | undefined;
		const port = await serve((socket) => {
			peer = socket;
			socket.on('data', (data) => socket.write(data));
		});
		const client = await dial(port);
		client.write('ping');
		await new Promise((resolve) => client.once('data', resolve));
		(who === 'client' ? client : peer!).resetAndDestroy();
		await kernel.untilClosed(port, 2);
		expect(kernel.clients(port)).toMatchObject([{ sent: 4, received: 4, closes: 1 }]);
		expect(kernel.servers(port)).toMatchObject([{ sent: 4, received: 4, closes: 1 }]);
	});

	it('takes a connection that was there before as found open', async () => {
		let echoes = 0;
		const port = await serve((socket) => socket.on('data', (data) => socket.write(data)));
		const client = await dial(port);
		client.on('data', () => echoes++);
		client.write('before');
		await expect.poll(() => echoes).toBe(1);
		using kernel = await ObservedKernel.open();
		client.write('GET / HTTP/1.1\r\n\r\n');
		await expect.poll(() => echoes).toBe(2);
		client.destroy();
		await kernel.untilClosed(port, 2);
		for (const end of [...kernel.clients(port), ...kernel.servers(port)]) {
			expect(end).toMatchObject({ sent: 18, received: 18, closes: 1 });
			expect(end.record).toMatchObject({ role: FOUND_OPEN, pid: process.pid });
		}
	});

	it('stops reporting the calls of a connection that carries no HTTP, but not its bytes', async () => {
		using kernel = await ObservedKernel.open();
		let echoes = 0;
		const port = await serve((socket) => socket.on('data', (data) => socket.write(data)));
		const client = await dial(port);
		client.on('data', () => echoes++);
		for (let i = 1; i <= 100; i++) {
			client.write('ECHO\r\n');
			await expect.poll(() => echoes, { interval: 1 }).toBe(i);
		}
		client.destroy();
		await kernel.untilClosed(port, 2);
		for (const end of [...kernel.clients(port), ...kernel.servers(port)]) {
			expect(end).toMatchObject({ sent: 600, received: 600, closes: 1 });
			expect(end.data).toHaveLength(8);
		}
		expect(kernel.calls().muted).toBeGreaterThanOrEqual(384);
	});

	it('goes on with HTTP that starts after something else', async () => {
		using kernel = await ObservedKernel.open();
		let echoes = 0;
		const port = await serve((socket) => socket.on('data', (data) => socket.write(data)));
		const client = await dial(port);
		client.on('data', () => echoes++);
		const messages = ['PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n', ...Array(30).fill('GET / HTTP/1.1\r\n\r\n')];
		for (const [i, message] of messages.entries()) {
			client.write(message);
			await expect.poll(() => echoes, { interval: 1 }).toBe(i + 1);
		}
		client.destroy();
		await kernel.untilClosed(port, 2);
		expect(kernel.clients(port)[0]!.data).toHaveLength(62);
		expect(kernel.servers(port)[0]!.data).toHaveLength(62);
	});

	it('leaves no record of the self-test behind', async () => {
		using kernel = await ObservedKernel.open();
		await sendOverLoopback(Buffer.from('sentinel'));
		await kernel.until('sentinel', () =>
			kernel.records.some((r) => r.kind === 'data' && `${r.payload}` === 'sentinel'),
		);
		const own = kernel.records.filter((r) => r.kind === 'connection' && r.pid === process.pid);
		expect(own).toHaveLength(2);
	});
});
