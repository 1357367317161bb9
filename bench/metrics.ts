import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCodec } from '../core-as/facade/index.ts';
import { builtModules } from '../core-as/testing/modules.ts';
import { Random } from '../core-as/testing/random.ts';
import { buildGoServer } from '../test/databases/go-servers.ts';
import { hasGo } from '../test/senders/senders.ts';
import { type BenchSeries, podSeries } from './metrics/bench-series.ts';
import { Corpus, type CorpusShape } from './metrics/corpus.ts';
import { ingest } from './metrics/ingestion.ts';
import { measureMatrix } from './metrics/matrix.ts';
import {
	type MetricServer,
	residentMebibytes,
	startOurs,
	startPrometheus,
	startVictoriaMetrics,
} from './metrics/metric-server.ts';
import { benchQueries, timeQueries } from './metrics/range-queries.ts';
import { type Results, report } from './report.ts';
import { Programs } from './signals/programs.ts';

// The same bodies to our server, Prometheus and VictoriaMetrics, with their default settings but for the retention, and the
// same questions to each. CODEXRAY_BENCH_SCALE makes everything smaller.

const SCALE = Number(process.env.CODEXRAY_BENCH_SCALE ?? 1);
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const MONTH_METRIC = 'room_temperature_celsius';

const scaled = (n: number) => Math.max(1, Math.round(n * SCALE));
const dir = mkdtempSync(join(tmpdir(), 'codexray-bench-'));
const programs = new Programs();
const codec = createCodec(await builtModules());
const results: Results = {};
const notes: string[] = [];
const corpora: Corpus[] = [];
const now = Math.floor(Date.now() / HOUR) * HOUR;

type Start = (folder: string) => Promise<MetricServer>;
const starts: Start[] = [startOurs];
const prometheus = hasGo ? await buildGoServer('prometheus') : undefined;
if (prometheus) starts.push((folder) => startPrometheus(programs, prometheus, folder));
const victoria = hasGo ? await buildGoServer('victoria-metrics') : undefined;
if (victoria) starts.push((folder) => startVictoriaMetrics(programs, victoria, folder));
const rivals = prometheus && victoria ? '' : ' (skipped: no Go)';

function corpus(name: string, series: BenchSeries[], shape: CorpusShape): Corpus {
	const made = Corpus.write(join(dir, name), codec, series, shape);
	corpora.push(made);
	return made;
}

/** Starts every server in a folder of its own. */
async function started(name: string): Promise<MetricServer[]> {
	const out: MetricServer[] = [];
	for (const [i, start] of starts.entries()) out.push(await start(join(dir, `${name}-${i}`)));
	return out;
}

const figures = <T>(servers: MetricServer[], all: T[], text: (one: T) => string) =>
	servers.map(({ name }, i) => `${name} ${text(all[i]!)}`);

function monthSeries(count: number): BenchSeries[] {
	const random = new Random(11);
	return Array.from({ length: count }, (_, i) => {
		let tenths = 150 + random.below(100);
		const next = () => {
			tenths += random.below(5) - 2;
			return tenths / 10;
		};
		return {
			labels: [
				['__name__', MONTH_METRIC],
				['job', 'rooms'],
				['series', `${i}`],
			],
			next,
		};
	});
}

/** 100 000 active series, one sample of each in a round as scrapers send them, then 10 at a time. */
async function ingestionAndMemory(): Promise<void> {
	const rounds = 20;
	const series = podSeries(scaled(100_000));
	const shape = { interval: 15 * SECOND, seriesPerBody: 2_000 };
	const single = corpus('single', series, {
		...shape,
		start: now - HOUR,
		samples: rounds,
		samplesPerBody: 1,
	});
	const tens = corpus('tens', series, {
		...shape,
		start: now - HOUR / 2,
		samples: 60,
		samplesPerBody: 10,
		seriesPerBody: 1_000,
	});
	const servers = await started('active');
	const one = [];
	const ten = [];
	const memory = [];
	for (const server of servers) {
		one.push(await ingest(server, single));
		ten.push(await ingest(server, tens));
		memory.push(residentMebibytes(server.pid));
	}
	for (const server of servers) await server.stop();
	const cpu = figures(servers, one, ({ cpuPerMillion }) => `${cpuPerMillion.toFixed(2)} s`);
	const perCore = ten.map(({ cpuPerMillion }) => 1 / cpuPerMillion);
	results.ingestion = {
		ours: `${one[0]!.cpuPerMillion.toFixed(2)} s; ${perCore[0]!.toFixed(2)} M/s per core`,
		rival:
			figures(servers, one, (it) => `${it.cpuPerMillion.toFixed(2)} s`)
				.slice(1)
				.map((cell, i) => `${cell}, ${perCore[i + 1]!.toFixed(2)} M/s`)
				.join('; ') + rivals,
		...(one[1] && { ratio: `${(one[1].cpuPerMillion / one[0]!.cpuPerMillion).toFixed(2)}x` }),
		ok: perCore[0]! >= 1 && one[1] !== undefined && one[0]!.cpuPerMillion <= one[1].cpuPerMillion,
	};
	notes.push(`CPU per million samples at one sample a series: ${cpu.join(', ')}`);
	notes.push(
		`acknowledged at ${figures(servers, ten, ({ rate }) => `${(rate / 1e6).toFixed(2)} M/s`).join(', ')}`,
	);
	results.memory = {
		ours: `${memory[0]!.toFixed(0)} MiB`,
		rival:
			figures(servers, memory, (it) => `${it.toFixed(0)} MiB`)
				.slice(1)
				.join('; ') + rivals,
		...(memory[1] && { ratio: `${(memory[0]! / memory[1]).toFixed(2)}x` }),
		ok: memory[1] !== undefined && memory[0]! <= memory[1],
	};
}

/** A month of 1 000 series and a day of 10 000: the questions, and what they weigh on disk. */
async function queriesAndDisk(): Promise<void> {
	const month = corpus('month', monthSeries(scaled(1_000)), {
		start: now - 30 * 24 * HOUR,
		interval: MINUTE,
		samples: 30 * 24 * 60,
		// Prometheus takes nothing that is an hour older than its newest sample.
		samplesPerBody: 30,
		seriesPerBody: 1_000,
	});
	const day = corpus('day', podSeries(scaled(10_000)), {
		start: now - 24 * HOUR,
		interval: 15 * SECOND,
		samples: 24 * 240,
		samplesPerBody: 20,
		seriesPerBody: 1_000,
	});
	const samples = month.samples + day.samples;
	const servers = await started('stored');
	for (const server of servers) await ingest(server, month, day);
	const times = await timeQueries(servers, benchQueries(now / SECOND, MONTH_METRIC));
	const geometric = (rival: string) =>
		Math.exp(
			times.reduce((sum, { millis }) => sum + Math.log(millis[rival]! / millis.ours!), 0) / times.length,
		);
	const against = servers.slice(1).map(({ name }) => `${geometric(name).toFixed(2)}x ${name}`);
	results.queries = {
		ours: `${times.map(({ millis }) => millis.ours!.toFixed(0)).join(', ')} ms`,
		rival:
			servers
				.slice(1)
				.map(({ name }) => `${name} ${times.map(({ millis }) => millis[name]!.toFixed(0)).join(', ')} ms`)
				.join('; ') + rivals,
		...(against.length > 0 && { ratio: against.join('; ') }),
		ok: prometheus !== undefined && geometric('Prometheus') >= 1,
	};
	notes.push(`queries: ${times.map(({ name }) => name).join('; ')}`);
	const bytes: number[] = [];
	for (const server of servers) bytes.push((await server.settledBytes()) / samples);
	results.disk = {
		ours: `${bytes[0]!.toFixed(2)} B`,
		rival:
			figures(servers, bytes, (it) => `${it.toFixed(2)} B`)
				.slice(1)
				.join('; ') + rivals,
		ok: bytes[0]! <= 1.5,
	};
	notes.push(`${(samples / 1e6).toFixed(0)} M samples on disk`);
	for (const server of servers) await server.stop();
}

try {
	results.matrix = await measureMatrix(join(dir, 'matrix'));
	await ingestionAndMemory();
	await queriesAndDisk();
	if (SCALE !== 1) notes.push(`scale ${SCALE}`);
} finally {
	await programs.stop();
	for (const it of corpora) it.close();
	rmSync(dir, { recursive: true, force: true });
}
process.exit(report('metrics', results, notes, process.argv.includes('--write')));
