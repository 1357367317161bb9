import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../app/clock.ts';
import { PrometheusSource, type SourceKind } from '../../app/server/prometheus-source/prometheus-source.ts';
import { SourceCalls } from '../../app/server/prometheus-source/source-calls.ts';
import { createCodec } from '../../core-as/facade/index.ts';
import { builtModules } from '../../core-as/testing/modules.ts';
import { nodeSourceHttp } from './source-http.ts';

const codec = createCodec(await builtModules());
const adapter = nodeSourceHttp();
const never = new AbortController().signal;
const EMPTY = '{"status":"success","data":{"resultType":"matrix","result":[]}}';

let answer: (request: IncomingMessage, response: ServerResponse) => void;
let server: Server;
let port: number;

beforeAll(async () => {
	server = createServer((request, response) => {
		request.resume();
		request.on('end', () => answer(request, response));
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
	port = (server.address() as { port: number }).port;
});
afterAll(() => {
	adapter.close();
	server.closeAllConnections();
	server.close();
});

/** Waits `patienceMs` for each part of an answer: long, so that only a source that is slow is given up, not one on a busy machine. */
function source(kind: SourceKind | null, patienceMs = 20_000): PrometheusSource {
	const calls = new SourceCalls({
		...{ http: adapter.http, address: `http://127.0.0.1:${port}`, headers: {}, parameters: {} },
		...{ clock: systemClock, firstByteMs: patienceMs, idleMs: patienceMs, deadlineMs: 3 * patienceMs },
	});
	return new PrometheusSource({ calls, codec, kind });
}

/** The code and words that a read fails with. */
async function failure(kind: SourceKind, patienceMs?: number): Promise<{ code: string; detail: string }> {
	return source(kind, patienceMs)
		.read({ names: ['up'] }, 0, 60_000, never)
		.then(
			() => ({ code: 'none', detail: '' }),
			(e) => e,
		);
}

function text(status: number, body: string): typeof answer {
	return (_request, response) => response.writeHead(status).end(body);
}

describe.each<SourceKind>(['remote-read', 'export', 'range-selector'])('%s of a source that', (kind) => {
	it('never answers is given up', async () => {
		answer = () => {};
		expect(await failure(kind, 300)).toMatchObject({ code: 'CXR_SOURCE_SLOW' });
	});

	it('stops in the middle of its answer is given up', async () => {
		answer = (_request, response) => response.writeHead(200).write('{');
		expect(await failure(kind, 300)).toMatchObject({ code: 'CXR_SOURCE_SLOW' });
	});

	it('drips is given up at the deadline', async () => {
		answer = (_request, response) => {
			response.writeHead(200);
			const timer = setInterval(() => response.write(' '), 50);
			response.on('close', () => clearInterval(timer));
		};
		expect(await failure(kind, 300)).toMatchObject({ code: 'CXR_SOURCE_SLOW' });
	});

	it('cuts the connection is away', async () => {
		answer = (_request, response) => {
			response.writeHead(200, { 'Content-Length': '1000' }).write('{');
			setTimeout(() => response.destroy(), 20);
		};
		expect(await failure(kind)).toMatchObject({ code: 'CXR_SOURCE_AWAY' });
	});

	it.each([
		[422, 'query processing would load too many samples into memory', 'CXR_SOURCE_TOO_MUCH'],
		[400, 'exceeded sample limit (50000000)', 'CXR_SOURCE_TOO_MUCH'],
		[503, 'query timed out in expression evaluation', 'CXR_SOURCE_TOO_MUCH'],
		[500, 'broken', 'CXR_SOURCE_AWAY'],
		[429, 'later', 'CXR_SOURCE_AWAY'],
		[401, 'who are you', 'CXR_SOURCE_REFUSED'],
		[403, 'not you', 'CXR_SOURCE_REFUSED'],
		[302, 'elsewhere', 'CXR_SOURCE_REFUSED'],
	])('answers %i "%s"', async (status, words, code) => {
		answer = text(status, words);
		const found = await failure(kind);
		expect(found.code).toBe(code);
		expect(found.detail).toContain(`HTTP ${status}: ${words}`);
	});

	it('repeats a long question before it says that it is too much', async () => {
		const question = `cannot search ${'some_name_total|'.repeat(2_000)}`;
		answer = text(400, `${question}: the number of matching timeseries exceeds 300; increase -search.max*`);
		const { code, detail } = await failure(kind);
		expect(code).toBe('CXR_SOURCE_TOO_MUCH');
		expect(detail).toMatch(
			/HTTP 400: cannot search some_name_total.* … .*exceeds 300; increase -search\.max\*$/,
		);
		expect(detail.length).toBeLessThan(800);
	});

	it.each(['<html><body>Welcome</body></html>', '{"status":"suc', '[1,2'])('answers %s', async (body) => {
		answer = text(200, body);
		expect(await failure(kind)).toMatchObject({ code: 'CXR_SOURCE_MALFORMED' });
	});
});

describe('the way that a source is read', () => {
	it.each<[SourceKind, (url: string) => [number, string | Uint8Array]]>([
		['remote-read', () => [200, codec.snappyCompress(Uint8Array.of(10, 0))]],
		['export', (url) => (url.includes('/read') ? [404, 'not found'] : [200, ''])],
		['range-selector', (url) => (url.endsWith('/query') ? [200, EMPTY] : [200, '<html>a page</html>'])],
	])('is found out: %s', async (kind, reply) => {
		answer = (request, response) => {
			const [status, body] = reply(request.url!);
			response.writeHead(status).end(body);
		};
		expect(await source(null).probe(never)).toBe(kind);
	});

	it('is not guessed while the source is away or wants a password', async () => {
		for (const [status, code] of [
			[503, 'CXR_SOURCE_AWAY'],
			[401, 'CXR_SOURCE_REFUSED'],
		] as const) {
			answer = text(status, '');
			const asked = source(null);
			await expect(asked.probe(never)).rejects.toMatchObject({ code });
			expect(asked.kind).toBeNull();
		}
	});
});

it('names are asked for by GET, with their bounds in the query', async () => {
	let seen = '';
	answer = (request, response) => {
		seen = `${request.method} ${request.url}`;
		response.end('{"status":"success","data":["b","a"]}');
	};
	expect(await source('export').names(1_000, 2_500, never)).toEqual(['a', 'b']);
	expect(seen).toBe('GET /api/v1/label/__name__/values?start=1.000&end=2.500');
});

it('the clock of the source is that of its answers', async () => {
	const asked = source('range-selector');
	answer = (_request, response) =>
		response.writeHead(200, { Date: new Date(Date.now() + 7_200_000).toUTCString() }).end(EMPTY);
	await asked.read({ names: ['up'] }, 0, 60_000, never);
	expect(Math.abs(asked.now() - Date.now() - 7_200_000)).toBeLessThan(60_000);
});
