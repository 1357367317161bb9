import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ChildProgram, startChild } from '../../hosts/node/commands/child-program.ts';
import { agentProgram, serverProgram } from '../../hosts/node/commands/programs.ts';
import { seriesOf } from '../product/product.ts';
import { storedSamples } from '../product/stored-samples.ts';
import { until } from '../product/waiting.ts';

// The server is away for a minute while the agent goes on: its spool delivers everything afterwards, in order.

const AWAY_MS = 60_000;
const METRIC = 'container_http_inbound_requests_total';
const RECEIVED = 'codexray_agent_stage_received_total';

let dir: string;
let server: ChildProgram | undefined;
let agent: ChildProgram | undefined;
// This process is the observed one.
const observed = createServer((_request, response) => response.end('seen'));

beforeEach(async () => {
	dir = mkdtempSync(join(tmpdir(), 'codexray-away-'));
	await new Promise<void>((resolve) => observed.listen(0, '127.0.0.1', () => resolve()));
});
afterEach(async () => {
	await agent?.stop();
	await server?.stop();
	observed.close();
	rmSync(dir, { recursive: true, force: true });
});

const startServer = (listen: string) =>
	startChild(serverProgram({ runtime: 'node', listen, dataDir: join(dir, 'server') }));

const ask = () =>
	new Promise<void>((resolve, reject) => {
		get({ port: (observed.address() as AddressInfo).port, host: '127.0.0.1', agent: false }, (response) => {
			response.resume().on('end', () => resolve());
		}).on('error', reject);
	});

test('what happened while the server was away arrives', async () => {
	server = await startServer('127.0.0.1:0');
	const { url, agentKeyFile } = server.ready as Record<string, string>;
	agent = await startChild(
		agentProgram({
			listen: '127.0.0.1:0',
			dataDir: join(dir, 'agent'),
			collectorEndpoint: url!,
			apiKeyFile: agentKeyFile!,
			scrapeInterval: '2s',
			minContainerAge: '0',
			ownPids: [server.pid],
		}),
	);
	const metricsUrl = agent.ready.metricsUrl as string;
	const mine = `/host/${process.execPath.split('/').at(-1)}`;
	const counted = async () =>
		seriesOf(await (await fetch(metricsUrl)).text(), METRIC)
			.filter(({ labels }) => labels.container_id === mine && labels.status === '2xx')
			.reduce((total, { value }) => total + value, 0);
	await ask();
	await until(
		async () => ((await counted()) >= 1 ? true : undefined),
		() => 'the agent saw no request',
	);

	process.kill(server.pid, 'SIGKILL');
	await server.ended;
	const wentAway = Date.now();
	while (Date.now() - wentAway < AWAY_MS) {
		await ask();
		await new Promise((resolve) => setTimeout(resolve, 200));
	}
	const cameBack = Date.now();
	server = await startServer(new URL(url!).host);
	const total = await counted();
	process.kill(agent.pid, 'SIGUSR2');
	await until(
		async () => {
			const text = await (await fetch(metricsUrl)).text();
			const stage = (metric: string, name: string) =>
				seriesOf(text, metric).find(({ labels }) => labels.stage === name)?.value;
			const sent = stage('codexray_agent_stage_sent_total', 'sender');
			return sent === stage(RECEIVED, 'spool') ? true : undefined;
		},
		() => 'the spool is not empty',
		60_000,
	);
	await agent.stop();
	await server.stop();

	const stored = (await storedSamples(join(dir, 'server'), METRIC)).filter(
		({ labels }) => labels.container_id === mine && labels.status === '2xx',
	);
	expect(stored).toHaveLength(1);
	const { samples } = stored[0]!;
	expect(samples.at(-1)![1]).toBeGreaterThanOrEqual(total);
	// A sample of each take while nobody took them. The agent counts its takes; one that a busy machine skips is none.
	const spooled = (await storedSamples(join(dir, 'server'), RECEIVED)).find(
		({ labels }) => labels.stage === 'spool',
	)!;
	const away = ([time]: [number, number]) => time > wentAway && time < cameBack;
	const takes = spooled.samples.filter(away);
	expect(takes.length).toBeGreaterThan(AWAY_MS / 2_000 / 2);
	expect(takes.map(([, count]) => count - takes[0]![1])).toEqual(takes.map((_, index) => index));
	const times = new Set(samples.map(([time]) => time));
	expect(takes.filter(([time]) => !times.has(time))).toEqual([]);
	const values = samples.map(([, value]) => value);
	expect(values).toEqual(values.toSorted((a, b) => a - b));
});
