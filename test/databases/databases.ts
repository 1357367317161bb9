import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DatabasePrograms, findDatabasePrograms } from '../../hosts/node/demo/database-programs.ts';
import { type RunningDatabase, startPostgres, startRedis } from '../../hosts/node/demo/databases.ts';
import { DATABASE_PACKAGES, unpackDebian } from '../../setup/debian-packages.mjs';
import { root } from '../product/product.ts';

let unpacked: Promise<unknown> | undefined;

/** Unpacked once: apt lets nobody in beside it. */
async function programs(): Promise<DatabasePrograms> {
	unpacked ??= unpackDebian(root, 'databases', DATABASE_PACKAGES);
	await unpacked;
	return findDatabasePrograms();
}

class Clients {
	private readonly programs: DatabasePrograms;

	constructor(found: DatabasePrograms) {
		this.programs = found;
	}

	/** Returns what is printed; throws with the message when it fails. */
	run(program: string, words: string[]): string {
		return execFileSync(this.programs.find(program)!, words, {
			env: this.programs.env,
			encoding: 'utf8',
			stdio: ['ignore', 'pipe', 'pipe'],
		});
	}
}

/** A real Postgres and the programs that come with it. */
export class Postgres {
	private readonly server: RunningDatabase;
	private readonly clients: Clients;

	private constructor(server: RunningDatabase, clients: Clients) {
		this.server = server;
		this.clients = clients;
	}

	static async start(): Promise<Postgres> {
		const found = await programs();
		return new Postgres((await startPostgres(found))!, new Clients(found));
	}

	get port(): number {
		return this.server.port;
	}

	/** Runs SQL in one session. */
	psql(sql: string): string {
		const options = ['-d', 'postgres', '-X', '-A', '-t', '-v', 'ON_ERROR_STOP=1'];
		return this.clients.run('psql', [...this.where(), ...options, '-c', sql]);
	}

	/** Runs a script `transactions` times in each of two sessions, at a rate. */
	pgbench(
		protocol: 'simple' | 'extended' | 'prepared',
		script: string,
		transactions: number,
		rate: number,
	): void {
		const dir = mkdtempSync(join(tmpdir(), 'codexray-pgbench-'));
		try {
			const file = join(dir, 'script.sql');
			writeFileSync(file, script);
			const options = ['-n', '-c', '2', '-M', protocol, '-t', `${transactions}`, '-R', `${rate}`, '-f', file];
			this.clients.run('pgbench', [...this.where(), ...options, 'postgres']);
		} finally {
			rmSync(dir, { recursive: true });
		}
	}

	stop(): Promise<void> {
		return this.server.stop();
	}

	private where(): string[] {
		return ['-h', '127.0.0.1', '-p', `${this.port}`, '-U', 'shop'];
	}
}

/** A real Redis and the programs that come with it. */
export class Redis {
	private readonly server: RunningDatabase;
	private readonly clients: Clients;

	private constructor(server: RunningDatabase, clients: Clients) {
		this.server = server;
		this.clients = clients;
	}

	static async start(): Promise<Redis> {
		const found = await programs();
		return new Redis((await startRedis(found))!, new Clients(found));
	}

	get port(): number {
		return this.server.port;
	}

	/** One command over a connection of its own. */
	cli(...command: string[]): string {
		return this.clients.run('redis-cli', ['-p', `${this.port}`, ...command]);
	}

	/** `requests` of each command, `pipeline` at a time over one connection. */
	benchmark(commands: string, requests: number, pipeline: number): void {
		const options = ['-t', commands, '-n', `${requests}`, '-c', '1', '-P', `${pipeline}`, '-q'];
		this.clients.run('redis-benchmark', ['-p', `${this.port}`, ...options]);
	}

	stop(): Promise<void> {
		return this.server.stop();
	}
}
