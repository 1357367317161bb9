import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../../app/clock.ts';
import { Spool } from '../../app/delivery/spool.ts';
import type { Logger } from '../../app/logging/logger.ts';
import { Gatekeeper, KEY_FILE } from '../../app/server/auth/gatekeeper.ts';
import { SIGNALS, type Signal } from '../../app/server/clickhouse/schema.ts';
import { SignalStore, type Signals, signalsOff } from '../../app/server/clickhouse/signal-store.ts';
import { createHttpServer } from '../../app/server/http-server.ts';
import { MAX_UNCOMPRESSED, MetricIngest } from '../../app/server/ingest/metric-ingest.ts';
import { ChunkStore } from '../../app/server/metrics/chunk-store.ts';
import { HEAD_BYTES } from '../../app/server/metrics/sample-head.ts';
import { Recorder } from '../../app/server/recording/recorder.ts';
import { createChunkCodec, createCodec, createHead, createProfileFold } from '../../core-as/facade/index.ts';
import { DuckdbChunkTable } from './chunks/duckdb-chunk-table.ts';
import { openEngine } from './clickhouse/open-engine.ts';
import { crashPoints } from './crash-points.ts';
import { zlibInflate } from './inflate/zlib-inflate.ts';
import { NodeSegmentFiles } from './segments/node-segment-files.ts';
import { NodeSecretFiles } from './settings-store/node-secret-files.ts';
import { SqliteSettingsStore } from './settings-store/sqlite-settings-store.ts';
import { loadCoreModules } from './wasm/core-modules.ts';

export interface ServerOptions {
	dataDir: string;
	listen: { host: string; port: number };
	/** Folder of the built pages; they may be missing. */
	webDir: string;
	/** Folder of the built core. */
	coreDir: string;
	log: Logger;
	/** Names under which pages may be asked for, beside loopback and the listen host. */
	hostNames?: string[];
	flushIntervalMs?: number;
	/** Bound of the metric spool; default 1 GiB. */
	maxSpoolBytes?: number;
	/** ClickHouse elsewhere; none: the embedded one, unless it is switched off. */
	clickhouseUrl?: string;
	noEngine?: boolean;
	/** Bound of the spool of logs, traces and profiles; default 1 GiB each. */
	maxSignalSpoolBytes?: number;
}

export interface RunningServer {
	url: string;
	port: number;
	signInToken: string;
	agentKeyFile: string;
	/** Takes nothing more, writes what is left to the chunk store, and closes everything. */
	close(): Promise<void>;
}

const PROJECT = { id: 'default', name: 'default' };

/** The server on Node and, through its node: modules, on Deno. */
export async function startServer(o: ServerOptions): Promise<RunningServer> {
	const { dataDir, log } = o;
	const clock = systemClock;
	await mkdir(dataDir, { recursive: true, mode: 0o700 });
	await chmod(dataDir, 0o700);
	const modules = await loadCoreModules(o.coreDir);
	const codec = createCodec(modules);
	const faults = crashPoints(process.env.CODEXRAY_TEST_CRASH);
	// What was opened is closed again when a later step fails, last first.
	const closers: (() => Promise<void>)[] = [];
	const closeAll = async () => {
		let failure: unknown;
		for (const close of closers.splice(0).reverse()) {
			await close().catch((e: unknown) => {
				failure ??= e;
			});
		}
		if (failure !== undefined) throw failure;
	};
	try {
		const table = await DuckdbChunkTable.open(join(dataDir, 'chunks'));
		closers.push(() => table.close());
		const loaded = await table.load();
		const spool = await Spool.open({
			files: await NodeSegmentFiles.open(join(dataDir, 'spool', 'metrics')),
			name: 'metrics',
			maxBytes: o.maxSpoolBytes ?? 1024 ** 3,
			clock,
			...(loaded.state.watermark ? { after: loaded.state.watermark } : {}),
		});
		closers.push(() => spool.close());
		const { tornBytes } = spool.stats();
		if (tornBytes > 0)
			log.info('a write was cut when the server died; nothing acknowledged is in it', { tornBytes });
		const store = new ChunkStore({
			table,
			spool,
			blockCodec: codec,
			chunkCodec: createChunkCodec(modules),
			openHead: () => createHead(modules, HEAD_BYTES),
			clock,
			log,
			faults,
			loaded,
			...(o.flushIntervalMs === undefined ? {} : { flushIntervalMs: o.flushIntervalMs }),
		});
		const ingest = new MetricIngest({ codec, spool, clock });
		await store.start((record) => ingest.known(record.batchId));
		closers.push(() => store.close());
		const settings = new SqliteSettingsStore(join(dataDir, 'settings.sqlite'));
		closers.push(() => settings.close());
		const engine = await openEngine({
			dataDir,
			log,
			...(o.clickhouseUrl ? { url: o.clickhouseUrl } : {}),
			...(o.noEngine ? { off: true } : {}),
		});
		let signals: Signals;
		if ('off' in engine) {
			log.warn('logs, traces and profiles are off', { reason: engine.off });
			signals = signalsOff(engine.off, { missing: engine.missing, command: engine.command });
		} else {
			closers.push(() => engine.close());
			const spools = {} as Record<Signal, Spool>;
			for (const name of SIGNALS) {
				const opened = await Spool.open({
					files: await NodeSegmentFiles.open(join(dataDir, 'spool', name)),
					name,
					maxBytes: o.maxSignalSpoolBytes ?? 1024 ** 3,
					clock,
				});
				spools[name] = opened;
				closers.push(() => opened.close());
			}
			const both = new SignalStore({
				engine,
				spools,
				codec,
				settings,
				project: PROJECT.id,
				clock,
				log,
				faults,
			});
			both.start();
			closers.push(() => both.stop());
			signals = both;
		}
		const gatekeeper = await Gatekeeper.open(settings, new NodeSecretFiles(dataDir), clock);
		const app = await createHttpServer({
			ingest,
			store,
			spool,
			signals,
			recorder: new Recorder({
				clock,
				log,
				unpack: (body) => codec.snappyUncompress(body, MAX_UNCOMPRESSED),
			}),
			fold: createProfileFold(modules),
			inflate: zlibInflate,
			gatekeeper,
			clock,
			log,
			faults,
			webDir: existsSync(join(o.webDir, 'index.html')) ? o.webDir : null,
			listenHost: o.listen.host,
			hostNames: o.hostNames ?? [],
			version: version(),
			project: PROJECT,
		});
		closers.push(() => app.close());
		await app.listen({ host: o.listen.host, port: o.listen.port });
		const address = app.server.address();
		if (address === null || typeof address === 'string') throw new Error(`BUG: listening on ${address}`);
		const host = ['0.0.0.0', '::'].includes(o.listen.host) ? '127.0.0.1' : o.listen.host;
		return {
			url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
			port: address.port,
			signInToken: gatekeeper.signInToken,
			agentKeyFile: join(dataDir, KEY_FILE),
			close: closeAll,
		};
	} catch (e) {
		await closeAll().catch((error: unknown) => log.error('cannot close', { error: String(error) }));
		throw e;
	}
}

function version(): string {
	const file = new URL('../../package.json', import.meta.url);
	return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
