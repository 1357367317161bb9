import { spawn } from 'node:child_process';

/**
 * Runs a command to its end and returns what it printed (both streams, in order).
 * A failure is an Error with the command and the last lines of its output.
 */
export function runCommand(command, args, options = {}) {
	return new Promise((resolve, reject) => {
		const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
		let output = '';
		const collect = (chunk) => {
			output += chunk;
			if (output.length > 1 << 20) output = output.slice(-(1 << 19));
		};
		child.stdout.on('data', collect);
		child.stderr.on('data', collect);
		child.on('error', (error) => reject(new Error(`${command} could not be started: ${error.message}`)));
		child.on('close', (code, signal) => {
			if (code === 0) return resolve(output);
			const tail = output.trimEnd().split('\n').slice(-25).join('\n');
			reject(new Error(`${[command, ...args].join(' ')} ended with ${signal ?? code}:\n${tail}`));
		});
	});
}
