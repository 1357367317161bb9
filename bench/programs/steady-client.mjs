// Sends RATE requests a second over CONNECTIONS kept connections for SECONDS, one at a time on each, and prints how many
// were answered and the p99 in milliseconds. Raw sockets: the client must cost little beside what is measured.
import { connect } from 'node:net';

const [host, port, rate, connections, seconds] = process.argv
	.slice(2)
	.map((word, index) => (index ? Number(word) : word));
const REQUEST = Buffer.from(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
const TICK_MS = 5;

const idle = [];
const latencies = [];
let answered = 0;
let late = 0;

function open() {
	return new Promise((resolve, reject) => {
		const socket = connect(port, host, () => resolve());
		const slot = { socket, started: 0, expected: 0, received: 0 };
		socket.setNoDelay(true);
		socket.on('error', reject);
		socket.on('data', (chunk) => {
			if (slot.received === 0) {
				const text = chunk.toString('latin1');
				slot.expected = text.indexOf('\r\n\r\n') + 4 + Number(/content-length: (\d+)/i.exec(text)[1]);
			}
			slot.received += chunk.length;
			if (slot.received < slot.expected) return;
			slot.received = 0;
			answered++;
			latencies.push(performance.now() - slot.started);
			idle.push(slot);
		});
		idle.push(slot);
	});
}

for (let i = 0; i < connections; i++) await open();
const started = performance.now();
let sent = 0;
const timer = setInterval(() => {
	const due = Math.floor(((performance.now() - started) / 1000) * rate);
	while (sent < Math.min(due, rate * seconds)) {
		const slot = idle.pop();
		if (!slot) {
			late++;
			return;
		}
		slot.started = performance.now();
		slot.socket.write(REQUEST);
		sent++;
	}
	if (sent >= rate * seconds && answered === sent) {
		clearInterval(timer);
		latencies.sort((a, b) => a - b);
		console.log(JSON.stringify({ answered, late, p99: latencies[Math.floor(latencies.length * 0.99)] }));
		process.exit(0);
	}
}, TICK_MS);
