/** Postgres and Redis of the demo: on loopback, on ports of their own, with data that go when they do. */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../free-port.ts';
import type { DatabasePrograms } from './database-programs.ts';

const READY_MS = 20_000;
const STOP_MS = 5_000;

export interface RunningDatabase {
	port: number;
	stop(): Promise<void>;
}

/** Rejects with what the program said. Undefined: it is not on this machine. */
export async function startPostgres(programs: DatabasePrograms): Promise<RunningDatabase | undefined> {
	const [initdb, postgres] = [programs.find('initdb'), programs.find('postgres')];
	if (initdb === undefined || postgres === undefined) return undefined;
	return start('postgres', async (dir, user) => {
		const { env } = programs;
		const data = join(dir, 'data');
		const words = ['-D', data, '-U', 'shop', '-A', 'trust', '--no-sync', '-E', 'UTF8'];
		execFileSync(initdb, words, { env, ...user, stdio: ['ignore', 'ignore', 'pipe'] });
		const port = await freePort();
		const settings = ['listen_addresses=127.0.0.1', `unix_socket_directories=${dir}`, 'ssl=off', 'fsync=off'];
		return {
			port,
			process: spawn(postgres, ['-D', data, '-p', `${port}`, ...settings.flatMap((each) => ['-c', each])], {
				...{ env, ...user, stdio: 'ignore', detached: true },
			}),
			// A smart shutdown would wait for its clients.
			signal: 'SIGINT',
		};
	});
}

/** As startPostgres. */
export async function startRedis(programs: DatabasePrograms): Promise<RunningDatabase | undefined> {
	const redis = programs.find('redis-server') ?? programs.find('valkey-server');
	if (redis === undefined) return undefined;
	return start('redis', async (dir, user) => {
		const port = await freePort();
		const words = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--dir', dir];
		const options = { env: programs.env, ...user, stdio: 'ignore', detached: true } as const;
		return { port, process: spawn(redis, words, options), signal: 'SIGTERM' };
	});
}

interface User {
	uid?: number;
	gid?: number;
}

/** Databases refuse to be root. */
function otherUser(): User {
	if (process.getuid?.() !== 0) return {};
	const id = (flag: string) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
	return { uid: id('-u'), gid: id('-g') };
}

async function start(
	name: string,
	run: (dir: string, user: User) => Promise<{ port: number; process: ChildProcess; signal: NodeJS.Signals }>,
): Promise<RunningDatabase> {
	const dir = mkdtempSync(join(tmpdir(), `codexray-demo-${name}-`));
	const remove = () => rmSync(dir, { recursive: true, force: true });
	try {
		const user = otherUser();
		if (user.uid !== undefined) chownSync(dir, user.uid, user.gid!);
		const { port, process: child, signal } = await run(dir, user);
		let ended = false;
		const end = new Promise<void>((resolve) => {
			const note = () => {
				ended = true;
				resolve();
			};
			child.once('exit', note);
			child.once('error', note);
		});
		const stop = async () => {
			if (!ended) child.kill(signal);
			const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
			await end;
			clearTimeout(timer);
			remove();
		};
		for (const started = Date.now(); !(await answers(port)); await sleep(100)) {
			if (!ended && Date.now() - started < READY_MS) continue;
			await stop();
			throw new Error(`${name} does not answer`);
		}
		return { port, stop };
	} catch (error) {
		remove();
		throw error;
	}
}

function answers(port: number): Promise<boolean> {
	return new Promise((resolve) => {
		const socket = connect(port, '127.0.0.1');
		socket.once('connect', () => socket.end(() => resolve(true)));
		socket.once('error', () => resolve(false));
	});
}
