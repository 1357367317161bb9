import { expect, it } from 'vitest';
import { createCodec } from '../../../core-as/facade/index.ts';
import { builtModules } from '../../../core-as/testing/modules.ts';
import { MemorySegmentFiles } from '../../delivery/memory-segment-files.ts';
import { Spool } from '../../delivery/spool.ts';
import { renderExposition } from '../../exposition/exposition.ts';
import { silentLogger } from '../../logging/logger.ts';
import { decodeMetricBlock } from '../ingest/metric-block.ts';
import { MetricIngest } from '../ingest/metric-ingest.ts';
import type { StageStats } from '../stage.ts';
import { SelfMetrics } from './self-metrics.ts';
import { SelfScrape } from './self-scrape.ts';

const codec = createCodec(await builtModules());
const decoder = new TextDecoder();

/** A stage whose numbers the test moves, and a clock that stands until it is moved. */
async function setUp() {
	const stage: StageStats = { received: 7, sent: 5, dropped: { 'no-name': 2 }, errors: 1, fill: 0.25 };
	let now = Date.UTC(2026, 10, 28, 12, 0, 7);
	const sleeps: { ms: number; wake(): void }[] = [];
	const clock = {
		now: () => now,
		sleep: (ms: number, signal?: AbortSignal) =>
			new Promise<void>((resolve) => {
				sleeps.push({ ms, wake: resolve });
				signal?.addEventListener('abort', () => resolve());
			}),
	};
	const spool = await Spool.open({ files: new MemorySegmentFiles(), name: 't', maxBytes: 1 << 20, clock });
	const metrics = new SelfMetrics({
		version: '1.2.3',
		startedAt: 1_000,
		stages: () => ({ ingest: stage }),
		gauges: () => ({ series: { help: 'Series in the index.', value: 3 } }),
		usage: () => ({ cpuSeconds: 1.5, residentBytes: 4096 }),
	});
	const scrape = new SelfScrape({
		metrics,
		ingest: new MetricIngest({ codec, spool, clock }),
		codec,
		clock,
		log: silentLogger,
		instance: '127.0.0.1:8080',
	});
	/** Everything in the spool: `name{labels}` and its samples. */
	const stored = async () => {
		const found: Record<string, [time: number, value: number][]> = {};
		for (const { payload } of await spool.read(spool.head(), 1 << 20)) {
			const block = decodeMetricBlock(payload, codec);
			let byte = 0;
			let label = 0;
			block.sampleEnds.forEach((end, i) => {
				const labels: Record<string, string> = {};
				for (; label < block.labelEnds[i]!; label++) {
					const [name = '', value = ''] = [0, 1].map((half) => {
						byte += block.labelLengths[2 * label + half]!;
						return decoder.decode(
							block.labelBytes.subarray(byte - block.labelLengths[2 * label + half]!, byte),
						);
					});
					labels[name] = value;
				}
				const { __name__: name, instance, job, ...rest } = labels;
				expect([instance, job]).toEqual(['127.0.0.1:8080', 'codexray-server']);
				const key = name + JSON.stringify(rest);
				found[key] ??= [];
				for (let s = i === 0 ? 0 : block.sampleEnds[i - 1]!; s < end; s++)
					found[key].push([block.timestamps[s]!, block.values[s]!]);
			});
		}
		return found;
	};
	const move = (ms: number) => {
		now += ms;
	};
	return { stage, metrics, scrape, sleeps, stored, move, now: () => now };
}

it('stores the five numbers of each stage under the time at which they were taken', async () => {
	const { scrape, stored, now, stage, move } = await setUp();
	const first = now();
	await scrape.store();
	stage.received = 11;
	move(15_000);
	await scrape.store();
	const found = await stored();
	// A counter begins at 0, so that an increase sees what it has at its first sample.
	expect(found['codexray_server_received_total{"stage":"ingest"}']).toEqual([
		[first - 1, 0],
		[first, 7],
		[first + 15_000, 11],
	]);
	expect(found['codexray_server_dropped_total{"reason":"no-name","stage":"ingest"}']?.at(-1)?.[1]).toBe(2);
	expect(found['codexray_server_fill_ratio{"stage":"ingest"}']).toEqual([
		[first, 0.25],
		[first + 15_000, 0.25],
	]);
	for (const name of ['sent_total', 'errors_total'])
		expect(found[`codexray_server_${name}{"stage":"ingest"}`]).toHaveLength(3);
	expect(found['up{}']?.map(([, value]) => value)).toEqual([1, 1]);
	expect(found['process_resident_memory_bytes{}']?.[0]?.[1]).toBe(4096);
});

it('comes at the multiples of 15 s, until it is stopped', async () => {
	const { scrape, sleeps, stored, move } = await setUp();
	const running = scrape.run();
	expect(sleeps.map(({ ms }) => ms)).toEqual([8_000]);
	move(8_000);
	sleeps[0]!.wake();
	await expect.poll(() => sleeps.length).toBe(2);
	expect(sleeps[1]!.ms).toBe(15_000);
	expect((await stored())['up{}']).toHaveLength(1);
	scrape.stop();
	await running;
	expect((await stored())['up{}']).toHaveLength(1);
});

it('is what /metrics shows', async () => {
	const { metrics } = await setUp();
	expect(renderExposition(metrics.take(0))).toBe(`# HELP codexray_server_build_info Version of the server.
# TYPE codexray_server_build_info gauge
codexray_server_build_info{version="1.2.3"} 1
# HELP codexray_server_dropped_total Items that a stage dropped, by reason.
# TYPE codexray_server_dropped_total counter
codexray_server_dropped_total{reason="no-name",stage="ingest"} 2
# HELP codexray_server_errors_total Failures of a stage.
# TYPE codexray_server_errors_total counter
codexray_server_errors_total{stage="ingest"} 1
# HELP codexray_server_fill_ratio How full a stage is of its bound.
# TYPE codexray_server_fill_ratio gauge
codexray_server_fill_ratio{stage="ingest"} 0.25
# HELP codexray_server_received_total Items that came into a stage.
# TYPE codexray_server_received_total counter
codexray_server_received_total{stage="ingest"} 7
# HELP codexray_server_sent_total Items that a stage handed on.
# TYPE codexray_server_sent_total counter
codexray_server_sent_total{stage="ingest"} 5
# HELP codexray_server_series Series in the index.
# TYPE codexray_server_series gauge
codexray_server_series 3
# HELP process_cpu_seconds_total User and system CPU time of the server.
# TYPE process_cpu_seconds_total counter
process_cpu_seconds_total 1.5
# HELP process_resident_memory_bytes Resident memory of the server.
# TYPE process_resident_memory_bytes gauge
process_resident_memory_bytes 4096
# HELP process_start_time_seconds Start of the server, seconds since the epoch.
# TYPE process_start_time_seconds gauge
process_start_time_seconds 1
`);
});
