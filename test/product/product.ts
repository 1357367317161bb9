import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './waiting.ts';

export const root = new URL('../..', import.meta.url).pathname;

/** `codexray up` on random ports and a directory of its own. */
export class Product {
	readonly dir = mkdtempSync(join(tmpdir(), 'codexray-product-'));
	private readonly command: string;
	private process: ChildProcess | undefined;
	output = '';
	/** As printed: with the token. */
	signInUrl = '';
	startedInMs = 0;

	/** `command` is the file of the command, that of the checkout by default. */
	constructor(command = join(root, 'hosts/node/commands/codexray.ts')) {
		this.command = command;
	}

	/** Starts it, behind the words of `under`, and waits for the line that says it is ready. */
	async start(args: string[] = [], env: NodeJS.ProcessEnv = {}, under: string[] = []): Promise<void> {
		const started = Date.now();
		this.output = '';
		const words = [process.execPath, this.command, 'up'];
		const addresses = ['--listen', '127.0.0.1:0', '--agent-listen', '127.0.0.1:0'];
		const [command = '', ...rest] = [...under, ...words, ...addresses, '--data', this.dir, ...args];
		const child = spawn(command, rest, {
			stdio: ['ignore', 'pipe', 'pipe'],
			env: { ...process.env, ...env },
		});
		this.process = child;
		child.stdout.on('data', (chunk) => {
			this.output += chunk;
		});
		child.stderr.on('data', (chunk) => {
			this.output += chunk;
		});
		this.signInUrl = await until(
			() => {
				if (child.exitCode !== null)
					throw new Error(`codexray up ended with ${child.exitCode}:\n${this.output}`);
				return /Codexray is ready: (\S+)/.exec(this.output)?.[1];
			},
			() => `codexray up is not ready:\n${this.output}`,
			60_000,
		);
		this.startedInMs = Date.now() - started;
	}

	/** What `up` wrote down for tools: addresses and process ids. */
	run(): { url: string; metricsUrl: string; pid: number; server: number; agent: number } {
		return JSON.parse(readFileSync(join(this.dir, 'run.json'), 'utf8'));
	}

	get key(): string {
		return readFileSync(join(this.dir, 'server', 'agent.key'), 'utf8').trim();
	}

	/** GET of an API path with the agent's key. */
	async api<T>(path: string): Promise<T> {
		const response = await fetch(`${this.run().url}${path}`, { headers: { 'X-API-Key': this.key } });
		const text = await response.text();
		if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
		return JSON.parse(text) as T;
	}

	/** The agent's exposition. */
	async metrics(): Promise<string> {
		const response = await fetch(this.run().metricsUrl);
		return response.text();
	}

	/** Tells the agent to send what it has, now. */
	flush(): void {
		process.kill(this.run().agent, 'SIGUSR2');
	}

	/** SIGTERM to `up`; resolves with its exit code. */
	async stop(): Promise<number | null> {
		const child = this.process;
		if (!child || child.exitCode !== null) return child?.exitCode ?? null;
		const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
		child.kill('SIGTERM');
		return exited;
	}

	async remove(): Promise<void> {
		await this.stop();
		rmSync(this.dir, { recursive: true, force: true });
	}
}

/** Series of one metric in Prometheus text, with their labels and values. */
export function seriesOf(
	exposition: string,
	metric: string,
): { labels: Record<string, string>; value: number }[] {
	return exposition
		.split('\n')
		.filter((line) => line.startsWith(`${metric}{`))
		.map((line) => {
			const end = line.lastIndexOf('}');
			const labels = Object.fromEntries(
				[...line.slice(metric.length + 1, end).matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g)].map(
					(match) => [match[1]!, match[2]!],
				),
			);
			return { labels, value: Number(line.slice(end + 2).split(' ')[0]) };
		});
}
