import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../product/free-port.ts';
import { until } from '../product/waiting.ts';
import { databasePrograms, NOBODY, nobodysFolder } from './database-files.ts';

const BIN = 'usr/lib/postgresql/15/bin';

/** A real Postgres on loopback, without encryption. */
export class Postgres {
	readonly dir = nobodysFolder('postgres');
	port = 0;
	private readonly programs = databasePrograms();
	private server: ChildProcess | undefined;

	async start(): Promise<void> {
		const data = join(this.dir, 'data');
		const { env } = this.programs;
		const share = join(this.programs.root, 'usr/share/postgresql/15');
		this.port = await freePort();
		const initialise = ['-D', data, '-L', share, '-U', 'test', '-A', 'trust', '--no-sync', '-E', 'UTF8'];
		execFileSync(this.bin('initdb'), initialise, { env, ...NOBODY, stdio: ['ignore', 'ignore', 'pipe'] });
		const settings = [
			'listen_addresses=127.0.0.1',
			`unix_socket_directories=${this.dir}`,
			'ssl=off',
			'fsync=off',
		];
		this.server = spawn(
			this.bin('postgres'),
			['-D', data, '-p', `${this.port}`, ...settings.flatMap((setting) => ['-c', setting])],
			{ env, ...NOBODY, stdio: 'ignore' },
		);
		await until(
			() => {
				try {
					return this.psql('SELECT 1');
				} catch {
					return undefined;
				}
			},
			() => 'Postgres does not answer',
		);
	}

	/** Runs SQL in one session; returns what is printed. Throws with the message when it fails. */
	psql(sql: string): string {
		const words = ['-h', '127.0.0.1', '-p', `${this.port}`, '-U', 'test', '-d', 'postgres'];
		const all = [...words, '-X', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-c', sql];
		return execFileSync(this.bin('psql'), all, {
			env: this.programs.env,
			encoding: 'utf8',
			stdio: ['ignore', 'pipe', 'pipe'],
		});
	}

	/** Runs a script `transactions` times in each of two sessions, at a rate. */
	pgbench(
		protocol: 'simple' | 'extended' | 'prepared',
		script: string,
		transactions: number,
		rate: number,
	): void {
		const file = join(this.dir, 'script.sql');
		writeFileSync(file, script);
		const words = ['-h', '127.0.0.1', '-p', `${this.port}`, '-U', 'test', '-n', '-c', '2', '-M', protocol];
		execFileSync(
			this.bin('pgbench'),
			[...words, '-t', `${transactions}`, '-R', `${rate}`, '-f', file, 'postgres'],
			{ env: this.programs.env, stdio: ['ignore', 'ignore', 'pipe'] },
		);
	}

	async close(): Promise<void> {
		const { server } = this;
		if (server && server.exitCode === null) {
			const exited = new Promise((resolve) => server.once('exit', resolve));
			server.kill('SIGINT');
			await exited;
		}
		rmSync(this.dir, { recursive: true, force: true });
	}

	private bin(name: string): string {
		return join(this.programs.root, BIN, name);
	}
}
