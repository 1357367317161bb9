// The callee: answers with the status in the path (/200) after the delay in the query (?delay=MS).
import { createServer } from 'node:http';

const [host = '127.0.0.1', port = '0'] = process.argv.slice(2);
const server = createServer((request, response) => {
	const url = new URL(request.url, 'http://back');
	const answer = () => {
		response.writeHead(Number(url.pathname.slice(1)), { 'content-type': 'text/plain' });
		response.end(`back says ${url.pathname}\n`);
	};
	const delay = Number(url.searchParams.get('delay') ?? 0);
	if (delay) setTimeout(answer, delay);
	else answer();
});
server.keepAliveTimeout = 60_000;
server.listen(Number(port), host, () => console.log(JSON.stringify({ port: server.address().port })));
process.on('SIGTERM', () => process.exit(0));
process.stdin.on('end', () => process.exit(0)).resume();
