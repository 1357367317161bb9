import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../product/free-port.ts';
import { until } from '../product/waiting.ts';
import { databasePrograms, NOBODY, nobodysFolder } from './database-files.ts';

/** A real Redis on loopback that keeps nothing. */
export class Redis {
	private readonly dir = nobodysFolder('redis');
	port = 0;
	private readonly programs = databasePrograms();
	private server: ChildProcess | undefined;

	async start(): Promise<void> {
		this.port = await freePort();
		const words = ['--port', `${this.port}`, '--bind', '127.0.0.1', '--save', '', '--dir', this.dir];
		this.server = spawn(join(this.programs.root, 'usr/bin/redis-server'), words, {
			env: this.programs.env,
			...NOBODY,
			stdio: 'ignore',
		});
		await until(
			() => {
				try {
					return this.cli('PING');
				} catch {
					return undefined;
				}
			},
			() => 'Redis does not answer',
		);
	}

	/** One command over a connection of its own. */
	cli(...command: string[]): string {
		return this.run('redis-cli', ['-p', `${this.port}`, ...command]);
	}

	/** `requests` of each command, `pipeline` at a time over one connection. */
	benchmark(commands: string, requests: number, pipeline: number): void {
		const words = ['-p', `${this.port}`, '-t', commands, '-n', `${requests}`, '-c', '1'];
		this.run('redis-benchmark', [...words, '-P', `${pipeline}`, '-q']);
	}

	async close(): Promise<void> {
		const { server } = this;
		if (server && server.exitCode === null) {
			const exited = new Promise((resolve) => server.once('exit', resolve));
			server.kill('SIGTERM');
			await exited;
		}
		rmSync(this.dir, { recursive: true, force: true });
	}

	private run(program: string, words: string[]): string {
		return execFileSync(join(this.programs.root, 'usr/bin', program), words, {
			env: this.programs.env,
			encoding: 'utf8',
			stdio: ['ignore', 'pipe', 'pipe'],
		});
	}
}
