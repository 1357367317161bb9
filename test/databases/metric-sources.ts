import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../hosts/node/free-port.ts';
import { METRIC_SOURCE_PACKAGES, unpackDebian } from '../../setup/debian-packages.mjs';
import { root } from '../product/product.ts';
import { until } from '../product/waiting.ts';
import { buildGoServer, type ServerBuild } from './go-servers.ts';

/** Takes samples of any age. */
const ANY_AGE = 'storage:\n  tsdb:\n    out_of_order_time_window: 30d\n';
/** Blocks so long that none is written: version 2.42 may lose what it takes while it writes one and compacts. */
const NO_BLOCKS = ['--storage.tsdb.min-block-duration=10d', '--storage.tsdb.max-block-duration=10d'];

let unpacked: Promise<string> | undefined;

/** A program that comes with Debian's servers. */
export async function metricSourceProgram(
	name: 'prometheus' | 'victoria-metrics' | 'promtool',
): Promise<string> {
	unpacked ??= unpackDebian(root, 'metric-sources', METRIC_SOURCE_PACKAGES) as Promise<string>;
	return join(await unpacked, 'usr/bin', name);
}

/** What a server wants to see, and by which certificate it is known, once it listens with TLS. */
export interface Guard {
	ca: string;
	authorization: string;
}

/** Prometheus or VictoriaMetrics, Debian's (2.42, 1.79) or current ones, on a port and folder of its own. */
export class MetricServer {
	readonly name: 'prometheus' | 'victoria-metrics';
	/** Words on its command line beside its own; a change counts from the next `run`. */
	options: string[];
	/** Whether Prometheus writes and deletes blocks; counts from the next `run`. */
	writesBlocks = false;
	/** To be set before a `run` with a web configuration. */
	guard: Guard | undefined;
	private readonly port: number;
	private readonly build: ServerBuild;
	private readonly config: (address: string) => string;
	private dir = mkdtempSync(join(tmpdir(), 'codexray-metric-source-'));
	private process: ChildProcess | undefined;
	private output = '';

	private constructor(
		name: 'prometheus' | 'victoria-metrics',
		port: number,
		options: string[],
		build: ServerBuild,
		config: (address: string) => string,
	) {
		this.name = name;
		this.port = port;
		this.options = options;
		this.build = build;
		this.config = config;
	}

	/** `options`: added to its own. `config`: what Prometheus's file says, for a server at the given address. */
	static async start(
		name: 'prometheus' | 'victoria-metrics',
		options: string[] = [],
		build: ServerBuild = 'debian',
		config: (address: string) => string = () => ANY_AGE,
	): Promise<MetricServer> {
		const server = new MetricServer(name, await freePort(), options, build, config);
		await server.run();
		return server;
	}

	get url(): string {
		return `${this.guard ? 'https' : 'http'}://127.0.0.1:${this.port}`;
	}

	/** Where it keeps its data. */
	get dataDir(): string {
		return join(this.dir, 'data');
	}

	/** Starts it again on its port, after `stop`. */
	async run(): Promise<void> {
		const file = await this.program();
		const child = spawn(file, this.words(), { stdio: ['ignore', 'pipe', 'pipe'] });
		this.process = child;
		for (const stream of [child.stdout, child.stderr])
			stream.on('data', (chunk) => {
				this.output = (this.output + chunk).slice(-4_000);
			});
		const ready = this.name === 'prometheus' ? '/-/ready' : '/health';
		await until(
			async () => {
				if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
				return (await this.call(ready)).status === 200 || undefined;
			},
			() => `${this.name} is not ready:\n${this.output}`,
		);
	}

	private async program(): Promise<string> {
		if (this.build === 'current') return buildGoServer(this.name);
		return metricSourceProgram(this.name);
	}

	private words(): string[] {
		if (this.name === 'victoria-metrics')
			return [
				`-storageDataPath=${this.dataDir}`,
				`-httpListenAddr=127.0.0.1:${this.port}`,
				'-retentionPeriod=100y',
				'-search.latencyOffset=0s',
				...this.options,
			];
		const config = join(this.dir, 'prometheus.yml');
		writeFileSync(config, this.config(`127.0.0.1:${this.port}`));
		return [
			`--config.file=${config}`,
			`--storage.tsdb.path=${this.dataDir}`,
			`--web.listen-address=127.0.0.1:${this.port}`,
			'--web.enable-remote-write-receiver',
			...(this.writesBlocks ? [] : NO_BLOCKS),
			...this.options,
		];
	}

	/** Takes a snappy block of prometheus.WriteRequest. */
	async push(body: Uint8Array): Promise<void> {
		const { status, text } = await this.call('/api/v1/write', body, {
			'Content-Type': 'application/x-protobuf',
			'Content-Encoding': 'snappy',
			'X-Prometheus-Remote-Write-Version': '0.1.0',
		});
		if (status > 299) throw new Error(`${status} ${text}`);
		if (this.name === 'victoria-metrics') await this.call('/internal/force_flush');
	}

	/** JSON of a GET whose answer is wanted. */
	readonly ask = async (path: string): Promise<unknown> => {
		const { status, text } = await this.call(path);
		if (status !== 200) throw new Error(`${path}: ${status} ${text}`);
		return JSON.parse(text);
	};

	private call(
		path: string,
		body?: Uint8Array,
		headers: Record<string, string> = {},
	): Promise<{ status: number; text: string }> {
		const { guard } = this;
		const all = { ...headers, ...(guard && { Authorization: guard.authorization }) };
		return new Promise((resolve, reject) => {
			const sent = (guard ? httpsRequest : httpRequest)(
				this.url + path,
				{ method: body ? 'POST' : 'GET', headers: all, ...(guard && { ca: guard.ca }) },
				(response) => {
					let text = '';
					response.setEncoding('utf8').on('data', (part) => {
						text += part;
					});
					response.on('end', () => resolve({ status: response.statusCode!, text }));
					response.on('error', reject);
				},
			);
			sent.on('error', reject);
			sent.end(body);
		});
	}

	/** `data` of an answer of Prometheus's API. */
	async get<T>(path: string): Promise<T> {
		return ((await this.ask(path)) as { data: T }).data;
	}

	async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
		const child = this.process;
		if (!child || child.exitCode !== null || child.signalCode !== null) return;
		const exited = new Promise((resolve) => child.once('exit', resolve));
		child.kill(signal);
		await exited;
	}

	/** Throws away all that it holds; it must be stopped. */
	lose(): void {
		rmSync(this.dataDir, { recursive: true, force: true });
	}

	async remove(): Promise<void> {
		await this.stop('SIGKILL');
		rmSync(this.dir, { recursive: true, force: true });
	}
}
