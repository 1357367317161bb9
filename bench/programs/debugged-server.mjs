import { createServer } from 'node:http';

// Answers; with NODE_DEBUG=http,net,stream Node itself writes what it does.

const server = createServer((request, response) => {
	response.setHeader('X-Path', request.url);
	response.statusCode = request.method === 'DELETE' ? 404 : 200;
	response.end(`${request.method} ${request.url}\n`);
});
server.listen(Number(process.argv[2]), '127.0.0.1');
