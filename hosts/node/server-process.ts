/**
 * The server as a process, on Node; hosts/deno/server.ts is the same on Deno. Says one JSON line
 * `{url, port, signInToken, agentKeyFile, pid, runtime}` when it is ready. SIGTERM, SIGINT and the end of a piped
 * stdin (its parent is gone) end it after the head is written. Exit code 2: wrong options.
 */
import { fstatSync } from 'node:fs';
import { describeOptions, UsageError } from '../../app/command-line/options.ts';
import { createLogger } from './logging/logger.ts';
import { keepYoungSpaceSmall } from './process-memory.ts';
import { type RunningServer, type ServerOptions, startServer } from './server.ts';
import { readServerOptions, SERVER_OPTIONS } from './server-options.ts';

/** Runs until it is told to stop; resolves with the exit code. */
export async function runServerProcess(args: string[], runtime: 'node' | 'deno'): Promise<number> {
	if (args.includes('--help') || args.includes('-h')) {
		process.stdout.write(`${describeOptions(SERVER_OPTIONS)}\n`);
		return 0;
	}
	let options: Omit<ServerOptions, 'log'>;
	try {
		options = readServerOptions(args, process.env);
	} catch (error) {
		if (!(error instanceof UsageError)) throw error;
		process.stderr.write(`${error.message}. See: --help\n`);
		return 2;
	}
	const stop = stopRequest();
	const log = createLogger({ fields: { program: 'server' } });
	const stopped = new AbortController();
	stop.then(() => stopped.abort());
	let server: RunningServer;
	try {
		server = await startServer({ ...options, log, stopped: stopped.signal });
	} catch (error) {
		if (stopped.signal.aborted) return 0;
		throw error;
	}
	const { url, port, signInToken, agentKeyFile } = server;
	process.stdout.write(
		`${JSON.stringify({ url, port, signInToken, agentKeyFile, pid: process.pid, runtime })}\n`,
	);
	await stop;
	await server.close();
	return 0;
}

function stopRequest(): Promise<void> {
	return new Promise((resolve) => {
		process.once('SIGTERM', () => resolve());
		process.once('SIGINT', () => resolve());
		if (stdinIsPipe()) {
			process.stdin.on('end', () => resolve());
			process.stdin.on('error', () => resolve());
			process.stdin.resume();
		}
	});
}

/** A terminal, a file or /dev/null as stdin says nothing about a parent. */
function stdinIsPipe(): boolean {
	try {
		const stat = fstatSync(0);
		return stat.isFIFO() || stat.isSocket();
	} catch {
		return false;
	}
}

if (import.meta.main) {
	keepYoungSpaceSmall();
	runServerProcess(process.argv.slice(2), 'node').then(
		(code) => process.exit(code),
		(error: unknown) => {
			process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
			process.exit(1);
		},
	);
}
