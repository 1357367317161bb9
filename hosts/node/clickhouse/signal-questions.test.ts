import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseCursor } from '../../../app/server/clickhouse/cursor.ts';
import { CANCELLED } from '../../../app/server/clickhouse/engine.ts';
import { logHistogram } from '../../../app/server/clickhouse/log-histogram.ts';
import { logPatterns } from '../../../app/server/clickhouse/log-patterns.ts';
import { type LogPage, type LogQuery, searchLogs } from '../../../app/server/clickhouse/log-search.ts';
import { logServices } from '../../../app/server/clickhouse/log-services.ts';
import { migrate } from '../../../app/server/clickhouse/migrate.ts';
import type { Question } from '../../../app/server/clickhouse/question.ts';
import { COLUMNS, type Signal } from '../../../app/server/clickhouse/schema.ts';
import { traceHeatmap } from '../../../app/server/clickhouse/trace-heatmap.ts';
import {
	searchTraces,
	type TracePage,
	type TraceQuery,
} from '../../../app/server/clickhouse/trace-search.ts';
import { traceServices } from '../../../app/server/clickhouse/trace-services.ts';
import { createCodec } from '../../../core-as/facade/index.ts';
import { builtModules } from '../../../core-as/testing/modules.ts';
import { attribute, bytesOf, otlpBody } from '../../../core-as/testing/otlp-body.ts';
import type { ClickhouseEngine } from './clickhouse-engine.ts';
import { startEngine } from './testing/started-engine.ts';

// The questions of the pages against the real engine, over rows that came through the component.

const dataDir = mkdtempSync(join(tmpdir(), 'codexray-questions-'));
const DATABASE = 'codexray_questions';
const NOW = Math.floor(Date.now() / 60_000) * 60_000;
const FROM = NOW - 3_600_000;
const ns = (ms: number) => String(BigInt(ms) * 1_000_000n);
let engine: ClickhouseEngine;
let question: Question;

async function insert(signal: Signal, body: Uint8Array): Promise<void> {
	const codec = createCodec(await builtModules());
	const times = { now: BigInt(ns(NOW)), oldest: BigInt(ns(FROM)), newest: BigInt(ns(NOW + 60_000)) };
	const rows = signal === 'logs' ? codec.decodeLogs(body, times) : codec.decodeSpans(body, times);
	const into = { table: `${DATABASE}.${signal}`, columns: COLUMNS[signal].map(({ name }) => name) };
	await engine.insert(into, [rows.block], crypto.randomUUID());
}

beforeAll(async () => {
	({ engine } = await startEngine(dataDir));
	await migrate(engine, DATABASE);
	question = { database: DATABASE, select: (sql, params) => engine.select(sql, params) };
}, 60_000);
afterAll(async () => {
	await engine.close();
	rmSync(dataDir, { recursive: true, force: true });
});

describe('logs', () => {
	const log = (ms: number, body: string, severity: number, more: Record<string, unknown> = {}) => ({
		timeUnixNano: ns(ms),
		severityNumber: severity,
		body: { stringValue: body },
		...more,
	});
	const pattern = (hash: string) => ({ attributes: [attribute('pattern.hash', hash)] });
	const trace = '0123456789abcdef0123456789abcdef';

	beforeAll(async () => {
		const resource = (name: string, logRecords: unknown[], more: unknown[] = []) => ({
			resource: { attributes: [attribute('service.name', name), ...more] },
			scopeLogs: [{ logRecords }],
		});
		const many = Array.from({ length: 40 }, (_, i) =>
			log(NOW - 600_000 + Math.floor(i / 10) * 1000, `request ${i % 20} done`, 9, pattern('aa')),
		);
		await insert(
			'logs',
			otlpBody('Logs', {
				resourceLogs: [
					resource('/docker/cart', many, [attribute('host.name', 'h1')]),
					resource('pay', [
						log(NOW - 5000, 'card refused', 17, pattern('bb')),
						log(NOW - 4000, 'card refused again', 21, pattern('bb')),
						log(NOW - 3000, 'no pattern here', 0, {
							traceId: bytesOf(trace),
							attributes: [attribute('order', 'A=1')],
						}),
					]),
				],
			}),
		);
	});

	const search = (query: Partial<LogQuery>) =>
		searchLogs(question, { from: FROM, to: NOW, limit: 1000, ...query });
	const bodies = async (query: Partial<LogQuery>) => (await search(query)).logs.map(({ body }) => body);

	it('are found by service, severity, pattern, trace and attributes of record and resource', async () => {
		expect(await bodies({ services: ['pay'] })).toEqual([
			'no pattern here',
			'card refused again',
			'card refused',
		]);
		expect(await bodies({ services: ['pay', '/docker/cart'], limit: 1 })).toEqual(['no pattern here']);
		expect(await bodies({ services: [] })).toEqual([]);
		expect(await bodies({ severity: 21 })).toEqual(['card refused again']);
		expect(await bodies({ pattern: 'bb' })).toHaveLength(2);
		expect(await bodies({ traceId: trace })).toEqual(['no pattern here']);
		expect(await bodies({ attributes: [{ key: 'order', value: 'A=1' }] })).toEqual(['no pattern here']);
		expect(await bodies({ attributes: [{ key: 'host.name', value: 'h1' }] })).toHaveLength(40);
		expect(await bodies({ attributes: [{ key: 'absent', value: '' }] })).toEqual([]);
		expect(await bodies({ pattern: "' OR 1 --" })).toEqual([]);
	});

	it('come in pages that hold each record once, also where many have the same time and text', async () => {
		for (const limit of [1, 3, 7, 10, 42]) {
			const ids: string[] = [];
			let page: LogPage = await search({ limit });
			ids.push(...page.logs.map(({ id }) => id));
			while (page.next) {
				page = await search({ limit, before: parseCursor(page.next) });
				ids.push(...page.logs.map(({ id }) => id));
			}
			expect(ids).toHaveLength(43);
			expect(new Set(ids).size).toBe(43);
			expect(ids).toEqual((await search({})).logs.map(({ id }) => id));
		}
		expect((await search({})).next).toBe(null);
	});

	it('are counted by time and severity', async () => {
		const found = await logHistogram(question, { from: FROM, to: NOW });
		expect(found.total).toBe(43);
		expect(found.bySeverity.map(({ severity }) => severity)).toEqual(['unknown', 'info', 'error', 'fatal']);
		const info = found.bySeverity[1]!.counts;
		expect(info).toHaveLength(found.times.length);
		const at = info.findIndex((n) => n > 0);
		expect(info[at]).toBe(40);
		expect(found.times[at]! - found.step).toBeLessThanOrEqual(NOW - 600_000);
		expect(found.times[at]!).toBeGreaterThan(NOW - 600_000);
		expect((await logHistogram(question, { from: FROM, to: NOW, text: 'refused' })).total).toBe(2);
	});

	it('are counted by pattern', async () => {
		const found = await logPatterns(question, { from: FROM, to: NOW, limit: 10 });
		expect(found).toMatchObject({ total: 43, unclustered: 1, found: 2 });
		expect(found.patterns).toMatchObject([
			{ hash: 'aa', severity: 'info', count: 40, services: ['/docker/cart'], lastAt: NOW - 597_000 },
			{ hash: 'bb', severity: 'fatal', count: 2, sample: 'card refused again', services: ['pay'] },
		]);
		for (const { counts, count } of found.patterns) expect(counts.reduce((a, b) => a + b)).toBe(count);
		const one = await logPatterns(question, { from: FROM, to: NOW, limit: 1, services: ['none'] });
		expect(one).toMatchObject({ total: 0, unclustered: 0, found: 0, patterns: [] });
	});

	it('are counted by service', async () => {
		expect(await logServices(question, { from: FROM, to: NOW })).toEqual([
			{ service: '/docker/cart', counts: { info: 40 } },
			{ service: 'pay', counts: { unknown: 1, error: 1, fatal: 1 } },
		]);
	});
});

describe('traces', () => {
	const TRACES = 30;
	const traceId = (n: number) => (n + 1).toString(16).padStart(32, '0');

	beforeAll(async () => {
		// Trace n: a root in `front` and two children in `back`, the last of them the newest span; every tenth fails.
		const span = (n: number, part: number) => ({
			traceId: bytesOf(traceId(n)),
			spanId: bytesOf(`00000000000${(16 * (n + 1) + part).toString(16).padStart(5, '0')}`),
			...(part > 0
				? { parentSpanId: bytesOf(`00000000000${(16 * (n + 1)).toString(16).padStart(5, '0')}`) }
				: {}),
			name: part === 0 ? 'GET /' : 'query',
			kind: part === 0 ? 2 : 3,
			startTimeUnixNano: ns(NOW - 900_000 + Math.floor(n / 3) * 1000 + part),
			endTimeUnixNano: ns(NOW - 900_000 + Math.floor(n / 3) * 1000 + part + (n + 1) * 10),
			status: { code: n % 10 === 0 && part === 2 ? 2 : 0 },
			attributes: [attribute('n', String(n))],
		});
		const of = (service: string, parts: number[]) => ({
			resource: { attributes: [attribute('service.name', service)] },
			scopeSpans: [
				{ spans: parts.flatMap((part) => Array.from({ length: TRACES }, (_, n) => span(n, part))) },
			],
		});
		await insert('traces', otlpBody('Traces', { resourceSpans: [of('front', [0]), of('back', [1, 2])] }));
	});

	const search = (query: Partial<TraceQuery>) =>
		searchTraces(question, { from: FROM, to: NOW, limit: 500, ...query });
	const ids = async (query: Partial<TraceQuery>) =>
		(await search(query)).traces.map((trace) => Number.parseInt(trace.traceId, 16) - 1);

	it('are listed by their newest matching span, with what the whole trace holds', async () => {
		const { traces, next } = await search({ limit: 3 });
		expect(traces).toHaveLength(3);
		expect(next).not.toBe(null);
		expect(traces[0]).toMatchObject({
			traceId: traceId(27),
			service: 'back',
			name: 'query',
			kind: 'client',
			status: 'unset',
			start: NOW - 900_000 + 9000 + 2,
			durationNs: '280000000',
			root: { service: 'front', name: 'GET /', start: NOW - 900_000 + 9000, durationNs: '280000000' },
			spans: 3,
			errors: 0,
			services: ['back', 'front'],
		});
		expect(await search({ root: true, limit: 1 })).toMatchObject({
			traces: [{ service: 'front', name: 'GET /', start: NOW - 900_000 + 9000 }],
		});
	});

	it('are filtered by name, service, status, duration and attributes', async () => {
		expect(await ids({ status: 'error' })).toEqual([20, 10, 0]);
		expect((await search({ status: 'error' })).traces[0]).toMatchObject({ status: 'error', errors: 1 });
		expect(await ids({ status: 'ok' })).toHaveLength(TRACES);
		expect(await ids({ minDuration: 290, maxDuration: 300 })).toEqual([28, 29]);
		expect(await ids({ attributes: [{ key: 'n', value: '7' }] })).toEqual([7]);
		expect(await ids({ attributes: [{ key: 'service.name', value: 'front' }], maxDuration: 10 })).toEqual([
			0,
		]);
		expect(await ids({ services: ['front'], name: 'query' })).toEqual([]);
		expect((await search({ services: ['front'] })).traces[0]).toMatchObject({ name: 'GET /' });
	});

	it('come in pages that hold each trace once', async () => {
		for (const limit of [1, 4, 29, 30]) {
			const found: string[] = [];
			let page: TracePage = await search({ limit });
			found.push(...page.traces.map((trace) => trace.traceId));
			while (page.next) {
				page = await search({ limit, before: parseCursor(page.next) });
				found.push(...page.traces.map((trace) => trace.traceId));
			}
			expect(found).toHaveLength(TRACES);
			expect(new Set(found).size).toBe(TRACES);
		}
	});

	it('are drawn as a heatmap', async () => {
		const map = await traceHeatmap(question, { from: FROM, to: NOW, root: true });
		expect(map).toMatchObject({ total: TRACES, errorTotal: 0 });
		expect(map.counts).toHaveLength(map.times.length);
		const all = map.counts.reduce((sum, row) => sum.map((n, i) => n + row[i]!));
		expect(map.bounds).toHaveLength(all.length);
		// 10, 20, ... 300 ms; a bound belongs to its bucket.
		expect(all.slice(3, 9)).toEqual([1, 1, 3, 5, 15, 5]);
		expect((await traceHeatmap(question, { from: FROM, to: NOW })).errorTotal).toBe(3);
	});

	it('are counted by service and name', async () => {
		const [back, front, ...rest] = await traceServices(question, { from: FROM, to: NOW });
		expect(rest).toEqual([]);
		expect(back).toMatchObject({
			service: 'back',
			spans: 60,
			errors: 3,
			names: [{ name: 'query', spans: 60 }],
		});
		expect(front).toMatchObject({ service: 'front', spans: 30, errors: 0 });
		expect(front!.names[0]!.p50).toBeGreaterThan(0.14);
		expect(front!.names[0]!.p50).toBeLessThan(0.17);
		expect(front!.names[0]!.p95).toBeGreaterThan(0.27);
	});
});

it('a question that nobody waits for is stopped in the engine, whose state stays good', async () => {
	const runs = async () => {
		// The text of this question must not hold what it looks for.
		const sql = "SELECT 1 FROM system.processes WHERE position(query, concat('AS cxr', '_slow')) > 0";
		return (await engine.select(sql, {})).length > 0;
	};
	const gone = new AbortController();
	const slow = engine.select(
		'SELECT sum(sipHash64(number)) AS cxr_slow FROM numbers(100000000000)',
		{},
		gone.signal,
	);
	const ended = expect(slow).rejects.toMatchObject({ code: CANCELLED, cancelled: true });
	while (!(await runs()));
	gone.abort();
	await ended;
	while (await runs());
	expect(engine.state()).toEqual({ ok: true, reason: null });
	await expect(engine.select('SELECT 1', {}, gone.signal)).rejects.toMatchObject({ cancelled: true });
});

it('a question over its bound of memory is refused, and the engine goes on', async () => {
	const large = engine.select('SELECT groupArray(number) AS all FROM numbers(1000000000)', {});
	await expect(large).rejects.toMatchObject({ code: 241 });
	expect(engine.state()).toEqual({ ok: true, reason: null });
});
