import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '../app/logging/logger.ts';
import { createCodec } from '../core-as/facade/index.ts';
import { builtModules } from '../core-as/testing/modules.ts';
import { ClickhouseEngine } from '../hosts/node/clickhouse/clickhouse-engine.ts';
import { EmbeddedEngine } from '../hosts/node/clickhouse/embedded-engine.ts';
import { pinnedNode } from '../hosts/node/clickhouse/open-engine.ts';
import { until } from '../test/product/waiting.ts';
import { type Results, report } from './report.ts';
import { type Stored, storeBodies } from './signals/compression.ts';
import { aptLog, nginxLog, nodeLog, postgresLog } from './signals/log-corpora.ts';
import { exportLogs } from './signals/log-export.ts';
import { ANY_TIME, measureRowRates } from './signals/row-rates.ts';
import { measureServerStart } from './signals/server-start.ts';
import { nodeSpans } from './signals/span-corpus.ts';

// Logs and spans of real programs: how fast bodies become rows, how small the engine keeps them, how the server starts.

const LINES = Number(process.env.CODEXRAY_BENCH_LINES ?? 1_000_000);
const SPANS = Number(process.env.CODEXRAY_BENCH_SPANS ?? 200_000);

const dir = mkdtempSync(join(tmpdir(), 'codexray-bench-'));
const modules = await builtModules();
const codec = createCodec(modules);
const results: Results = {};
const notes: string[] = [];
let engine: ClickhouseEngine | undefined;
try {
	const start = await measureServerStart(dir);
	results.start = {
		ours: `${start.seconds.toFixed(2)} s; ${start.mebibytes.toFixed(0)} MiB`,
		ok: start.seconds <= 2 && start.mebibytes <= 250,
	};
	const share = Math.ceil(LINES / 3);
	const sources = [await nginxLog(dir, share), await postgresLog(dir, share), await nodeLog(share)];
	const missing = LINES - sources.reduce((sum, { ends }) => sum + ends.length, 0);
	if (missing > 0) sources.push(await aptLog(missing));
	const lines = sources.reduce((sum, { ends }) => sum + ends.length, 0);
	notes.push(`lines: ${sources.map(({ service, ends }) => `${service} ${ends.length}`).join(', ')}`);
	const logs = exportLogs(sources);
	const spans = await nodeSpans(SPANS, (body) => codec.decodeSpans(body, ANY_TIME).count);
	notes.push(`${spans.spans} spans of the OpenTelemetry SDK for Node`);

	const logRate = measureRowRates(modules, 'logs', logs);
	const spanRate = measureRowRates(modules, 'traces', spans.bodies);
	const thousands = (rate: number) => `${(rate / 1000).toFixed(0)} k`;
	results.logs = {
		ours: `${thousands(logRate.ours)} rows/s`,
		rival: `protobufjs and JS encoder ${thousands(logRate.plain)} rows/s`,
		ratio: `${(logRate.ours / logRate.plain).toFixed(2)}x`,
		ok: logRate.ours >= 100_000,
	};
	notes.push(
		`spans from OTLP body to RowBinary block ${thousands(spanRate.ours)}/s, protobufjs and JS encoder ${thousands(spanRate.plain)}/s (${(spanRate.ours / spanRate.plain).toFixed(2)}x)`,
	);

	const embedded = new EmbeddedEngine({ dataDir: dir, node: pinnedNode(), log: silentLogger });
	engine = await ClickhouseEngine.open(embedded);
	await until(
		() => embedded.address ?? undefined,
		() => `the engine does not start: ${embedded.reason}`,
	);
	const storedLogs = await storeBodies(engine, codec, 'logs', logs);
	const storedSpans = await storeBodies(engine, codec, 'traces', spans.bodies);
	const ratio = (it: Stored) => it.uncompressed / it.compressed;
	const enough = lines >= LINES && spans.spans >= SPANS && LINES >= 1_000_000 && SPANS >= 200_000;
	results.compression = {
		ours: `logs ${ratio(storedLogs).toFixed(1)}x, spans ${ratio(storedSpans).toFixed(1)}x`,
		ok: enough && ratio(storedLogs) >= 10 && ratio(storedSpans) >= 10,
	};
	for (const [name, it] of [
		['logs', storedLogs],
		['spans', storedSpans],
	] as const) {
		const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
		notes.push(
			`${name}: ${it.rows} rows, columns ${mib(it.uncompressed)} in ${mib(it.compressed)}, indexes ${mib(it.index)}, on disk ${mib(it.disk)}, OTLP bodies over disk ${(it.bodies / it.disk).toFixed(1)}x, inserted at ${thousands(it.rows / it.seconds)} rows/s`,
		);
	}
	if (!enough) notes.push(`the corpus is smaller than the row wants: ${lines} lines, ${spans.spans} spans`);
} finally {
	await engine?.close();
	rmSync(dir, { recursive: true, force: true });
}
process.exit(report('signals', results, notes, process.argv.includes('--write')));
