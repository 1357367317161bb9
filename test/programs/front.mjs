// The caller in the middle: asks the back the same question and passes its status on.
// With ?fresh=1 it opens a new connection for it, else it keeps connections alive.
import { Agent, createServer, request } from 'node:http';

const [host = '127.0.0.1', port = '0', backHost = '127.0.0.1', backPort = '0'] = process.argv.slice(2);
const kept = new Agent({ keepAlive: true, maxSockets: 20 });
const server = createServer((incoming, response) => {
	const fresh = incoming.url.includes('fresh=1');
	const call = request(
		{ host: backHost, port: Number(backPort), path: incoming.url, agent: fresh ? false : kept },
		(answer) => {
			answer.resume();
			answer.on('end', () => {
				response.writeHead(answer.statusCode, { 'content-type': 'text/plain' });
				response.end(`front passes ${answer.statusCode} on\n`);
			});
		},
	);
	call.on('error', (error) => {
		response.writeHead(502);
		response.end(error.message);
	});
	call.end();
});
server.keepAliveTimeout = 60_000;
server.listen(Number(port), host, () => console.log(JSON.stringify({ port: server.address().port })));
process.on('SIGTERM', () => process.exit(0));
process.stdin.on('end', () => process.exit(0)).resume();
