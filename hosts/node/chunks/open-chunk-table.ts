import { join } from 'node:path';
import type { Clock } from '../../../app/clock.ts';
import type { Logger } from '../../../app/logging/logger.ts';
import { chunkDatabaseOf } from '../../../app/server/clickhouse/chunks/chunk-schema.ts';
import { ClickhouseChunkTable } from '../../../app/server/clickhouse/chunks/clickhouse-chunk-table.ts';
import { ServerError } from '../../../app/server/errors.ts';
import type { ChunkTable, LostData } from '../../../app/server/metrics/chunk-table.ts';
import type { ClickhouseEngine } from '../clickhouse/clickhouse-engine.ts';
import type { EngineOff } from '../clickhouse/open-engine.ts';
import { DataLock } from '../data-lock.ts';

export type MetricsStore = 'duckdb' | 'clickhouse';

const FIRST_WAIT_MS = 100;
const LAST_WAIT_MS = 5_000;

export interface OpenChunkTableOptions {
	store: MetricsStore;
	dataDir: string;
	project: string;
	/** The engine of logs and traces, opened when it is first asked for. */
	engine(): Promise<ClickhouseEngine | EngineOff>;
	/** Told how to close what is opened, in the order of opening. */
	closing(close: () => Promise<void>): void;
	onLost(lost: LostData): void;
	clock: Clock;
	log: Logger;
	stopped?: AbortSignal;
}

interface Opened {
	table: ChunkTable;
	loaded: Awaited<ReturnType<ChunkTable['load']>>;
}

/** The chunk table of a server, loaded. Throws CXR_STORE_UNAVAILABLE, CXR_STORE_LOCKED, CXR_STORE_VERSION, CXR_ENGINE_SCHEMA. */
export async function openChunkTable(o: OpenChunkTableOptions): Promise<Opened> {
	if (o.store === 'clickhouse') {
		const lock = DataLock.take(o.dataDir);
		o.closing(() => lock.close());
		return openInClickhouse(o);
	}
	const { DuckdbChunkTable } = await import('./duckdb-chunk-table.ts').catch((e: unknown) => {
		throw new ServerError(
			'CXR_STORE_UNAVAILABLE',
			`DuckDB cannot be loaded: ${e instanceof Error ? e.message : String(e)}. On Deno it takes --allow-ffi; --metrics-store clickhouse does without it.`,
			{ cause: e },
		);
	});
	const table = await DuckdbChunkTable.open(join(o.dataDir, 'chunks'), { onLost: o.onLost });
	o.closing(() => table.close());
	return { table, loaded: await table.load() };
}

/** Waits for the engine as long as it takes: without it nobody knows what of the spool is stored. */
async function openInClickhouse(o: OpenChunkTableOptions): Promise<Opened> {
	const { clock, log, stopped } = o;
	const opened = await o.engine();
	if ('off' in opened) {
		throw new ServerError(
			'CXR_STORE_UNAVAILABLE',
			`--metrics-store clickhouse needs ClickHouse. ${opened.off}`,
		);
	}
	const engine = opened.another();
	o.closing(() => engine.close());
	let said = '';
	for (let wait = FIRST_WAIT_MS; ; wait = Math.min(2 * wait, LAST_WAIT_MS)) {
		try {
			const { onLost } = o;
			const table = await ClickhouseChunkTable.open(engine, chunkDatabaseOf(o.project), { onLost, log });
			const loaded = await table.load();
			o.closing(() => table.close());
			return { table, loaded };
		} catch (e) {
			if (stopped?.aborted || !(e instanceof ServerError && e.code === 'CXR_ENGINE_AWAY')) throw e;
			if (e.message !== said)
				log.info('the start waits for ClickHouse, which has the metrics', { reason: e.message });
			said = e.message;
			await clock.sleep(wait, stopped);
		}
	}
}
