import { connect, createServer, type Socket } from 'node:net';

/** A firewall that drops loopback packets must not hold up the start. */
const PATIENCE_MS = 3000;

/**
 * Sends `payload` once over a new connection to this host itself and waits until the other end has read it and
 * both ends are closed. Rejects where there is no loopback interface.
 */
export async function sendOverLoopback(payload: Uint8Array): Promise<void> {
	const server = createServer();
	try {
		const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
		const port = await listen(server);
		const client = connect(port, '127.0.0.1');
		const failed = new Promise<never>((_, reject) => client.once('error', reject));
		client.setTimeout(PATIENCE_MS, () => client.destroy(new Error('timed out')));
		const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
		const peer = await Promise.race([accepted, failed]);
		let received = 0;
		peer.on('data', (chunk) => {
			received += chunk.length;
			if (received >= payload.length) peer.end();
		});
		peer.on('error', () => peer.destroy());
		client.resume();
		client.write(payload);
		await Promise.race([closed, failed]);
		peer.destroy();
	} finally {
		server.close();
	}
}

function listen(server: ReturnType<typeof createServer>): Promise<number> {
	return new Promise((resolve, reject) => {
		server.once('error', reject);
		server.listen(0, '127.0.0.1', () => {
			const address = server.address();
			resolve(typeof address === 'object' && address !== null ? address.port : 0);
		});
	});
}
