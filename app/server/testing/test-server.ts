import type { FastifyInstance } from 'fastify';
import {
	createChunkCodec,
	createCodec,
	createHead,
	createProfileFold,
} from '../../../core-as/facade/index.ts';
import { builtModules } from '../../../core-as/testing/modules.ts';
import { MemorySegmentFiles } from '../../delivery/memory-segment-files.ts';
import { Spool } from '../../delivery/spool.ts';
import { silentLogger } from '../../logging/logger.ts';
import { Gatekeeper } from '../auth/gatekeeper.ts';
import { signalsOff } from '../clickhouse/signal-store.ts';
import { noFaults } from '../faults.ts';
import { createHttpServer } from '../http-server.ts';
import { MetricIngest } from '../ingest/metric-ingest.ts';
import { ChunkStore } from '../metrics/chunk-store.ts';
import { MemoryChunkTable } from '../metrics/memory-chunk-table.ts';
import { HEAD_BYTES } from '../metrics/sample-head.ts';
import { Recorder } from '../recording/recorder.ts';
import { MemorySettings } from './memory-settings.ts';
import { remoteWriteBody, type TestSeries } from './remote-write-body.ts';

const modules = await builtModules();
export const codec = createCodec(modules);

export const HOST = { host: '127.0.0.1:8080' };
const REMOTE_WRITE = { 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy' };

export const bodyOf = (series: TestSeries[]): Uint8Array => codec.snappyCompress(remoteWriteBody(series));

export interface TestServerOptions {
	webDir?: string | null;
	listenHost?: string;
	hostNames?: string[];
}

/** The server in memory, asked without a network; it has no engine, and its spool holds 200 kB. */
export class TestServer {
	/** ms since the epoch; tests move it. */
	now = Date.now();
	readonly secrets = new MemorySettings();
	readonly #clock = {
		now: () => this.now,
		// Nothing happens by itself.
		sleep: (ms: number, signal?: AbortSignal) =>
			new Promise<void>((resolve) => {
				if (ms === 0) return resolve();
				signal?.addEventListener('abort', () => resolve());
			}),
	};
	app!: FastifyInstance;
	spool!: Spool;
	store!: ChunkStore;
	/** Of agents. */
	key = '';
	/** Of sign-in. */
	token = '';

	private constructor() {}

	static async start(options: TestServerOptions = {}): Promise<TestServer> {
		const server = new TestServer();
		await server.#start(options);
		return server;
	}

	async #start(options: TestServerOptions): Promise<void> {
		const clock = this.#clock;
		const table = new MemoryChunkTable();
		this.spool = await Spool.open({ files: new MemorySegmentFiles(), name: 't', maxBytes: 200_000, clock });
		this.store = new ChunkStore({
			table,
			spool: this.spool,
			blockCodec: codec,
			chunkCodec: createChunkCodec(modules),
			openHead: () => createHead(modules, HEAD_BYTES),
			clock,
			log: silentLogger,
			faults: noFaults,
			loaded: await table.load(),
		});
		await this.store.start(() => {});
		const gatekeeper = await Gatekeeper.open(this.secrets, this.secrets, clock);
		this.app = await createHttpServer({
			ingest: new MetricIngest({ codec, spool: this.spool, clock }),
			ownIngest: new MetricIngest({ codec, spool: this.spool, clock }),
			codec,
			store: this.store,
			spool: this.spool,
			signals: signalsOff('There is no engine in this test.', {
				missing: 'an engine',
				command: 'npm install it',
			}),
			recorder: new Recorder({
				clock,
				log: silentLogger,
				redactSql: (statement) => codec.redactSql(statement),
			}),
			fold: createProfileFold(modules),
			inflate: async () => 'damaged',
			gatekeeper,
			clock,
			log: silentLogger,
			faults: noFaults,
			webDir: null,
			listenHost: '127.0.0.1',
			hostNames: [],
			version: '1.2.3',
			project: { id: 'p', name: 'P' },
			...options,
		});
		await this.app.ready();
		this.key = (await this.secrets.read('agent.key'))!.trim();
		this.token = gatekeeper.signInToken;
	}

	/** GET with the key. */
	get(url: string) {
		return this.app.inject({ url, headers: { ...HOST, 'x-api-key': this.key } });
	}

	/** POST of remote write with the key, as `headers` change it. */
	post(url: string, body: Uint8Array | string, headers: Record<string, string> = {}) {
		return this.app.inject({
			method: 'POST',
			url,
			payload: typeof body === 'string' ? body : Buffer.from(body),
			headers: { ...HOST, 'x-api-key': this.key, ...REMOTE_WRITE, ...headers },
		});
	}

	/** A body with one sample of now. */
	sample(labels: Record<string, string> = {}): Uint8Array {
		return bodyOf([{ labels: { __name__: 'a', ...labels }, samples: [[this.now, 1]] }]);
	}
}
