import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cases, chunkTableCases } from '../../../app/server/metrics/chunk-table.contract.ts';
import { DuckdbChunkTable } from './duckdb-chunk-table.ts';

export const cases: Cases = chunkTableCases(async () => {
	const folder = await mkdtemp(join(tmpdir(), 'chunks-'));
	return {
		open: () => DuckdbChunkTable.open(folder),
		dispose: () => rm(folder, { recursive: true, force: true }),
	};
});
