import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ChildProgram, startChild } from '../../hosts/node/commands/child-program.ts';
import { root } from '../product/product.ts';
import { storedSamples } from '../product/stored-samples.ts';
import { writeRequest } from '../product/write-request.ts';

// The server dies as by kill -9 while several writers send; each writer tries a batch again until it is acknowledged, as
// agents do. Afterwards every acknowledged sample is there with its value, once.

const ROUNDS = process.env.CODEXRAY_TEST_FULL ? 50 : 5;
const WRITERS = 4;
const SERIES = 5;
const METRIC = 'fault_test_total';

let dataDir: string;
let server: ChildProgram | undefined;

beforeEach(() => {
	dataDir = mkdtempSync(join(tmpdir(), 'codexray-faults-'));
});
afterEach(async () => {
	await server?.stop();
	rmSync(dataDir, { recursive: true, force: true });
});

/** Starts the server on the data of this test; it writes its head every half second. */
async function start(crash?: string): Promise<string> {
	server = await startChild({
		name: 'The server',
		command: process.execPath,
		args: [
			join(root, 'hosts/node/server-process.ts'),
			...['--listen', '127.0.0.1:0', '--data', dataDir, '--flush-interval', '500ms', '--no-engine'],
		],
		env: { ...process.env, CODEXRAY_LOG_LEVEL: 'error', ...(crash ? { CODEXRAY_TEST_CRASH: crash } : {}) },
	});
	return server.ready.url as string;
}

const key = () => readFileSync(join(dataDir, 'agent.key'), 'utf8').trim();

/** Sends numbered batches, one after the other, and knows which were acknowledged. */
class Writer {
	readonly name: string;
	/** All batches below are acknowledged. */
	acknowledged = 0;
	private readonly base = Date.now() - 600_000;

	constructor(name: string) {
		this.name = name;
	}

	/** Time of batch `sequence`: 100 ms apart. */
	timestamp(sequence: number): number {
		return this.base + sequence * 100;
	}

	/** Sends until the server is gone or `until` batches are acknowledged. */
	async send(url: string, until = Number.POSITIVE_INFINITY): Promise<void> {
		while (this.acknowledged < until) {
			const sequence = this.acknowledged;
			const body = writeRequest(
				Array.from({ length: SERIES }, (_, series) => ({
					labels: { __name__: METRIC, writer: this.name, series: String(series) },
					samples: [{ value: sequence * 10 + series, timestamp: this.timestamp(sequence) }],
				})),
			);
			let response: Response;
			try {
				response = await fetch(`${url}/api/v1/write`, {
					method: 'POST',
					headers: {
						'Content-Type': 'application/x-protobuf',
						'Content-Encoding': 'snappy',
						'X-Prometheus-Remote-Write-Version': '0.1.0',
						'X-API-Key': key(),
					},
					body,
				});
			} catch {
				// The server is dead: the batch was not acknowledged.
				return;
			}
			if (response.status !== 204) throw new Error(`${response.status}: ${await response.text()}`);
			this.acknowledged++;
		}
	}
}

/** Every acknowledged batch is stored once with its value; of the rest at most the one in flight is. */
async function expectStored(writers: Writer[]): Promise<void> {
	const stored = await storedSamples(dataDir, METRIC);
	expect(stored).toHaveLength(WRITERS * SERIES);
	for (const { labels, samples } of stored) {
		const writer = writers.find((each) => each.name === labels.writer)!;
		const series = Number(labels.series);
		const count = samples.length;
		expect(count, `samples of writer ${writer.name}`).toBeGreaterThanOrEqual(writer.acknowledged);
		expect(count).toBeLessThanOrEqual(writer.acknowledged + 1);
		expect(samples).toEqual(
			Array.from({ length: count }, (_, sequence) => [writer.timestamp(sequence), sequence * 10 + series]),
		);
	}
}

const newWriters = () => Array.from({ length: WRITERS }, (_, index) => new Writer(`w${index}`));

describe('kill -9 of the server loses and doubles nothing', () => {
	test.each([
		'after-reply:40',
		'before-release',
		'before-release:3',
		'during-chunk-write',
		'during-chunk-write:3',
	])('at %s', async (point) => {
		const writers = newWriters();
		let url = await start(point);
		await Promise.all(writers.map((writer) => writer.send(url)));
		expect(await server!.ended).toBe('signal SIGKILL');
		url = await start();
		await Promise.all(writers.map((writer) => writer.send(url, writer.acknowledged + 20)));
		await server!.stop();
		await expectStored(writers);
	});

	test(`at random, ${ROUNDS} rounds`, async () => {
		const writers = newWriters();
		for (let round = 0; round < ROUNDS; round++) {
			const url = await start();
			const { pid } = server!;
			setTimeout(() => process.kill(pid, 'SIGKILL'), 100 + Math.random() * 1_400);
			await Promise.all(writers.map((writer) => writer.send(url)));
			expect(await server!.ended).toBe('signal SIGKILL');
		}
		await start();
		await server!.stop();
		expect(Math.min(...writers.map((writer) => writer.acknowledged))).toBeGreaterThan(0);
		await expectStored(writers);
	}, 900_000);
});
