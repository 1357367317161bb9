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
import { DeltaIntake } from '../../app/server/ingest/delta-intake.ts';
import { MetricIngest } from '../../app/server/ingest/metric-ingest.ts';
import { ChunkStore } from '../../app/server/metrics/chunk-store.ts';
import { DEFAULT_RETENTION_MS } from '../../app/server/metrics/retention.ts';
import { HEAD_BYTES } from '../../app/server/metrics/sample-head.ts';
import { MetricSource } from '../../app/server/prometheus-source/metric-source.ts';
import { Recorder } from '../../app/server/recording/recorder.ts';
import type { ProcessUsage } from '../../app/server/self/self-metrics.ts';
import { createChunkCodec, createCodec, createHead, createProfileFold } from '../../core-as/facade/index.ts';
import { type MetricsStore, openChunkTable } from './chunks/open-chunk-table.ts';
import type { ClickhouseEngine } from './clickhouse/clickhouse-engine.ts';
import { type EngineOff, openEngine } from './clickhouse/open-engine.ts';
import { crashPoints } from './crash-points.ts';
import { zlibInflate } from './inflate/zlib-inflate.ts';
import type { MetricSourceOptions } from './metric-source-options.ts';
import { NodeSegmentFiles } from './segments/node-segment-files.ts';
import { NodeStateFile } from './segments/node-state-file.ts';
import { NodeSecretFiles } from './settings-store/node-secret-files.ts';
import { SqliteSettingsStore } from './settings-store/sqlite-settings-store.ts';
import { nodeSourceHttp } from './source-http.ts';
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
	/** Where samples are kept; default DuckDB. */
	metricsStore?: MetricsStore;
	/** How long samples are kept; null: for ever. Default 15 days. */
	metricsRetentionMs?: number | null;
	/** Bound of the chunk store; default null: none. */
	metricsMaxBytes?: number | null;
	/** Series of metrics that are kept; default 1 million. */
	maxSeries?: number;
	/** Bound of the metric spool; default 1 GiB. */
	maxSpoolBytes?: number;
	/** ClickHouse elsewhere; none: the embedded one, unless it is switched off. */
	clickhouseUrl?: string;
	noEngine?: boolean;
	/** Where metrics are copied from; none: they are pushed here. */
	metricSource?: MetricSourceOptions;
	/** Ends a start that waits for ClickHouse. */
	stopped?: AbortSignal;
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
		let noteLost: ChunkStore['noteLost'] | undefined;
		let engine: ClickhouseEngine | EngineOff | undefined;
		const withEngine = async () => {
			if (engine) return engine;
			const opened = await openEngine({
				dataDir,
				log,
				...(o.clickhouseUrl ? { url: o.clickhouseUrl } : {}),
				...(o.noEngine ? { off: true } : {}),
			});
			if (!('off' in opened)) closers.push(() => opened.close());
			engine = opened;
			return opened;
		};
		// Before the spools: it tells whether another server has them open.
		const { table, loaded } = await openChunkTable({
			store: o.metricsStore ?? 'duckdb',
			dataDir,
			project: PROJECT.id,
			engine: withEngine,
			closing: (close) => closers.push(close),
			// What is found before there is a store is in what is loaded.
			onLost: (lost) => noteLost?.(lost),
			clock,
			log,
			...(o.stopped ? { stopped: o.stopped } : {}),
		});
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
		const { metricsRetentionMs: retentionMs = DEFAULT_RETENTION_MS } = o;
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
			...(o.maxSeries === undefined ? {} : { maxSeries: o.maxSeries }),
			...(o.flushIntervalMs === undefined ? {} : { flushIntervalMs: o.flushIntervalMs }),
			retentionMs,
			maxBytes: o.metricsMaxBytes ?? null,
		});
		const deltas = new DeltaIntake({
			codec,
			file: new NodeStateFile(join(dataDir, 'spool', 'metrics', 'deltas')),
			log,
		});
		await deltas.open();
		spool.beforeRelease(async () => {
			await deltas.save();
			faults.reach('deltas-saved');
		});
		const ingest = new MetricIngest({ codec, spool, clock, deltas, retentionMs });
		noteLost = (lost) => store.noteLost(lost);
		await store.start((record) => ingest.recover(record));
		closers.push(() => store.close());
		const settings = new SqliteSettingsStore(join(dataDir, 'settings.sqlite'));
		closers.push(() => settings.close());
		let source: MetricSource | null = null;
		if (o.metricSource) {
			const forward = await Spool.open({
				files: await NodeSegmentFiles.open(join(dataDir, 'spool', 'forward')),
				name: 'forward',
				maxBytes: o.maxSpoolBytes ?? 1024 ** 3,
				clock,
			});
			closers.push(() => forward.close());
			const { http, close } = nodeSourceHttp(o.metricSource.tls);
			closers.push(async () => close());
			const opened = new MetricSource({
				settings: o.metricSource.settings,
				http,
				codec,
				spools: { metrics: spool, forward },
				state: settings,
				project: PROJECT.id,
				retentionMs,
				store,
				clock,
				random: Math.random,
				log,
			});
			await opened.start();
			closers.push(() => opened.stop());
			source = opened;
		}
		const found = await withEngine();
		let signals: Signals;
		if ('off' in found) {
			log.warn('logs, traces and profiles are off', { reason: found.off });
			signals = signalsOff(found.off, { missing: found.missing, command: found.command });
		} else {
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
				// It lets go of its engine first, and the chunk store may need it after that.
				engine: found.another(),
				hasMetrics: o.metricsStore === 'clickhouse',
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
			ingest: source?.pushed ?? ingest,
			ownIngest: source?.own ?? new MetricIngest({ codec, spool, clock }),
			source,
			store,
			spool,
			codec,
			usage: processUsage,
			signals,
			recorder: new Recorder({ clock, log, redactSql: (statement) => codec.redactSql(statement) }),
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

function processUsage(): ProcessUsage {
	const { user, system } = process.cpuUsage();
	return { cpuSeconds: (user + system) / 1e6, residentBytes: process.memoryUsage.rss() };
}
