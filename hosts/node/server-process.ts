/**
 * The server as a process, on Node; hosts/deno/server.ts is the same on Deno. Says one JSON line
 * `{url, port, signInToken, agentKeyFile, pid, runtime}` when it is ready. SIGTERM, SIGINT and the end of a piped
 * stdin (its parent is gone) end it after the head is written. Exit code 2: wrong options.
 */
import { fstatSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { remoteEngine } from './clickhouse/open-engine.ts';
import { parseAddress } from './commands/options.ts';
import { createLogger } from './logging/logger.ts';
import { type ServerOptions, startServer } from './server.ts';

const HELP = `The Codexray server as a process.

  --listen HOST:PORT       default 127.0.0.1:8080; port 0 takes any free one   CODEXRAY_LISTEN
  --data DIR               default ./data/server                              CODEXRAY_DATA
  --host-name NAME         also answers under this name; may be repeated      CODEXRAY_HOST_NAMES (comma-separated)
  --clickhouse-url URL     logs and traces go to this ClickHouse, http://[USER[:PASSWORD]@]HOST:8123;
                           none: the embedded one                             CODEXRAY_CLICKHOUSE_URL
  --no-engine              no embedded ClickHouse: without a URL, logs and
                           traces are off                                     CODEXRAY_NO_ENGINE
  --max-signal-spool BYTES bound of what waits for ClickHouse, for logs and
                           for traces each, default 1 GiB                     CODEXRAY_MAX_SIGNAL_SPOOL
  --flush-interval SECONDS how often the head is written, default 300         CODEXRAY_FLUSH_INTERVAL
`;

const root = join(fileURLToPath(new URL('.', import.meta.url)), '..', '..');

/** Runs until it is told to stop; resolves with the exit code. */
export async function runServerProcess(args: string[], runtime: 'node' | 'deno'): Promise<number> {
	let options: Omit<ServerOptions, 'log'>;
	try {
		const { values } = parseArgs({
			args,
			options: {
				listen: { type: 'string' },
				data: { type: 'string' },
				'host-name': { type: 'string', multiple: true },
				'flush-interval': { type: 'string' },
				'clickhouse-url': { type: 'string' },
				'no-engine': { type: 'boolean' },
				'max-signal-spool': { type: 'string' },
				help: { type: 'boolean', short: 'h' },
			},
		});
		if (values.help) {
			process.stdout.write(HELP);
			return 0;
		}
		const { env } = process;
		const interval = Number(values['flush-interval'] ?? env.CODEXRAY_FLUSH_INTERVAL ?? 300);
		if (!(interval > 0)) throw new Error('--flush-interval wants a number of seconds');
		const spoolBytes = Number(values['max-signal-spool'] ?? env.CODEXRAY_MAX_SIGNAL_SPOOL ?? 1024 ** 3);
		if (!(spoolBytes >= 65_536))
			throw new Error('--max-signal-spool wants a number of bytes, at least 65536');
		const clickhouseUrl = values['clickhouse-url'] ?? env.CODEXRAY_CLICKHOUSE_URL;
		if (clickhouseUrl) remoteEngine(clickhouseUrl);
		options = {
			...(clickhouseUrl ? { clickhouseUrl } : {}),
			noEngine: values['no-engine'] ?? !!env.CODEXRAY_NO_ENGINE,
			maxSignalSpoolBytes: spoolBytes,
			listen: parseAddress(values.listen ?? env.CODEXRAY_LISTEN ?? '127.0.0.1:8080', 'listen'),
			dataDir: resolve(values.data ?? env.CODEXRAY_DATA ?? './data/server'),
			hostNames:
				values['host-name'] ?? (env.CODEXRAY_HOST_NAMES ?? '').split(',').filter((name) => name !== ''),
			flushIntervalMs: interval * 1000,
			webDir: join(root, 'build', 'web'),
			coreDir: join(root, 'build', 'core'),
		};
	} catch (e) {
		process.stderr.write(`${e instanceof Error ? e.message : String(e)}\n\n${HELP}`);
		return 2;
	}
	const stop = stopRequest();
	const log = createLogger({ fields: { program: 'server' } });
	const server = await startServer({ ...options, log });
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
	runServerProcess(process.argv.slice(2), 'node').then(
		(code) => process.exit(code),
		(error: unknown) => {
			process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
			process.exit(1);
		},
	);
}
