import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClickhouseChunkTable } from '../../../app/server/clickhouse/chunks/clickhouse-chunk-table.ts';
import { type Cases, chunkTableCases } from '../../../app/server/metrics/chunk-table.contract.ts';
import type { ClickhouseEngine } from './clickhouse-engine.ts';
import { startEngine } from './testing/started-engine.ts';

interface Shared {
	engine: ClickhouseEngine;
	dataDir: string;
}

/** One engine for all cases, started by the first of them. */
let shared: Promise<Shared> | null = null;
let databases = 0;

export const cases: Cases = chunkTableCases(async () => {
	shared ??= start();
	const { engine } = await shared;
	const database = `chunks_${++databases}`;
	return {
		open: () => ClickhouseChunkTable.open(engine, database),
		dispose: () => engine.command(`DROP DATABASE IF EXISTS ${database} SYNC`),
	};
});

export async function close(): Promise<void> {
	if (!shared) return;
	const { engine, dataDir } = await shared;
	shared = null;
	await engine.close();
	await rm(dataDir, { recursive: true, force: true });
}

async function start(): Promise<Shared> {
	const dataDir = await mkdtemp(join(tmpdir(), 'codexray-chunks-'));
	return { ...(await startEngine(dataDir)), dataDir };
}
