import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ChildProgram, startChild } from '../../hosts/node/commands/child-program.ts';
import { root } from './product.ts';

/** How often a test kills at random: more where time is no matter. */
export const KILL_ROUNDS = process.env.CODEXRAY_TEST_FULL ? 50 : 5;

/**
 * A server without engine on `dataDir` that writes its head every half second; `crash` names the point at which it
 * kills itself.
 */
export function startServer(dataDir: string, crash?: string, ...options: string[]): Promise<ChildProgram> {
	const own = ['--listen', '127.0.0.1:0', '--data', dataDir, '--flush-interval', '500ms', '--no-engine'];
	return startChild({
		name: 'The server',
		command: process.execPath,
		args: [join(root, 'hosts/node/server-process.ts'), ...own, ...options],
		env: { ...process.env, CODEXRAY_LOG_LEVEL: 'error', ...(crash ? { CODEXRAY_TEST_CRASH: crash } : {}) },
	});
}

/** How a server ends that was started to kill itself at work that nobody asks for: it may do so before it is ready. */
export async function deathOf(starting: Promise<{ ended: Promise<string> }>): Promise<string> {
	try {
		return await (await starting).ended;
	} catch (error) {
		return (error as Error).message;
	}
}

/**
 * Starts a server KILL_ROUNDS times and kills each as by kill -9, at random, 0.1 to 1.5 s after it listens. `work` runs
 * meanwhile and returns when the server is gone. Throws when a server ended by itself.
 */
export async function killAtRandom<Server extends Pick<ChildProgram, 'pid' | 'ended'>>(
	start: () => Promise<Server>,
	work: (server: Server) => Promise<unknown>,
): Promise<void> {
	for (let round = 0; round < KILL_ROUNDS; round++) {
		const server = await start();
		let ended = false;
		void server.ended.then(() => {
			ended = true;
		});
		const killed = sleep(100 + Math.random() * 1_400).then(
			() => ended || process.kill(server.pid, 'SIGKILL'),
		);
		await Promise.all([work(server), killed]);
		const end = await server.ended;
		if (end !== 'signal SIGKILL') throw new Error(`In round ${round} the server ended by itself: ${end}`);
	}
}
