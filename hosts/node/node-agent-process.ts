/**
 * The node agent as a process: options from the command line and the environment. Says one JSON line
 * `{metricsUrl, pid, features}` when it is ready. SIGTERM, SIGINT and the end of a piped stdin (its parent is
 * gone) end it after a last take; SIGUSR2 takes and sends at once. Exit code 2: wrong options.
 */

import { existsSync, fstatSync, readFileSync, writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { join } from 'node:path';
import type { Logger } from '../../app/logging/logger.ts';
import { AgentError } from '../../app/node-agent/errors.ts';
import { describeAgentOptions, readAgentOptions } from '../../app/node-agent/options.ts';
import { parseProcessStat } from '../../app/node-agent/processes/process-stat.ts';
import { buildDir, coreDir, rootDir } from './commands/paths.ts';
import { createLogger } from './logging/logger.ts';
import { startNodeAgent } from './node-agent.ts';
import { keepMemoryLow } from './process-memory.ts';

const NICE = -10;

async function main(args: string[]): Promise<number> {
	const { version } = JSON.parse(readFileSync(join(rootDir, 'package.json'), 'utf8')) as { version: string };
	if (args.includes('--help') || args.includes('-h')) {
		console.log(describeAgentOptions());
		return 0;
	}
	if (args.includes('--version')) {
		console.log(version);
		return 0;
	}
	const stopRequested = stopRequest();
	const log = createLogger({ fields: { program: 'node-agent' } });
	const options = readAgentOptions(args, process.env);
	runFirst(log);
	const built = options.buildDir ?? buildDir;
	keepMemoryLow(built);
	const agent = await startNodeAgent({
		...{ ...options, buildDir: built },
		...{ coreDir, version, log },
	});
	process.on('SIGUSR2', () => {
		agent.flush().catch((error) => log.error('the flush failed', { error }));
	});
	const { metricsUrl, features } = agent;
	process.stdout.write(`${JSON.stringify({ metricsUrl, pid: process.pid, features })}\n`);
	const failure = await Promise.race([stopRequested, agent.failure]);
	if (failure !== undefined) log.error('the agent cannot go on', { error: failure });
	await agent.close();
	return failure === undefined ? 0 : 1;
}

/**
 * The kernel's ring overflows when the machine is busy and the thread that drains it waits for its turn. It needs
 * little, but at once; threads inherit what is set here.
 */
function runFirst(log: Logger): void {
	try {
		setPriority(NICE);
		preferSession();
	} catch (error) {
		log.warn('the agent runs at normal priority: on a busy machine it may lose events', { error });
	}
}

/**
 * Where the kernel shares time between sessions first (CONFIG_SCHED_AUTOGROUP), a priority counts only within one; see
 * sched(7). A session that others began is not ours to prefer.
 */
function preferSession(): void {
	const { session } = parseProcessStat(readFileSync('/proc/self/stat', 'utf8'));
	const file = '/proc/self/autogroup';
	if (existsSync(file) && session === process.pid) writeFileSync(file, String(NICE));
}

function stopRequest(): Promise<undefined> {
	return new Promise((resolve) => {
		const stop = () => resolve(undefined);
		process.once('SIGTERM', stop);
		process.once('SIGINT', stop);
		// A terminal or /dev/null says nothing about a parent.
		const stdin = fstatSync(0);
		if (stdin.isFIFO() || stdin.isSocket()) process.stdin.once('end', stop).once('error', stop).resume();
	});
}

try {
	process.exitCode = await main(process.argv.slice(2));
} catch (error) {
	console.error(error instanceof AgentError ? error.message : error);
	process.exitCode = error instanceof AgentError && error.code === 'CXR_AGENT_OPTION' ? 2 : 1;
} finally {
	// Nothing may keep a finished agent alive.
	process.exit();
}
