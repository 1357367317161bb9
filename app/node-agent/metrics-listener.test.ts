import { request } from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Labels } from '../exposition/labels.ts';
import { gauge, Snapshot } from '../exposition/snapshot.ts';
import { type MetricsListener, openMetricsListener } from './metrics-listener.ts';
import { parseExposition } from './testing/parse-exposition.ts';

let listener: MetricsListener;
let failing = false;
const errors: unknown[] = [];

beforeEach(async () => {
	failing = false;
	listener = await openMetricsListener({
		host: '127.0.0.1',
		port: 0,
		take: async () => {
			if (failing) throw new Error('no kernel');
			const snapshot = new Snapshot(1);
			snapshot.add(gauge('a', 'A.'), new Labels([['x', 'ü']]), 1);
			return snapshot;
		},
		onError: (error) => errors.push(error),
	});
});

afterEach(() => listener.close());

function ask(path: string, options: { method?: string; host?: string } = {}) {
	const { port } = new URL(listener.url);
	return new Promise<{ status: number; type: string; body: string }>((resolve, reject) => {
		const headers = { Host: options.host ?? `127.0.0.1:${port}` };
		request({ host: '127.0.0.1', port, path, method: options.method ?? 'GET', headers }, (response) => {
			let body = '';
			response.setEncoding('utf8').on('data', (chunk) => {
				body += chunk;
			});
			response.on('end', () =>
				resolve({ status: response.statusCode!, type: response.headers['content-type']!, body }),
			);
		})
			.on('error', reject)
			.end();
	});
}

test('metrics and health', async () => {
	const { status, type, body } = await ask('/metrics?x=1');
	expect([status, type]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
	expect(parseExposition(body).get('a')?.series[0]?.labels).toEqual({ x: 'ü' });
	expect(await ask('/healthz')).toMatchObject({ status: 200, body: 'ok\n' });
	expect(await ask('/metrics', { method: 'HEAD' })).toMatchObject({ status: 200, body: '' });
});

test('nothing else', async () => {
	expect((await ask('/')).status).toBe(404);
	expect((await ask('/metrics', { method: 'POST' })).status).toBe(405);
});

test('a loopback listener answers nobody who calls it by a foreign name', async () => {
	expect((await ask('/metrics', { host: 'evil.example:80' })).status).toBe(403);
	expect((await ask('/metrics', { host: 'localhost' })).status).toBe(200);
	expect((await ask('/metrics', { host: '[::1]:10300' })).status).toBe(200);
});

test('a failed take is an error of ours, and is told to the log', async () => {
	failing = true;
	expect((await ask('/metrics')).status).toBe(500);
	expect(errors).toHaveLength(1);
});
