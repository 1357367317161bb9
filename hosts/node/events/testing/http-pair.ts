// A process that serves HTTP and is its own client: http-pair.ts OK_COUNT MISSING_COUNT. Prints the port, and once
// more a line when all is answered and closed; then waits for its standard input to end.
import { Agent, createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';

const [ok, missing] = process.argv.slice(2).map(Number);
const server = createServer((request, response) => {
	response.statusCode = request.url === '/ok' ? 200 : 404;
	response.end('answer');
});
server.listen(0, '127.0.0.1');
await new Promise((resolve) => server.once('listening', resolve));
const { port } = server.address() as AddressInfo;
console.log(port);

const agent = new Agent({ keepAlive: true, maxSockets: 4 });
async function ask(path: string): Promise<void> {
	await new Promise<void>((resolve, reject) => {
		get({ port, host: '127.0.0.1', path, agent }, (response) => {
			response.resume().on('end', resolve);
		}).on('error', reject);
	});
}
const paths = [...Array(ok).fill('/ok'), ...Array(missing).fill('/missing')];
await Promise.all(paths.map(ask));
agent.destroy();
server.close();
await new Promise((resolve) => server.once('close', resolve));
console.log('done');
process.stdin.resume();
