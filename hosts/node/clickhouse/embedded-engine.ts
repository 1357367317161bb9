import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../../../app/logging/logger.ts';
import { programFile } from '../commands/paths.ts';
import { freePort } from '../free-port.ts';
import { ENGINE_USER, engineMemory, writeEngineConfig } from './engine-config.ts';

const LAUNCHER = programFile('hosts/node/clickhouse/engine-launcher');
const READY_WITHIN_MS = 60_000;
const POLL_MS = 50;
const FIRST_BACKOFF_MS = 250;
const LAST_BACKOFF_MS = 30_000;
/** After a parent's death its engine has to end first. */
const LOCK_RETRY_MS = 500;
const STOP_WITHIN_MS = 5_000;
/** As much of stderr as is kept for the reason. */
const MAX_ERROR_TEXT = 4_000;

/** Where an engine answers, and as whom to ask. */
export interface EngineAddress {
	url: string;
	username: string;
	password: string;
}

export interface EmbeddedEngineOptions {
	/** Holds `clickhouse/` (data) and `clickhouse-config/`. */
	dataDir: string;
	/** The Node binary that runs the launcher. */
	node: string;
	log: Logger;
}

/** Keeps one embedded ClickHouse running beside this process, on a random loopback port with a random password. */
export class EmbeddedEngine {
	readonly #o: EmbeddedEngineOptions;
	readonly #password = randomBytes(24).toString('base64url');
	#child: ChildProcess | undefined;
	#address: EngineAddress | null = null;
	#reason = 'The engine is starting.';
	#stopping = false;
	#wake: (() => void) | undefined;
	#running: Promise<void>;
	#restarts = 0;

	constructor(o: EmbeddedEngineOptions) {
		this.#o = o;
		this.#running = this.#keepRunning();
	}

	/** Null while it does not answer; `reason` then says why. */
	get address(): EngineAddress | null {
		return this.#address;
	}

	get reason(): string {
		return this.#reason;
	}

	get pid(): number | undefined {
		return this.#child?.pid;
	}

	get restarts(): number {
		return this.#restarts;
	}

	async stop(): Promise<void> {
		this.#stopping = true;
		this.#reason = 'The server is stopping.';
		this.#address = null;
		this.#wake?.();
		this.#child?.kill('SIGTERM');
		const timer = setTimeout(() => this.#child?.kill('SIGKILL'), STOP_WITHIN_MS);
		await this.#running;
		clearTimeout(timer);
	}

	async #keepRunning(): Promise<void> {
		let backoff = FIRST_BACKOFF_MS;
		while (!this.#stopping) {
			const why = await this.#runOnce().catch((error: unknown) =>
				error instanceof Error ? error.message : String(error),
			);
			// One that answered is missed at once; only one that does not come up is waited for longer and longer.
			if (this.#address !== null) backoff = FIRST_BACKOFF_MS;
			this.#address = null;
			this.#child = undefined;
			if (this.#stopping) return;
			this.#restarts++;
			const locked = why.includes('Cannot lock file');
			const wait = locked ? LOCK_RETRY_MS : backoff;
			if (!locked) backoff = Math.min(backoff * 2, LAST_BACKOFF_MS);
			this.#reason = `The embedded ClickHouse is not running: ${why}`;
			this.#o.log.warn('the embedded ClickHouse ended and is started again', { why, inSeconds: wait / 1000 });
			await this.#pause(wait);
		}
	}

	/** Resolves with words for how it ended. */
	async #runOnce(): Promise<string> {
		const data = join(this.#o.dataDir, 'clickhouse');
		await mkdir(data, { recursive: true, mode: 0o700 });
		const memory = engineMemory();
		const config = await writeEngineConfig(
			join(this.#o.dataDir, 'clickhouse-config'),
			this.#password,
			memory,
		);
		const port = await freePort();
		if (this.#stopping) return 'stopped';
		const child = spawn(this.#o.node, [LAUNCHER, data, String(port), config], {
			stdio: ['pipe', 'ignore', 'pipe'],
			// Of its own process group: Ctrl-C is for us, and we end it after what uses it.
			detached: true,
		});
		this.#child = child;
		let errors = '';
		child.stderr!.setEncoding('utf8');
		child.stderr!.on('data', (text: string) => {
			errors = (errors + text).slice(-MAX_ERROR_TEXT);
		});
		child.stdin!.on('error', () => {});
		let gone = false;
		const ended = new Promise<string>((resolve) => {
			child.on('error', (error) => resolve(error.message));
			child.on('close', (code, signal) => {
				const how = signal ? `signal ${signal}` : `exit code ${code}`;
				resolve(errors.trim() ? `${how}: ${errors.trim().split('\n')[0]!.slice(0, 500)}` : how);
			});
		}).then((how) => {
			gone = true;
			return how;
		});
		const address = { url: `http://127.0.0.1:${port}`, username: ENGINE_USER, password: this.#password };
		const until = Date.now() + READY_WITHIN_MS;
		while (!gone && !this.#stopping && Date.now() < until) {
			if (await answers(address)) {
				if (gone || this.#stopping) break;
				this.#address = address;
				this.#o.log.info('the embedded ClickHouse answers', { pid: child.pid, memoryLimit: memory });
				return ended;
			}
			await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, POLL_MS))]);
		}
		if (!gone && !this.#stopping) {
			child.kill('SIGKILL');
			await ended;
			return `not ready within ${READY_WITHIN_MS / 1000} s`;
		}
		return ended;
	}

	#pause(ms: number): Promise<void> {
		return new Promise((resolve) => {
			const timer = setTimeout(resolve, ms);
			this.#wake = () => {
				clearTimeout(timer);
				resolve();
			};
		});
	}
}

/** Only our engine knows the password: another program that took the port does not answer this. */
async function answers(address: EngineAddress): Promise<boolean> {
	try {
		const response = await fetch(address.url, {
			method: 'POST',
			headers: { 'X-ClickHouse-User': address.username, 'X-ClickHouse-Key': address.password },
			body: 'SELECT 1',
			signal: AbortSignal.timeout(5_000),
		});
		return response.status === 200 && (await response.text()) === '1\n';
	} catch {
		return false;
	}
}
