// Uses what it is told to, says so in one line, and waits for its end: `hog.mjs CPU_MS MEGABYTES FILE`. It listens, so that
// it is among the programs of the host that the agent reports.
import { closeSync, fsyncSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { createServer } from 'node:net';

const [cpuMs, megabytes, file] = process.argv.slice(2);
process.stdin.on('end', () => process.exit(0)).resume();
createServer().listen(0, '127.0.0.1', () => {
	// What the agent counts begins with its first look.
	process.stdin.once('data', () => {
		const { user, system } = process.cpuUsage();
		const used = () => process.cpuUsage().user + process.cpuUsage().system - user - system;
		while (used() < Number(cpuMs) * 1000);
		globalThis.kept = Buffer.alloc(Number(megabytes) << 20, 1);
		const fd = openSync(file, 'w');
		writeSync(fd, globalThis.kept);
		fsyncSync(fd);
		closeSync(fd);
		unlinkSync(file);
		console.log('{"done":true}');
	});
	console.log('{"ready":true}');
});
