import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, linkSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { silentLogger } from '../../app/logging/logger.ts';
import { readAgentOptions } from '../../app/node-agent/options.ts';
import {
	type DecodedSeries,
	decodeWriteRequest,
	labelsOf,
} from '../../app/node-agent/testing/decode-write-request.ts';
import { parseExposition } from '../../app/node-agent/testing/parse-exposition.ts';
import { type Codec, createCodec } from '../../core-as/facade/index.ts';
import { otlpDecoded } from '../../core-as/testing/otlp-body.ts';
import { buildDir, coreDir } from './commands/paths.ts';
import { type RunningNodeAgent, startNodeAgent } from './node-agent.ts';
import { loadCoreModules } from './wasm/core-modules.ts';

/** A server and its client in one program: asks itself over loopback, prints its port, and waits for its end. */
const PROGRAM = `
import http from 'node:http';
const server = http.createServer((request, response) => {
	response.writeHead(Number(request.url.slice(1)));
	response.end('hello');
});
server.listen(0, '127.0.0.1', async () => {
	const { port } = server.address();
	const agent = new http.Agent({ keepAlive: true, maxSockets: 3 });
	const ask = (path) => new Promise((done, fail) => {
		http.get({ host: '127.0.0.1', port, path, agent }, (response) => response.resume().on('end', done)).on('error', fail);
	});
	await Promise.all(Array.from({ length: 300 }, (_, i) => ask(i % 10 === 0 ? '/404' : i % 50 === 1 ? '/503' : '/200')));
	console.log(JSON.stringify({ port }));
});
process.stdin.on('end', () => process.exit(0)).resume();
`;
const COUNTS = { '2xx': 264, '4xx': 30, '5xx': 6 };

/** A server that takes what the agent sends, or refuses it. */
class Collector {
	status = 200;
	readonly requests: { url: string; headers: IncomingHttpHeaders; body: Buffer }[] = [];
	/** Bodies for /v1/traces. */
	readonly traces: Buffer[] = [];
	refused = 0;
	readonly #server: Server;

	constructor() {
		this.#server = createServer((request, response) => {
			const chunks: Buffer[] = [];
			request.on('data', (chunk: Buffer) => chunks.push(chunk));
			request.on('end', () => {
				if (request.url === '/v1/traces') this.traces.push(Buffer.concat(chunks));
				// Other signals are tested where they are made.
				if (request.url !== '/v1/metrics') {
					response.writeHead(200).end();
					return;
				}
				if (this.status === 200) {
					this.requests.push({ url: request.url!, headers: request.headers, body: Buffer.concat(chunks) });
				} else this.refused++;
				response.writeHead(this.status).end();
			});
		});
	}

	listen(): Promise<string> {
		return new Promise((resolve) => {
			this.#server.listen(0, '127.0.0.1', () => {
				resolve(`http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`);
			});
		});
	}

	series(codec: Codec): DecodedSeries[] {
		return this.requests.flatMap(
			({ body }) => decodeWriteRequest(codec.snappyUncompress(body, 1 << 24)).timeseries,
		);
	}

	close(): void {
		this.#server.closeAllConnections();
		this.#server.close();
	}
}

interface SentSpans {
	resourceSpans: {
		resource: Attributes;
		scopeSpans: {
			scope: unknown;
			spans: { spanId: Uint8Array; kind: number; startTimeUnixNano: string; endTimeUnixNano: string }[];
		}[];
	}[];
}
interface Attributes {
	attributes: { key: string; value: { stringValue?: string } }[];
}
const attributesOf = ({ attributes }: Attributes) =>
	Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue]));

async function until(condition: () => boolean): Promise<void> {
	while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe.skipIf(process.getuid?.() !== 0)('on the real kernel', () => {
	const dir = mkdtempSync(join(tmpdir(), 'codexray-agent-'));
	// A name of its own, because other programs of this machine run on Node too.
	const name = `self-${process.pid}`;
	const collector = new Collector();
	let codec: Codec;
	let agent: RunningNodeAgent;
	let program: ChildProcess;
	let port: number;
	const startedAt = Date.now();

	const start = async (endpoint: string) => {
		const args = ['--listen', '127.0.0.1:0', '--wal-dir', join(dir, 'agent'), '--min-container-age', '0'];
		const options = readAgentOptions([...args, '--collector-endpoint', endpoint, '--api-key', 'k1'], {});
		return startNodeAgent({ ...options, buildDir, coreDir, version: '1.2.3', log: silentLogger });
	};
	const metrics = async () => parseExposition(await (await fetch(agent.metricsUrl)).text());
	const mine = (labels: Record<string, string>) => labels.container_id === `/host/${name}`;

	beforeAll(async () => {
		codec = createCodec(await loadCoreModules(coreDir));
		agent = await start(await collector.listen());
		const executable = join(dir, name);
		try {
			linkSync(process.execPath, executable);
		} catch {
			copyFileSync(process.execPath, executable);
		}
		const file = join(dir, 'program.mjs');
		writeFileSync(file, PROGRAM);
		program = spawn(executable, [file], { stdio: ['pipe', 'pipe', 'inherit'] });
		const line = await new Promise<string>((resolve) => {
			createInterface({ input: program.stdout! }).once('line', resolve);
		});
		port = (JSON.parse(line) as { port: number }).port;
	});

	afterAll(async () => {
		program?.stdin?.end();
		await agent?.close();
		collector.close();
		rmSync(dir, { recursive: true, force: true });
	});

	test('/metrics has the exact counts of both sides', async () => {
		const all = await metrics();
		const destination = `127.0.0.1:${port}`;
		const counts = (family: string, wanted: Record<string, string>) =>
			Object.fromEntries(
				(all.get(family)?.series ?? [])
					.filter(({ labels }) => mine(labels) && Object.entries(wanted).every(([k, v]) => labels[k] === v))
					.map(({ labels, value }) => [labels.status, value]),
			);
		expect(counts('container_http_requests_total', { destination, actual_destination: destination })).toEqual(
			COUNTS,
		);
		expect(counts('container_http_inbound_requests_total', {})).toEqual(COUNTS);
		const of = (family: string) => (all.get(family)?.series ?? []).filter(({ labels }) => mine(labels));
		expect(of('container_net_tcp_successful_connects_total').map(({ value }) => value)).toEqual([3]);
		expect(of('container_net_tcp_listen_info')).toMatchObject([
			{ labels: { listen_addr: destination }, value: 1 },
		]);
		const infinite = of('container_http_requests_duration_seconds_total').find(
			({ labels }) => labels.le === '+Inf',
		);
		expect(infinite?.value).toBe(300);
	});

	test('the features that work are told', async () => {
		expect(
			agent.features
				.filter(({ ok }) => ok)
				.map(({ feature }) => feature)
				.sort(),
		).toEqual(['connections', 'cpu_profiles', 'logs', 'processes', 'socket-data', 'traces']);
		expect((await metrics()).get('node_agent_info')?.series[0]?.labels.version).toBe('1.2.3');
	});

	test('CPU time, memory and programs have their owners', { timeout: 60_000 }, async () => {
		let all = await metrics();
		const by = (family: string, label: string) =>
			Object.fromEntries(all.get(family)!.series.map(({ labels, value }) => [labels[label], value]));
		// They are timed for a second of every fifteen; each scrape makes some of them run.
		while (!by('codexray_agent_bpf_runs_total', 'program').on_send_length) all = await metrics();
		const cpu = by('codexray_agent_cpu_seconds_total', 'owner');
		expect(Object.keys(cpu).sort()).toEqual(['kernel-worker', 'main', 'profiles', 'runtime']);
		expect(cpu.main).toBeGreaterThan(0);
		expect(cpu['kernel-worker']).toBeGreaterThan(0);
		const runs = by('codexray_agent_bpf_runs_total', 'program');
		const names = ['on_destroy', 'on_exec', 'on_exit', 'on_fork', 'on_recv_length', 'on_sample'];
		expect(Object.keys(runs).sort()).toEqual([...names, 'on_send_length', 'on_state']);
		const seconds = by('codexray_agent_bpf_run_seconds_total', 'program');
		for (const [program, value] of Object.entries(seconds)) {
			if (runs[program]! > 0) expect(value).toBeGreaterThan(0);
		}
		const memory = all.get('codexray_agent_memory_bytes')!.series;
		const own = memory.filter(({ labels }) => labels.owner !== 'bpf');
		const sum = own.reduce((total, { value }) => total + value, 0);
		const resident = all.get('codexray_agent_resident_memory_bytes')!.series[0]!.value;
		expect(sum).toBeCloseTo(resident, -1);
		const wasm = by('codexray_agent_wasm_memory_bytes', 'owner');
		expect(Object.keys(wasm).sort()).toEqual(['codec', 'l7', 'logs', 'profiles']);
		for (const bytes of Object.values(wasm)) expect(bytes).toBeGreaterThanOrEqual(65_536);
		expect(memory.find(({ labels }) => labels.owner === 'bpf')!.value).toBeGreaterThan(8 << 20);
	});

	test('a scrape in between takes nothing from what is sent; new counters start from 0', async () => {
		await metrics();
		await agent.flush();
		const sent = collector.series(codec).filter((series) => {
			const labels = labelsOf(series);
			return labels.__name__ === 'container_http_requests_total' && mine(labels);
		});
		const byStatus = Map.groupBy(sent, (series) => labelsOf(series).status!);
		expect([...byStatus.keys()].sort()).toEqual(Object.keys(COUNTS));
		for (const [status, series] of byStatus) {
			const samples = series.flatMap((each) => each.samples).sort((a, b) => a.timestamp - b.timestamp);
			expect(samples[0]!.value).toBe(0);
			expect(samples.at(-1)!.value).toBe(COUNTS[status as keyof typeof COUNTS]);
		}
	});

	test('requests carry what remote write and the server want', () => {
		const { url, headers, body } = collector.requests[0]!;
		expect(url).toBe('/v1/metrics');
		expect(headers).toMatchObject({
			'content-type': 'application/x-protobuf',
			'content-encoding': 'snappy',
			'content-length': String(body.length),
			'x-prometheus-remote-write-version': '0.1.0',
			'x-api-key': 'k1',
			'user-agent': 'codexray-node-agent',
		});
		expect(headers['x-codexray-batch-id']).toMatch(/^[0-9a-f]{32}$/);
		expect(headers['transfer-encoding']).toBeUndefined();
		const up = collector.series(codec).find((series) => labelsOf(series).__name__ === 'up')!;
		expect(Object.keys(labelsOf(up)).sort()).toEqual(['__name__', 'instance', 'job']);
		expect(labelsOf(up).job).toBe('codexray-node-agent');
		for (const series of collector.series(codec)) {
			const names = series.labels.map((label) => label.name);
			expect(names).toEqual([...new Set(names)].sort());
			expect(series.labels.every((label) => label.value !== '')).toBe(true);
		}
	});

	test('each exchange is a client and a server span of its container, as many as the rate lets through', async () => {
		const requests = collector.traces.map((body) => otlpDecoded<SentSpans>('Traces', body));
		const own = requests
			.flatMap(({ resourceSpans }) => resourceSpans)
			.filter(({ resource }) => attributesOf(resource)['container.id'] === `/host/${name}`);
		for (const { resource, scopeSpans } of own) {
			expect(attributesOf(resource)).toEqual({
				'service.name': `/host/${name}`,
				'container.id': `/host/${name}`,
				'host.name': hostname(),
				'host.id': expect.stringMatching(/^[0-9a-f]{32}$/),
			});
			expect(scopeSpans[0]!.scope).toMatchObject({ name: 'codexray-node-agent', version: '1.2.3' });
		}
		const spans = own.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans));
		const byKind = Map.groupBy(spans, ({ kind }) => kind);
		const dropped = (await metrics()).get('codexray_agent_stage_dropped_total')!.series;
		const limited = dropped.find(({ labels }) => labels.reason === 'limited')!.value;
		// Programs of others share the rate.
		expect(spans.length).toBeLessThanOrEqual(600);
		expect(spans.length + limited).toBeGreaterThanOrEqual(600);
		for (const kind of [2, 3]) expect(byKind.get(kind)!.length).toBeGreaterThan(200);
		for (const { startTimeUnixNano, endTimeUnixNano } of spans) {
			const [start, end] = [Number(startTimeUnixNano) / 1e6, Number(endTimeUnixNano) / 1e6];
			expect(start).toBeGreaterThan(startedAt - 10);
			expect(end).toBeLessThan(Date.now() + 10);
			expect(end).toBeGreaterThanOrEqual(start);
		}
		expect(new Set(spans.map(({ spanId }) => Buffer.from(spanId).toString('hex'))).size).toBe(spans.length);
	});

	test('what a failing server refuses is sent by the next agent', async () => {
		collector.status = 503;
		const before = collector.requests.length;
		const flushed = agent.flush();
		await until(() => collector.refused > 0);
		await flushed;
		await agent.close();
		expect(collector.requests.length).toBe(before);
		collector.status = 200;
		agent = await start(`http://${collector.requests[0]!.headers.host}`);
		await until(() => collector.requests.length >= before + 2);
	});
});
