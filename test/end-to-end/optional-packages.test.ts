import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { enginePackage } from '../../hosts/node/clickhouse/engine-packages.ts';
import { root } from '../product/product.ts';
import { SignalServer } from '../product/signal-server.ts';
import { until } from '../product/waiting.ts';
import { writeRequest } from '../product/write-request.ts';

// A server on a machine where npm left optional packages out: metrics and map work, and the status says what is off,
// why, and what helps.

const PRELOAD = pathToFileURL(join(root, 'test/programs/without-packages.mjs')).href;
const HELP = 'Run `npm install --include=optional` where the server is installed, and start it again';
const CLIENT = '@clickhouse/client';

let dataDir: string;
let server: SignalServer | undefined;
beforeEach(() => {
	dataDir = mkdtempSync(join(tmpdir(), 'codexray-optional-'));
});
afterEach(async () => {
	await server?.stop();
	rmSync(dataDir, { recursive: true, force: true });
});

test.each([
	{
		missing: ['ffi-rs', 'chdb', enginePackage(), CLIENT],
		env: {},
		reason: `The embedded ClickHouse needs the npm packages ffi-rs, ${enginePackage()}, ${CLIENT}, which are not installed. ${HELP}, or give --clickhouse-url.`,
	},
	{
		missing: ['ffi-rs'],
		env: {},
		reason: `The embedded ClickHouse needs the npm package ffi-rs, which is not installed. ${HELP}, or give --clickhouse-url.`,
	},
	{
		missing: ['chdb', enginePackage()],
		env: {},
		reason: `The embedded ClickHouse needs the npm package ${enginePackage()}, which is not installed. ${HELP}, or give --clickhouse-url.`,
	},
	{
		missing: [CLIENT],
		env: { CODEXRAY_CLICKHOUSE_URL: 'http://127.0.0.1:9' },
		reason: `ClickHouse at --clickhouse-url needs the npm package ${CLIENT}, which is not installed. ${HELP}.`,
	},
])('without $missing $env', async ({ missing, env, reason }) => {
	server = await SignalServer.start(dataDir, 'node', {
		...env,
		NODE_OPTIONS: `--import=${PRELOAD}`,
		WITHOUT_PACKAGES: missing.join(','),
	});
	const { features } = await server.get<{ features: unknown }>('/api/status');
	const help = {
		missing: expect.stringContaining('npm packages: '),
		command: 'npm install --include=optional',
	};
	expect(features).toMatchObject(
		['logs', 'traces', 'profiles'].map((feature) => ({ feature, ok: false, reason, ...help })),
	);
	expect(server.enginePid()).toBe(undefined);

	const labels = { __name__: 'container_info', container_id: '/docker/front', machine_id: 'm', image: 'i' };
	const samples = [{ value: 1, timestamp: Date.now() }];
	const sent = await server.post(
		'/v1/metrics',
		'application/x-protobuf',
		writeRequest([{ labels, samples }]),
		{
			'Content-Encoding': 'snappy',
		},
	);
	expect(sent.status).toBe(200);
	const alive = server;
	await until(
		async () => {
			const map = await alive.get<{ applications: { id: string }[] }>('/api/map');
			return map.applications.some(({ id }) => id.includes('front')) || undefined;
		},
		() => 'the map does not show what came',
	);
	for (const [method, path] of [
		['GET', '/api/logs'],
		['GET', `/api/traces/${'a'.repeat(32)}`],
		['POST', '/v1/logs'],
		['POST', '/v1/profiles?service.name=front'],
	] as const) {
		const body = method === 'POST' ? '{}' : null;
		const off = await server.fetch(path, { method, body, headers: { 'Content-Type': 'application/json' } });
		expect([path, off.status]).toEqual([path, 501]);
		expect(await off.text()).toContain(JSON.stringify(reason).slice(1, -1));
	}
});
