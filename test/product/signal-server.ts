import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ChildProgram, startChild } from '../../hosts/node/commands/child-program.ts';
import { serverProgram } from '../../hosts/node/commands/programs.ts';

export interface LogAnswer {
	logs: {
		timeNs: string;
		body: string;
		service: string;
		severityNumber: number;
		traceId: string;
		attributes: Record<string, string>;
	}[];
}

/** The server alone, as a process of its own with the embedded engine. */
export class SignalServer {
	readonly dataDir: string;
	private readonly child: ChildProgram;

	private constructor(dataDir: string, child: ChildProgram) {
		this.dataDir = dataDir;
		this.child = child;
	}

	static async start(
		dataDir: string,
		runtime: 'node' | 'deno' = 'node',
		env: NodeJS.ProcessEnv = {},
	): Promise<SignalServer> {
		const metricsStore = env.CODEXRAY_METRICS_STORE;
		const program = serverProgram({
			runtime,
			listen: '127.0.0.1:0',
			dataDir,
			...(metricsStore === undefined ? {} : { metricsStore }),
		});
		const own = { ...program.env, CODEXRAY_LOG_LEVEL: 'error', ...env };
		return new SignalServer(dataDir, await startChild({ ...program, env: own }));
	}

	get url(): string {
		return this.child.ready.url as string;
	}

	/** The key of agents and senders. */
	get key(): string {
		return readFileSync(join(this.dataDir, 'agent.key'), 'utf8').trim();
	}

	get pid(): number {
		return this.child.pid;
	}

	get ended(): Promise<string> {
		return this.child.ended;
	}

	stop(): Promise<void> {
		return this.child.stop();
	}

	/** Any request with the agents' key. */
	fetch(path: string, init: RequestInit = {}): Promise<Response> {
		return fetch(`${this.url}${path}`, {
			...init,
			headers: { 'X-API-Key': this.key, ...(init.headers as Record<string, string>) },
		});
	}

	/** A GET whose answer is wanted. */
	async get<T>(path: string): Promise<T> {
		const response = await this.fetch(path);
		if (response.status !== 200) throw new Error(`${path}: ${response.status} ${await response.text()}`);
		return (await response.json()) as T;
	}

	post(path: string, type: string, body: Uint8Array | string, headers: Record<string, string> = {}) {
		return this.fetch(path, {
			method: 'POST',
			headers: { 'Content-Type': type, ...headers },
			body: body as Uint8Array<ArrayBuffer> | string,
		});
	}

	/** The process of the embedded engine: the child whose words name its launcher. */
	enginePid(): number | undefined {
		const children = readFileSync(`/proc/${this.pid}/task/${this.pid}/children`, 'utf8').trim().split(' ');
		const found = children.find((pid) => {
			try {
				return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('engine-launcher.ts');
			} catch {
				return false;
			}
		});
		return found ? Number(found) : undefined;
	}
}

/** Milliseconds since the epoch as OTLP wants them. */
export const nanos = (ms: number) => String(BigInt(ms) * 1_000_000n);
