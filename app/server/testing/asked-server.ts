import assert from 'node:assert/strict';
import { bodyOf, HOST, TestServer } from './test-server.ts';

// A server whose Prometheus API is asked.

/** Whole seconds, so that answers can be written down. */
export const T = Math.floor(Date.now() / 1000) * 1000 - 60_000;
export const S = T / 1000;

/** A server with six series, of which one is old. */
export async function started(): Promise<TestServer> {
	const server = await TestServer.start();
	server.now = T + 60_000;
	const at = (offset: number, value: number): [number, number] => [T + offset, value];
	const body = bodyOf([
		{ labels: { __name__: 'up', job: 'a', instance: '1' }, samples: [at(-60_000, 1), at(0, 1)] },
		{ labels: { __name__: 'up', job: 'b', instance: '"2"' }, samples: [at(0, 0)] },
		{ labels: { __name__: 'odd', kind: 'nan' }, samples: [at(0, Number.NaN)] },
		{ labels: { __name__: 'odd', kind: 'inf' }, samples: [at(0, Number.NEGATIVE_INFINITY)] },
		{ labels: { __name__: 'odd', kind: 'small' }, samples: [at(0, 1.5e-9)] },
		{ labels: { __name__: 'old', job: 'gone' }, samples: [at(-6 * 3_600_000, 1)] },
	]);
	const taken = await server.post('/api/v1/write', body);
	assert.equal(taken.statusCode, 204, taken.body);
	await settled(server, 6);
	return server;
}

/** Until the store holds what was written. */
async function settled(server: TestServer, series: number): Promise<void> {
	while (server.store.stats().series < series) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** A POST of parameters. */
export function form(
	server: TestServer,
	url: string,
	parameters: string,
	headers: Record<string, string> = {},
) {
	return server.app.inject({
		method: 'POST',
		url,
		payload: parameters,
		headers: {
			...HOST,
			'x-api-key': server.key,
			'content-type': 'application/x-www-form-urlencoded',
			...headers,
		},
	});
}

/** What a GET answers with; it must succeed. */
export async function data(server: TestServer, url: string): Promise<unknown> {
	const answer = await server.get(url);
	assert.equal(answer.statusCode, 200, answer.body);
	assert.equal(answer.headers['content-type'], 'application/json; charset=utf-8');
	const { status, data: found } = answer.json();
	assert.equal(status, 'success');
	return found;
}

export const q = encodeURIComponent;
