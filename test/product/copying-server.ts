import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ChildProgram, startChild } from '../../hosts/node/commands/child-program.ts';
import { type Runtime, serverProgram } from '../../hosts/node/commands/programs.ts';
import { until } from './waiting.ts';

/** `metricSource` of `/api/status`, as far as tests look at it. */
export interface CopyStatus {
	kind: string | null;
	error: string | null;
	names: number;
	groups: number;
	failing: number;
	lagMs: number | null;
	backFill: number;
	slowest: { firstName: string; error: string | null }[];
}

/** Samples by labels in JSON: `[ms, value as text]`, in their order. */
export type RawSamples = Record<string, [number, string][]>;

/** Whoever answers the paths of the Prometheus API. */
export type Asks = (path: string) => Promise<unknown>;

/** The server without engine, as a process of its own, that copies from a metric source; what it says is kept. */
export class CopyingServer {
	readonly dataDir = mkdtempSync(join(tmpdir(), 'codexray-copying-'));
	/** Options of the server beside those that every one has; a change counts from the next start. */
	options: string[];
	/** Likewise. */
	env: NodeJS.ProcessEnv;
	private readonly runtime: Runtime;
	private readonly files: string[];
	private child: ChildProgram | undefined;

	/** `files` are what it may read on Deno. */
	constructor(options: string[], o: { runtime?: Runtime; env?: NodeJS.ProcessEnv; files?: string[] } = {}) {
		this.options = options;
		this.runtime = o.runtime ?? 'node';
		this.env = o.env ?? {};
		this.files = o.files ?? [];
	}

	async start(): Promise<this> {
		const own = ['--prometheus-refresh-interval', '1s', '--flush-interval', '500ms'];
		const program = serverProgram({
			runtime: this.runtime,
			listen: '127.0.0.1:0',
			dataDir: this.dataDir,
			noEngine: true,
			files: this.files,
			further: [...own, ...this.options],
		});
		this.child = await startChild({
			...program,
			// What it logs goes to a file.
			command: 'sh',
			args: ['-c', 'exec "$0" "$@" 2>>"$LOG_FILE"', program.command, ...program.args],
			env: {
				...program.env,
				CODEXRAY_LOG_LEVEL: 'debug',
				LOG_FILE: join(this.dataDir, 'log'),
				...this.env,
			},
		});
		return this;
	}

	/** All that it has logged. */
	log(): string {
		return readFileSync(join(this.dataDir, 'log'), 'utf8');
	}

	get ended(): Promise<string> {
		return this.child!.ended;
	}

	async fetch(path: string, init: RequestInit = {}): Promise<Response> {
		const key = readFileSync(join(this.dataDir, 'agent.key'), 'utf8').trim();
		return fetch(`${this.child!.ready.url}${path}`, {
			...init,
			headers: { 'X-API-Key': key, ...(init.headers as Record<string, string>) },
		});
	}

	/** JSON of a GET whose answer is wanted. */
	readonly ask: Asks = async (path) => {
		const response = await this.fetch(path);
		if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
		return response.json();
	};

	async status(): Promise<CopyStatus> {
		return ((await this.ask('/api/status')) as { metricSource: CopyStatus }).metricSource;
	}

	/** Waits until `found` holds of its status. */
	async until(found: (status: CopyStatus) => boolean, withinMs = 120_000): Promise<CopyStatus> {
		let last: CopyStatus | undefined;
		return until(
			async () => {
				last = await this.status();
				return found(last) ? last : undefined;
			},
			() => `${JSON.stringify(last)}\n${this.log().slice(-2_000)}`,
			withinMs,
		);
	}

	/** Waits until all of the source is here. */
	whole(): Promise<CopyStatus> {
		return this.until(
			({ backFill, failing, lagMs, error }) =>
				backFill > 0.999 && failing === 0 && error === null && (lagMs ?? 1e9) < 30_000,
		);
	}

	async stop(): Promise<void> {
		await this.child?.stop();
	}

	async remove(): Promise<void> {
		await this.stop();
		rmSync(this.dataDir, { recursive: true, force: true });
	}
}

/** Samples of a selector between two times (ms, both included), as an API of Prometheus answers them. */
export async function rawSamples(ask: Asks, selector: string, from: number, to: number): Promise<RawSamples> {
	const query = encodeURIComponent(`${selector}[${to - from + 1}ms]`);
	const answer = (await ask(`/api/v1/query?query=${query}&time=${(to / 1000).toFixed(3)}`)) as {
		data: { result: { metric: Record<string, string>; values: [number, string][] }[] };
	};
	return Object.fromEntries(
		answer.data.result.map(({ metric, values }) => [
			labelKey(metric),
			values
				.map(([seconds, value]): [number, string] => [Math.round(seconds * 1000), value])
				// Before version 3 a range has its left end.
				.filter(([time]) => time >= from),
		]),
	);
}

/** The same labels are the same text. */
export function labelKey(labels: Record<string, string>): string {
	return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}
