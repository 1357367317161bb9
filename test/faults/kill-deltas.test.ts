import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { restoreDeltaState } from '../../app/server/ingest/delta-state.ts';
import { DeltaStreams } from '../../app/server/ingest/delta-streams.ts';
import { createCodec } from '../../core-as/facade/index.ts';
import { type Metric, otlpMetricBody } from '../../core-as/testing/otlp-metric-body.ts';
import type { ChildProgram } from '../../hosts/node/commands/child-program.ts';
import { loadCoreModules } from '../../hosts/node/wasm/core-modules.ts';
import { KILL_ROUNDS, killAtRandom, startServer } from '../product/killed-server.ts';
import { root } from '../product/product.ts';
import { storedSamples } from '../product/stored-samples.ts';

// The server dies as by kill -9 while programs send deltas, numbers and histograms; each delta is sent again until it is acknowledged.
// Afterwards every sum is what was counted, sample by sample: nothing doubled, nothing lost, although the server keeps the sums in memory
// and releases its spool twice a second.

const WRITERS = 4;

let dataDir: string;
let server: ChildProgram | undefined;

beforeEach(() => {
	dataDir = mkdtempSync(join(tmpdir(), 'codexray-deltas-'));
});
afterEach(async () => {
	await server?.stop();
	rmSync(dataDir, { recursive: true, force: true });
});

async function start(crash?: string): Promise<ChildProgram> {
	server = await startServer(dataDir, crash);
	return server;
}

const urlOf = ({ ready }: ChildProgram) => ready.url as string;

/** Sends numbered deltas, one after the other. */
class Writer {
	readonly name: string;
	/** All deltas below are acknowledged. */
	acknowledged = 0;
	private readonly base = Date.now() - 600_000;

	constructor(name: string) {
		this.name = name;
	}

	/** End of delta `sequence`; each begins where the one before it ended. */
	time(sequence: number): number {
		return this.base + sequence * 100;
	}

	value(sequence: number): number {
		return (sequence % 7) + 1;
	}

	/** Of all up to delta `sequence`. */
	sum(sequence: number): number {
		let sum = 0;
		for (let i = 0; i <= sequence; i++) sum += this.value(i);
		return sum;
	}

	/** Sends until the server is gone or `until` deltas are acknowledged. */
	async send(url: string, until = Number.POSITIVE_INFINITY): Promise<void> {
		while (this.acknowledged < until) {
			let response: Response;
			try {
				response = await fetch(`${url}/v1/metrics`, {
					method: 'POST',
					headers: {
						'Content-Type': 'application/x-protobuf',
						'X-API-Key': readFileSync(join(dataDir, 'agent.key'), 'utf8').trim(),
					},
					body: this.body(this.acknowledged) as Uint8Array<ArrayBuffer>,
				});
			} catch {
				// The server is dead: the delta was not acknowledged.
				return;
			}
			if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
			this.acknowledged++;
		}
	}

	private body(sequence: number): Uint8Array {
		const value = this.value(sequence);
		const nanos = (ms: number) => BigInt(ms) * 1_000_000n;
		const times = { attributes: [], start: nanos(this.time(sequence - 1)), time: nanos(this.time(sequence)) };
		const delta = { help: '', unit: '', temporality: 1 };
		const metrics: Metric[] = [
			{
				...{ ...delta, name: 'delta', kind: 'sum', monotonic: true },
				points: [{ ...times, value }],
			},
			{
				...{ ...delta, name: 'explicit', kind: 'histogram' },
				points: [
					{ ...times, count: BigInt(value), sum: value, bucketCounts: [BigInt(value), 0n], bounds: [1] },
				],
			},
			{
				...{ ...delta, name: 'exponential', kind: 'exponentialHistogram' },
				points: [
					{
						...{ ...times, count: BigInt(value), sum: value, scale: 3, zeroCount: 0n },
						positive: { offset: sequence % 20, counts: [BigInt(value)] },
					},
				],
			},
		];
		const scopes = [{ name: '', version: '', schema: '', attributes: [], metrics }];
		return otlpMetricBody([{ attributes: [['service.name', this.name]], scopes }]);
	}
}

const newWriters = () => Array.from({ length: WRITERS }, (_, index) => new Writer(`w${index}`));

/** The server has stopped, and nothing is in flight. */
async function expectSums(writers: Writer[]): Promise<void> {
	for (const metric of ['delta_total', 'explicit_count', 'explicit_sum']) {
		const stored = await storedSamples(dataDir, metric);
		expect(stored).toHaveLength(WRITERS);
		for (const { labels, samples } of stored) {
			const writer = writers.find((each) => each.name === labels.job)!;
			let sum = 0;
			expect(samples, `${metric} of ${writer.name}`).toEqual([
				[writer.time(-1) + 1, 0],
				...Array.from({ length: writer.acknowledged }, (_, sequence) => {
					sum += writer.value(sequence);
					return [writer.time(sequence), sum];
				}),
			]);
		}
	}
	const streams = new DeltaStreams();
	const state = readFileSync(join(dataDir, 'spool', 'metrics', 'deltas'));
	restoreDeltaState(streams, state, createCodec(await loadCoreModules(join(root, 'build/core'))));
	const { counts, sums, bucketCounts } = streams.snapshot().histograms!;
	const wanted = writers.map((writer) => writer.sum(writer.acknowledged - 1)).sort((a, b) => a - b);
	expect([...counts].sort((a, b) => a - b)).toEqual(wanted);
	expect([...sums].sort((a, b) => a - b)).toEqual(wanted);
	expect(bucketCounts.reduce((a, b) => a + b)).toBe(wanted.reduce((a, b) => a + b));
}

describe('kill -9 of the server: sums of deltas are exact', () => {
	test.each(['after-reply:40', 'before-release:2', 'deltas-saved', 'deltas-saved:3', 'during-chunk-write:2'])(
		'at %s',
		async (point) => {
			const writers = newWriters();
			let url = urlOf(await start(point));
			await Promise.all(writers.map((writer) => writer.send(url)));
			expect(await server!.ended).toBe('signal SIGKILL');
			url = urlOf(await start());
			await Promise.all(writers.map((writer) => writer.send(url, writer.acknowledged + 20)));
			await server!.stop();
			await expectSums(writers);
		},
	);

	test(`at random, ${KILL_ROUNDS} rounds`, async () => {
		const writers = newWriters();
		await killAtRandom(start, (server) => Promise.all(writers.map((writer) => writer.send(urlOf(server)))));
		const url = urlOf(await start());
		await Promise.all(writers.map((writer) => writer.send(url, writer.acknowledged + 1)));
		await server!.stop();
		await expectSums(writers);
	}, 900_000);
});
