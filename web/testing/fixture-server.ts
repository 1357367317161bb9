// A mock of the server for tests and screenshots of the pages: serves build/web and invented data. Never part of a release.
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { storyLogs } from './fixture-logs.ts';
import { storyNode, storyNodes, withResources } from './fixture-nodes.ts';
import { storyProfiles } from './fixture-profiles.ts';
import { type StoryName, storyMap, storyReport, storyStatus } from './fixture-story.ts';
import { storyTraces } from './fixture-traces.ts';

export const FIXTURE_TOKEN = 'fixture-token';
const COOKIE = 'codexray_session=fixture';
/** The strictest that the pages promise to work under. */
const POLICY =
	"default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data:; connect-src 'self'";
const PAGES = fileURLToPath(new URL('../../build/web/', import.meta.url));
const TYPES: Record<string, string> = {
	'.html': 'text/html; charset=utf-8',
	'.js': 'text/javascript',
	'.css': 'text/css',
	'.svg': 'image/svg+xml',
};

export interface FixtureServer {
	url: string;
	/** What the next answers tell. */
	story: StoryName;
	/** What the next answer of a path of logs or traces says instead, by that path. */
	once: Map<string, Record<string, unknown>>;
	/** Paths that are too busy to answer. */
	busy: Set<string>;
	/** How many answers with a script of this name (without hash) break off in the middle. */
	broken: Map<string, number>;
	/** Refuses the session from now on. */
	forget(): void;
	close(): Promise<void>;
}

export async function startFixture(port = 0): Promise<FixtureServer> {
	let remembered = true;
	const fixture: FixtureServer = {
		url: '',
		story: 'shop',
		once: new Map(),
		busy: new Set(),
		broken: new Map(),
		forget() {
			remembered = false;
		},
		close: () =>
			new Promise((resolve) => {
				server.close(() => resolve());
				server.closeAllConnections();
			}),
	};
	const signedIn = (request: IncomingMessage) =>
		remembered && (request.headers.cookie ?? '').includes(COOKIE);
	const server: Server = createServer((request, response) => {
		answer(request, response, fixture, signedIn(request), () => {
			remembered = true;
		}).catch((error: unknown) => problem(response, 500, 'CXR_FIXTURE', String(error)));
	});
	await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
	fixture.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	return fixture;
}

async function answer(
	request: IncomingMessage,
	response: ServerResponse,
	{ story, once, busy, broken }: FixtureServer,
	signedIn: boolean,
	remember: () => void,
): Promise<void> {
	const url = new URL(request.url ?? '/', 'http://fixture');
	const path = url.pathname;
	if (!path.startsWith('/api/')) return sendFile(response, path, broken);
	if (path === '/api/session' && request.method === 'POST') {
		let body = '';
		for await (const chunk of request) body += chunk;
		if ((JSON.parse(body) as { token?: string }).token !== FIXTURE_TOKEN) {
			return problem(response, 401, 'CXR_AUTH_TOKEN', 'the token is not the one of this server');
		}
		remember();
		response.writeHead(204, { 'set-cookie': `${COOKIE}; HttpOnly; SameSite=Strict; Path=/` }).end();
		return;
	}
	if (path === '/api/session' && request.method === 'DELETE') {
		response.writeHead(204, { 'set-cookie': 'codexray_session=; Path=/; Max-Age=0' }).end();
		return;
	}
	if (!signedIn) return problem(response, 401, 'CXR_AUTH_SESSION', 'no session');
	if (path === '/api/session') return json(response, { signedIn: true });
	const now = Date.now();
	if (path === '/api/status') return json(response, storyStatus(story, now));
	if (busy.has(path)) return problem(response, 503, 'CXR_STORE_BUSY', 'too busy');
	if (story === 'failing')
		return problem(
			response,
			503,
			'CXR_STORE_UNAVAILABLE',
			'chunk store: disk I/O error at data/chunks/hot.duckdb',
		);
	if (story === 'denied')
		return problem(response, 403, 'CXR_AUTH_FORBIDDEN', 'the role viewer has no access to project default');
	if (story === 'off' && /^\/api\/(logs|traces|profiles)/.test(path))
		return problem(response, 501, 'CXR_SIGNALS_OFF', 'The optional package chdb is not installed.');
	if (story === 'off')
		return problem(response, 501, 'CXR_MODEL_OFF', 'the model was switched off by --no-model');
	if (story === 'slow') await new Promise((resolve) => setTimeout(resolve, 20_000));
	const from = Number(url.searchParams.get('from'));
	const to = Number(url.searchParams.get('to'));
	if (path === '/api/nodes') return json(response, storyNodes(story, from, to, now));
	const nodeId = /^\/api\/nodes\/([^/]+)$/.exec(path)?.[1];
	if (nodeId) {
		const node = storyNode(story, decodeURIComponent(nodeId), from, to, now);
		return node
			? json(response, node)
			: problem(response, 404, 'CXR_MODEL_NO_NODE', decodeURIComponent(nodeId));
	}
	if (path === '/api/map') return json(response, storyMap(story, from, to, now));
	const instead = once.get(path);
	once.delete(path);
	const logs = path.startsWith('/api/logs')
		? storyLogs(path, url.searchParams, story === 'empty', now)
		: null;
	if (logs) return json(response, { ...logs, ...instead });
	const kind = story === 'empty' || story === 'large' ? story : 'shop';
	const profiles = path.startsWith('/api/profiles') ? storyProfiles(path, url.searchParams, kind, now) : null;
	if (profiles) return json(response, profiles);
	if (path.startsWith('/api/traces')) {
		const traces = storyTraces(path, url.searchParams, kind, now);
		if (traces) return json(response, { ...traces, ...instead });
		return problem(response, 404, 'CXR_TRACE_UNKNOWN', 'No spans of this trace are stored.');
	}
	const id = /^\/api\/applications\/([^/]+)$/.exec(path)?.[1];
	const report = id ? storyReport(story, decodeURIComponent(id), from, to, now) : null;
	if (!report)
		return problem(
			response,
			404,
			'CXR_APPLICATION_UNKNOWN',
			`no application ${id ? decodeURIComponent(id) : path}`,
		);
	return json(response, withResources(story, report));
}

function json(response: ServerResponse, body: unknown): void {
	response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function problem(response: ServerResponse, status: number, code: string, detail: string): void {
	response.writeHead(status, { 'content-type': 'application/problem+json' });
	response.end(JSON.stringify({ title: 'Request failed', status, code, detail }));
}

/** A file of the build, or the page itself for every address that is none. */
async function sendFile(response: ServerResponse, path: string, broken: Map<string, number>): Promise<void> {
	const wanted = normalize(path).replace(/^\/+/, '') || 'index.html';
	const headers = (name: string) => ({
		'content-type': TYPES[extname(name)] ?? 'application/octet-stream',
		'content-security-policy': POLICY,
	});
	try {
		const body = await readFile(join(PAGES, wanted));
		const script = /^assets\/(\w+)-.*\.js$/.exec(wanted)?.[1] ?? '';
		const breaks = broken.get(script) ?? 0;
		if (breaks > 0) {
			broken.set(script, breaks - 1);
			response.writeHead(200, { ...headers(wanted), 'content-length': body.length });
			response.write(body.subarray(0, body.length / 2), () => response.destroy());
			return;
		}
		response.writeHead(200, headers(wanted)).end(body);
	} catch {
		const body = await readFile(join(PAGES, 'index.html'));
		response.writeHead(200, headers('index.html')).end(body);
	}
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	const fixture = await startFixture(Number(process.env.PORT ?? 4180));
	fixture.story = (process.argv[2] as StoryName | undefined) ?? 'shop';
	console.log(`${fixture.url}/?token=${FIXTURE_TOKEN}`);
}
