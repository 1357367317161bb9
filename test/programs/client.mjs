// Sends requests over a fixed number of connections, or each over its own, and prints what it saw:
// counts by status class and the latencies of all requests in seconds, sorted.
import { Agent, request } from 'node:http';

const [host, port, total, connections, mode] = process.argv.slice(2);
const fresh = mode === 'fresh';
const agent = fresh ? false : new Agent({ keepAlive: true, maxSockets: Number(connections) });

/** Of ten requests one is a 404 and one a 500; of ten, one takes 40 ms and the rest 15 ms. */
const path = (index) =>
	`/${index % 10 === 3 ? 404 : index % 10 === 7 ? 500 : 200}?delay=${index % 10 === 0 ? 40 : 15}${fresh ? '&fresh=1' : ''}`;

const counts = {};
const latencies = [];

function send(index) {
	return new Promise((resolve, reject) => {
		const started = performance.now();
		const call = request({ host, port: Number(port), path: path(index), agent }, (answer) => {
			latencies.push((performance.now() - started) / 1000);
			const status = `${Math.floor(answer.statusCode / 100)}xx`;
			counts[status] = (counts[status] ?? 0) + 1;
			answer.resume();
			answer.on('end', resolve);
		});
		call.on('error', reject);
		call.end();
	});
}

let next = 0;
async function worker() {
	while (next < Number(total)) await send(next++);
}
await Promise.all(Array.from({ length: Number(connections) }, worker));
latencies.sort((a, b) => a - b);
console.log(JSON.stringify({ counts, latencies }));
// Stays until told, so that its connections are still open when they are looked at.
process.on('SIGTERM', () => process.exit(0));
process.stdin.on('end', () => process.exit(0)).resume();
