import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { attribute, bytesOf, otlpBody } from '../../core-as/testing/otlp-body.ts';
import { pprofBody } from '../../core-as/testing/pprof-body.ts';
import type { ProfileFlame } from '../../web/src/api/profile-types.ts';
import { deathOf } from '../product/killed-server.ts';
import { type LogAnswer, nanos, SignalServer } from '../product/signal-server.ts';
import { until } from '../product/waiting.ts';

// The server dies as by kill -9 at named points between spool and engine, again and again over the same data, while
// logs, spans and profiles come in. Afterwards every acknowledged one is there, and none twice.

/** Which of the batches it dies at, start by start: those of all signals are counted together. */
const DEATHS = process.env.CODEXRAY_TEST_FULL ? [1, 2, 3, 4, 5, 6, 1, 2, 3] : [1, 2, 4];
const SERVICE = 'numbered';
const PROFILE_TYPE = 'test:samples:count';
const TRACE = 'ab'.repeat(16);
const PAUSE_MS = 25;
const HOUR_MS = 3_600_000;

let dataDir: string;
let server: SignalServer;
beforeEach(() => {
	dataDir = mkdtempSync(join(tmpdir(), 'codexray-inserter-'));
});
afterEach(async () => {
	await server?.stop();
	rmSync(dataDir, { recursive: true, force: true });
});

/** Sends requests of one record each, with numbers that never come again, and knows what became of them. */
abstract class Sender {
	protected readonly base = Date.now();
	readonly acknowledged: number[] = [];
	/** In flight when the server died. */
	readonly unsure: number[] = [];
	#next = 0;

	protected abstract readonly path: string;
	protected abstract body(n: number): Uint8Array;
	/** Numbers of what is stored, each as often as it is. */
	abstract stored(): Promise<number[]>;

	protected get range(): string {
		return `from=${this.base - HOUR_MS}&to=${this.base + HOUR_MS}`;
	}

	/** False when the server did not answer. */
	async sendOne(): Promise<boolean> {
		const n = this.#next++;
		try {
			const answer = await server.post(this.path, 'application/x-protobuf', this.body(n));
			await answer.arrayBuffer();
			if (answer.status === 200) this.acknowledged.push(n);
			else throw new Error(`${this.path}: ${answer.status}`);
			return true;
		} catch (error) {
			if (!(error instanceof TypeError)) throw error;
			this.unsure.push(n);
			return false;
		}
	}

	async sendUntilDeath(): Promise<void> {
		while (await this.sendOne()) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
	}
}

const resource = { attributes: [attribute('service.name', SERVICE)] };

class Logs extends Sender {
	protected readonly path = '/v1/logs';

	protected body(n: number): Uint8Array {
		const record = { timeUnixNano: nanos(this.base + n), body: { stringValue: String(n) } };
		return otlpBody('Logs', { resourceLogs: [{ resource, scopeLogs: [{ logRecords: [record] }] }] });
	}

	async stored(): Promise<number[]> {
		const numbers: number[] = [];
		let before = '';
		for (;;) {
			const page = await server.get<LogAnswer & { next: string | null }>(
				`/api/logs?${this.range}&limit=1000${before}`,
			);
			numbers.push(...page.logs.map(({ body }) => Number(body)));
			if (page.next === null) return numbers;
			before = `&before=${page.next}`;
		}
	}
}

class Spans extends Sender {
	protected readonly path = '/v1/traces';

	protected body(n: number): Uint8Array {
		const spanId = bytesOf((n + 1).toString(16).padStart(16, '0'));
		const span = { traceId: bytesOf(TRACE), spanId, startTimeUnixNano: nanos(this.base + n) };
		return otlpBody('Traces', { resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] });
	}

	async stored(): Promise<number[]> {
		const { spans } = await server.get<{ spans: { spanId: string }[] }>(`/api/traces/${TRACE}`);
		return spans.map(({ spanId }) => Number.parseInt(spanId, 16) - 1);
	}
}

class Profiles extends Sender {
	protected readonly path = `/v1/profiles?service.name=${SERVICE}`;

	protected body(n: number): Uint8Array {
		return pprofBody({
			types: [{ type: PROFILE_TYPE, unit: 'count' }],
			samples: [{ frames: [{ name: `leaf ${n}`, file: '', line: 0 }], values: [1] }],
			timeNanos: BigInt(this.base + n) * 1_000_000n,
		});
	}

	async stored(): Promise<number[]> {
		const flame = await server.get<ProfileFlame>(
			`/api/profiles/flame?${this.range}&type=${PROFILE_TYPE}&service=${SERVICE}`,
		);
		return flame.names.flatMap((name, node) => {
			const n = /^leaf (\d+)$/.exec(flame.strings[name]!)?.[1];
			return n === undefined ? [] : Array<number>(flame.selfs[node]!).fill(Number(n));
		});
	}
}

/** Sends to a server until it dies at the point; how it ended. What waits in the spool may kill it before it listens. */
function untilDeath(crash: string, senders: Sender[]): Promise<string> {
	const sending = async () => {
		server = await SignalServer.start(dataDir, 'node', { CODEXRAY_TEST_CRASH: crash });
		await Promise.all(senders.map((sender) => sender.sendUntilDeath()));
		return server;
	};
	return deathOf(sending());
}

test.each(['batch-taken', 'batch-noted', 'batch-inserted', 'batch-released'])(
	'kill -9 at %s loses and doubles nothing',
	async (point) => {
		const senders = [new Logs(), new Spans(), new Profiles()];
		for (const nth of DEATHS) {
			expect(await untilDeath(`${point}:${nth}`, senders)).toContain('signal SIGKILL');
		}
		server = await SignalServer.start(dataDir);
		for (const sender of senders) {
			// What is stored comes out of the spool in its order: with this one everything is there.
			expect(await sender.sendOne()).toBe(true);
			const last = sender.acknowledged.at(-1)!;
			expect(last).toBeGreaterThan(DEATHS.length);
			const stored = await until(
				async () => {
					const numbers = await sender.stored();
					return numbers.includes(last) ? numbers.toSorted((a, b) => a - b) : undefined;
				},
				() => `${sender.constructor.name}: the last one does not come`,
			);
			const wanted = [...sender.acknowledged, ...sender.unsure.filter((n) => stored.includes(n))];
			expect(stored, sender.constructor.name).toEqual(wanted.toSorted((a, b) => a - b));
		}
	},
);
