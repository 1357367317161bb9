import { once } from 'node:events';
import {
	Agent,
	createServer,
	type IncomingMessage,
	type RequestOptions,
	request,
	type ServerResponse,
} from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Server } from 'node:net';
import { expect, test } from 'vitest';
import { onlyRow } from '../testing/activity-row.ts';
import { builtModules } from '../testing/modules.ts';
import { Random } from '../testing/random.ts';
import { INBOUND, OUTBOUND, RECEIVE, RecordWriter, SEND } from '../testing/record-writer.ts';
import { createTracker } from './tracker.ts';

// Bytes as Node's own HTTP client and server put them on the wire, recorded between the two.

interface Chunk {
	connection: number;
	toServer: boolean;
	bytes: Uint8Array;
}

function serve(incoming: IncomingMessage, response: ServerResponse): void {
	const size = Number(new URL(incoming.url ?? '/', 'http://x').searchParams.get('size'));
	const status = Number(new URL(incoming.url ?? '/', 'http://x').searchParams.get('status'));
	incoming.resume().on('end', () => {
		response.statusCode = status;
		if (status === 304 || status === 204) response.end();
		else if (size % 3 === 0) {
			response.setHeader('Content-Length', size);
			response.end(Buffer.alloc(size, 'HTTP/1.1 200 OK\r\n'));
		} else if (size % 3 === 1) {
			response.setHeader('X-Large', 'h'.repeat(1500));
			response.end(Buffer.alloc(size, 'x'));
		} else {
			response.write(Buffer.alloc(size >> 1, 'a'));
			setImmediate(() => response.end(Buffer.alloc(size - (size >> 1), 'b')));
		}
	});
}

/** Passes every connection on to `port` and records what went through. */
async function recorder(port: number, chunks: Chunk[]): Promise<Server> {
	let connections = 0;
	const proxy = createTcpServer((client) => {
		const connection = ++connections;
		const upstream = connect(port, '127.0.0.1');
		client.on('data', (bytes: Buffer) => {
			chunks.push({ connection, toServer: true, bytes: new Uint8Array(bytes) });
			upstream.write(bytes);
		});
		upstream.on('data', (bytes: Buffer) => {
			chunks.push({ connection, toServer: false, bytes: new Uint8Array(bytes) });
			client.write(bytes);
		});
		client.on('end', () => upstream.end());
		upstream.on('end', () => client.end());
		client.on('error', () => upstream.destroy());
		upstream.on('error', () => client.destroy());
	});
	proxy.listen(0, '127.0.0.1');
	await once(proxy, 'listening');
	return proxy;
}

async function call(options: RequestOptions, body: string | undefined): Promise<number> {
	const outgoing = request(options);
	if (options.headers && 'Expect' in options.headers) {
		outgoing.flushHeaders();
		await once(outgoing, 'continue');
	}
	outgoing.end(body);
	const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
	response.resume();
	await once(response, 'end');
	return response.statusCode ?? 0;
}

test.each([
	['outbound, kept alive', true, OUTBOUND],
	['inbound, kept alive', true, INBOUND],
	['outbound, a connection each', false, OUTBOUND],
])('every request that Node sent and answered is counted: %s', async (_name, keepAlive, role) => {
	const chunks: Chunk[] = [];
	const server = createServer(serve).listen(0, '127.0.0.1');
	await once(server, 'listening');
	const proxy = await recorder((server.address() as AddressInfo).port, chunks);
	const agent = new Agent({ keepAlive, maxSockets: 4 });
	const random = new Random(9);
	const expected = [0, 0, 0, 0, 0, 0];
	try {
		const { port } = proxy.address() as AddressInfo;
		const one = async () => {
			const status = [200, 200, 201, 204, 301, 304, 404, 500, 503][random.below(9)]!;
			const method = ['GET', 'GET', 'POST', 'PUT', 'HEAD', 'DELETE'][random.below(6)]!;
			const body = method === 'POST' || method === 'PUT' ? 'b'.repeat(random.below(5000)) : undefined;
			const path = `/?status=${status}&size=${random.below(random.below(4) ? 300 : 100_000)}`;
			const headers: Record<string, string> = random.below(3)
				? {}
				: { Cookie: 'c'.repeat(random.below(3000)) };
			if (body && random.below(2)) headers['Content-Length'] = String(body.length);
			if (body && random.below(4) === 0) headers.Expect = '100-continue';
			const seen = await call({ host: '127.0.0.1', port, method, path, headers, agent }, body);
			expect(seen).toBe(status);
			expected[Math.floor(status / 100) - 1]!++;
		};
		for (let round = 0; round < 60; round++) await Promise.all([one(), one(), one(), one()]);
	} finally {
		agent.destroy();
		proxy.close();
		server.closeAllConnections();
		server.close();
	}

	const l7 = createTracker(await builtModules());
	for (const captured of [1024, 65_535]) {
		const records = new RecordWriter();
		const cookies = new Set(chunks.map((chunk) => chunk.connection));
		for (const cookie of cookies) records.connection({ cookie, role });
		chunks.forEach(({ connection, toServer, bytes }, i) => {
			const direction = toServer === (role === OUTBOUND) ? SEND : RECEIVE;
			records.data({ cookie: connection, direction, time: 1e9 + i, payload: bytes, captured });
		});
		for (const cookie of cookies) records.bytes({ cookie, close: true });
		l7.feed(records.take());
		const row = onlyRow(l7.take());
		l7.take();
		expect(row.http).toEqual(expected);
		expect(l7.counters().truncated).toBe(0);
	}
});
