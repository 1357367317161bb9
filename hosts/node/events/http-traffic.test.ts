import { Agent, createServer, get, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DataRecord } from './testing/kernel-records.ts';
import { kernelRefusal, type ObservedConnection, ObservedKernel } from './testing/observed-kernel.ts';

const OUTBOUND = 1;
const INBOUND = 2;

/** One request; resolves when the body is read. */
function request(url: string, agent: Agent | false): Promise<void> {
	return new Promise((resolve, reject) => {
		get(url, agent === false ? { agent: false } : { agent }, (response) => {
			response.resume();
			response.on('end', resolve);
		}).on('error', reject);
	});
}

function startsOf(ends: ObservedConnection[], direction: DataRecord['direction'], start: string): number {
	const all = ends.flatMap(({ data }) => data);
	return all.filter((r) => r.direction === direction && r.payload.toString('latin1').startsWith(start))
		.length;
}

function sum(ends: ObservedConnection[], column: 'sent' | 'received'): number {
	return ends.reduce((total, end) => total + end[column], 0);
}

describe.skipIf(kernelRefusal() !== '')('HTTP over real sockets', () => {
	let server: Server;
	let port: number;
	let socketBytes: { read: number; written: number };

	async function listen(host: string): Promise<void> {
		server.listen(0, host);
		await new Promise((resolve) => server.once('listening', resolve));
		port = (server.address() as AddressInfo).port;
	}

	beforeEach(() => {
		socketBytes = { read: 0, written: 0 };
		server = createServer((request_, response) => response.end(`hello ${request_.url}`));
		server.on('connection', (socket) => {
			socket.on('close', () => {
				socketBytes.read += socket.bytesRead;
				socketBytes.written += socket.bytesWritten;
			});
		});
	});

	afterEach(() => {
		server.closeAllConnections();
		server.close();
	});

	it('reports every request and response, on both sides', async () => {
		using kernel = await ObservedKernel.open();
		await listen('127.0.0.1');
		const agent = new Agent({ keepAlive: true, maxSockets: 1 });
		for (let i = 0; i < 200; i++) await request(`http://127.0.0.1:${port}/kept/${i}`, agent);
		agent.destroy();
		for (let i = 0; i < 100; i++) await request(`http://127.0.0.1:${port}/new/${i}`, false);
		await kernel.untilClosed(port, 202);
		const clients = kernel.clients(port);
		const servers = kernel.servers(port);
		expect(clients).toHaveLength(101);
		expect(servers).toHaveLength(101);
		for (const [ends, asks, answers] of [
			[clients, 'send', 'receive'],
			[servers, 'receive', 'send'],
		] as const) {
			expect(startsOf(ends, asks, 'GET /kept/')).toBe(200);
			expect(startsOf(ends, asks, 'GET /new/')).toBe(100);
			expect(startsOf(ends, answers, 'HTTP/1.1 200 OK')).toBe(300);
		}
		for (const { record, closes } of [...clients, ...servers]) {
			expect(closes).toBe(1);
			expect(record.pid).toBe(process.pid);
			expect(record.local).toBe('00000000000000000000ffff7f000001');
			expect(record.remote).toBe('00000000000000000000ffff7f000001');
		}
		expect(clients.every(({ record }) => record.role === OUTBOUND && record.duration > 0n)).toBe(true);
		expect(servers.every(({ record }) => record.role === INBOUND && record.duration === 0n)).toBe(true);
		expect(new Set([...clients, ...servers].map(({ record }) => record.netns)).size).toBe(1);
		expect(sum(clients, 'sent')).toBe(socketBytes.read);
		expect(sum(servers, 'received')).toBe(socketBytes.read);
		expect(sum(clients, 'received')).toBe(socketBytes.written);
		expect(sum(servers, 'sent')).toBe(socketBytes.written);
		expect(Object.values(kernel.lost()).every((count) => count === 0)).toBe(true);
	});

	it('reports IPv6', async () => {
		using kernel = await ObservedKernel.open();
		await listen('::1');
		await request(`http://[::1]:${port}/six`, false);
		await kernel.untilClosed(port, 2);
		const [client] = kernel.clients(port);
		const [served] = kernel.servers(port);
		for (const end of [client!, served!]) {
			expect(end.record.local).toBe('00000000000000000000000000000001');
			expect(end.record.remote).toBe('00000000000000000000000000000001');
		}
		expect(startsOf([client!], 'send', 'GET /six')).toBe(1);
		expect(startsOf([served!], 'receive', 'GET /six')).toBe(1);
	});

	it('keeps byte totals exact when the ring is too small, and counts what it lost', async () => {
		using kernel = await ObservedKernel.open({ dataRingBytes: 64 << 10, onlyPid: process.pid });
		await listen('127.0.0.1');
		const agent = new Agent({ keepAlive: true, maxSockets: 1 });
		// Nobody drains: the ring holds some 150 of 800 calls.
		for (let i = 0; i < 200; i++) await request(`http://127.0.0.1:${port}/lost/${i}`, agent);
		const early = kernel.lost();
		expect(early.data).toBeGreaterThan(100);
		expect(early.connection).toBe(0);
		kernel.drain();
		for (let i = 0; i < 3; i++) await request(`http://127.0.0.1:${port}/seen/${i}`, agent);
		agent.destroy();
		await kernel.untilClosed(port, 2);
		const clients = kernel.clients(port);
		const servers = kernel.servers(port);
		expect(startsOf(clients, 'send', 'GET /seen/')).toBe(3);
		expect(startsOf(servers, 'receive', 'GET /seen/')).toBe(3);
		expect(sum(clients, 'sent')).toBe(socketBytes.read);
		expect(sum(servers, 'received')).toBe(socketBytes.read);
		expect(sum(clients, 'received')).toBe(socketBytes.written);
		expect(sum(servers, 'sent')).toBe(socketBytes.written);
	});

	it('reads records that wrap around the end of the ring', async () => {
		using kernel = await ObservedKernel.open({ dataRingBytes: 16 << 10, onlyPid: process.pid });
		await listen('127.0.0.1');
		const agent = new Agent({ keepAlive: true, maxSockets: 1 });
		const padding = 'x'.repeat(301);
		for (let i = 0; i < 200; i++) {
			await request(`http://127.0.0.1:${port}/${padding}${i}`, agent);
			kernel.drain();
		}
		agent.destroy();
		await kernel.untilClosed(port, 2);
		for (const [ends, direction] of [
			[kernel.clients(port), 'send'],
			[kernel.servers(port), 'receive'],
		] as const) {
			const asked = ends[0]!.data.filter((record) => record.direction === direction);
			expect(asked).toHaveLength(200);
			for (const [i, { payload }] of asked.entries()) {
				expect(payload.toString('latin1').split('\r\n')[0]).toBe(`GET /${padding}${i} HTTP/1.1`);
			}
		}
	});

	it('reads records of a ring of which only a part is mapped at a time', async () => {
		// Two windows; what is sent goes through both and around the end.
		const ringBytes = 1 << 20;
		using kernel = await ObservedKernel.open({ dataRingBytes: ringBytes, onlyPid: process.pid });
		await listen('127.0.0.1');
		const agent = new Agent({ keepAlive: true, maxSockets: 1 });
		const padding = '0123456789'.repeat(80);
		const count = 700;
		for (let i = 0; i < count; i++) {
			await request(`http://127.0.0.1:${port}/${padding}${i}`, agent);
			kernel.drain();
		}
		agent.destroy();
		await kernel.untilClosed(port, 2);
		for (const [end] of [kernel.clients(port), kernel.servers(port)]) {
			const requests = end!.data.filter(({ payload }) => payload.toString('latin1').startsWith('GET'));
			expect(requests.map(({ payload }) => payload.toString('latin1').split('\r\n')[0])).toEqual(
				Array.from({ length: count }, (_, i) => `GET /${padding}${i} HTTP/1.1`),
			);
		}
		expect(2 * count * padding.length).toBeGreaterThan(ringBytes);
		expect(kernel.lost().data).toBe(0);
	});

	it('announces a connection late when its record found the ring full', async () => {
		using kernel = await ObservedKernel.open({ dataRingBytes: 4 << 10, onlyPid: process.pid });
		await listen('127.0.0.1');
		// A few short connections fill a page; the next ones are lost.
		for (let i = 0; i < 30; i++) await request(`http://127.0.0.1:${port}/fill/${i}`, false);
		const agent = new Agent({ keepAlive: true, maxSockets: 1 });
		await request(`http://127.0.0.1:${port}/late/0`, agent);
		expect(kernel.lost().connection).toBeGreaterThan(0);
		kernel.drain();
		const before = kernel.clients(port).length;
		await request(`http://127.0.0.1:${port}/late/1`, agent);
		agent.destroy();
		await kernel.until('late connections', () => {
			const late = kernel.clients(port).slice(before);
			return late.length === 1 && late[0]!.closes === 1 && kernel.servers(port).at(-1)!.closes === 1;
		});
		const client = kernel.clients(port).at(-1)!;
		const served = kernel.servers(port).at(-1)!;
		// Both requests: one as lost bytes, one as a record.
		expect(client.sent).toBe(served.received);
		expect(client.received).toBe(served.sent);
		expect(client.sent).toBeGreaterThan(
			client.data.reduce((all, r) => all + (r.direction === 'send' ? r.size : 0), 0),
		);
		expect(startsOf([client], 'send', 'GET /late/1')).toBe(1);
	});

	it('leaves out the processes that it is told to', async () => {
		using kernel = await ObservedKernel.open({ ownPids: [process.pid] });
		await listen('127.0.0.1');
		await request(`http://127.0.0.1:${port}/own`, false);
		await kernel.until('ignored calls', () => kernel.calls().ignored >= 4);
		expect(kernel.clients(port)).toEqual([]);
		expect(kernel.servers(port)).toEqual([]);
	});
});
