import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '../../../app/logging/logger.ts';
import { ClickhouseChunkTable } from '../../../app/server/clickhouse/chunks/clickhouse-chunk-table.ts';
import { type Cases, chunkTableCases } from '../../../app/server/metrics/chunk-table.contract.ts';
import { ClickhouseEngine } from './clickhouse-engine.ts';
import { EmbeddedEngine } from './embedded-engine.ts';
import { pinnedNode } from './open-engine.ts';

const WAIT_MS = 20;
/** A minute. */
const MAX_WAITS = 3_000;

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
	const embedded = new EmbeddedEngine({ dataDir, node: pinnedNode(), log: silentLogger });
	const engine = await ClickhouseEngine.open(embedded);
	for (let waits = 0; embedded.address === null; waits++) {
		if (waits === MAX_WAITS) throw new Error(`No engine: ${embedded.reason}`);
		await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
	}
	return { engine, dataDir };
}
