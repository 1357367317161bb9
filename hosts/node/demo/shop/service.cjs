'use strict';
// What every HTTP service of the demo needs: it says its port, and ends when whoever started it is gone.
const http = require('node:http');

/** Serves on a free port of loopback; `handle` resolves with [status, body]. */
exports.serve = (handle) => {
	const server = http.createServer(async (request, response) => {
		let status = 500;
		let body = { error: 'internal' };
		try {
			[status, body] = await handle(request, new URL(request.url, 'http://shop'));
		} catch {
			// The handler has logged it.
		}
		response.writeHead(status, { 'Content-Type': 'application/json' });
		response.end(JSON.stringify(body));
	});
	server.listen(0, '127.0.0.1', () => exports.ready({ port: server.address().port }));
};

/** The first line tells the starter that the program runs; the program ends with its standard input. */
exports.ready = (facts) => {
	console.log(JSON.stringify(facts));
	process.stdin.on('end', () => process.exit(0)).resume();
	process.on('SIGTERM', () => process.exit(0));
};

/** Asks another service over kept connections; resolves with [status, body]. */
const agent = new http.Agent({ keepAlive: true, maxSockets: 20 });
exports.ask = (url, method = 'GET', headers = {}) =>
	new Promise((resolve, reject) => {
		const request = http.request(url, { agent, method, headers }, (response) => {
			const chunks = [];
			response.on('data', (chunk) => chunks.push(chunk));
			response.on('end', () => {
				try {
					resolve([response.statusCode, JSON.parse(Buffer.concat(chunks).toString() || 'null')]);
				} catch (error) {
					reject(error);
				}
			});
		});
		request.on('error', reject);
		request.end();
	});
