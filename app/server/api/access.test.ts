import type { FastifyInstance } from 'fastify';
import { beforeAll, expect, it } from 'vitest';
import { HOST, TestServer } from '../testing/test-server.ts';

// Who may come in.

let s: TestServer;
beforeAll(async () => {
	s = await TestServer.start();
});

it('every route but sign-in, static files and probes wants a key or a session', async () => {
	const listing = s.app.printRoutes({ commonPrefix: false, includeHooks: false });
	const found: { method: string; url: string }[] = [];
	const path: string[] = [];
	for (const line of listing.split('\n')) {
		const match = /^((?:│ {3}| {4})*)(?:├── |└── )(\S+)(?: \(([A-Z, ]+)\))?/.exec(line);
		if (!match) continue;
		const depth = match[1]!.length / 4;
		path.length = depth;
		path.push(match[2]!);
		for (const method of (match[3] ?? '').split(', ')) {
			if (method && method !== 'HEAD') found.push({ method, url: path.join('').replace(':id', 'x') });
		}
	}
	const open: string[] = [];
	for (const { method, url } of found) {
		const response = await s.app.inject({ method: method as 'GET', url, headers: HOST });
		if (response.statusCode !== 401) open.push(`${method} ${url} ${response.statusCode}`);
	}
	expect(found.length).toBeGreaterThanOrEqual(11);
	const probes = ['GET /-/healthy 200', 'GET /-/ready 200', 'GET /healthz 200'];
	expect(open.sort()).toEqual([...probes, 'POST /api/session 400']);
	for (const url of ['/api/none', '/v1/none', '/api', '/api/v1/query']) {
		expect((await s.app.inject({ url, headers: HOST })).statusCode, url).toBe(401);
	}
});

it('takes the key as header, bearer token and basic password, and no other key', async () => {
	const get = async (headers: Record<string, string>) =>
		(await s.app.inject({ url: '/api/status', headers: { ...HOST, ...headers } })).statusCode;
	expect(await get({ 'x-api-key': s.key })).toBe(200);
	expect(await get({ authorization: `Bearer ${s.key}` })).toBe(200);
	expect(await get({ authorization: `Basic ${btoa(`anybody:${s.key}`)}` })).toBe(200);
	expect(await get({ 'x-api-key': `${s.key}x` })).toBe(401);
	expect(await get({ 'x-api-key': s.key.slice(1) })).toBe(401);
	expect(await get({ authorization: 'Basic !!!' })).toBe(401);
	expect(await get({ authorization: `Bearer ${s.token}` })).toBe(401);
	expect((await s.post('/v1/metrics', s.sample(), { 'x-api-key': 'wrong' })).statusCode).toBe(401);
});

it('a token becomes a session, which ends at sign-out and after 30 days', async () => {
	const signIn = (token: string) =>
		s.app.inject({ method: 'POST', url: '/api/session', payload: { token }, headers: HOST });
	expect((await signIn('wrong')).json().code).toBe('CXR_AUTH_TOKEN');
	const response = await signIn(s.token);
	expect(response.statusCode).toBe(204);
	const cookie = String(response.headers['set-cookie']);
	expect(cookie).toMatch(/^codexray_session=[\w-]{43}; Max-Age=2592000; HttpOnly; SameSite=Strict; Path=\/$/);
	const headers = { ...HOST, cookie: `other=1; ${cookie.split(';')[0]}` };
	const session = async () => (await s.app.inject({ url: '/api/session', headers })).statusCode;
	expect(await session()).toBe(200);
	expect((await s.app.inject({ url: '/api/map', headers })).statusCode).toBe(200);
	// A cookie is what browsers send by themselves: it opens no way in for data.
	expect((await s.post('/v1/metrics', s.sample(), { ...headers, 'x-api-key': '' })).statusCode).toBe(401);
	s.now += 31 * 24 * 3_600_000;
	expect(await session()).toBe(401);
	s.now -= 31 * 24 * 3_600_000;
	expect(await session()).toBe(200);
	expect((await s.app.inject({ method: 'DELETE', url: '/api/session', headers })).statusCode).toBe(204);
	expect(await session()).toBe(401);
	const kept = JSON.stringify([...s.secrets.settings, ...s.secrets.sessions]);
	for (const secret of [s.token, s.key]) expect(kept).not.toContain(secret);
});

it('throttles failed sign-ins of an address', async () => {
	const own = await TestServer.start();
	const attempt = (token: string, remoteAddress = '10.0.0.1') =>
		own.app.inject({
			method: 'POST',
			url: '/api/session',
			payload: { token },
			headers: HOST,
			remoteAddress,
		});
	for (let i = 0; i < 10; i++) expect((await attempt('no')).statusCode).toBe(401);
	const throttled = await attempt(own.token);
	expect([throttled.statusCode, throttled.headers['retry-after']]).toEqual([429, '60']);
	expect((await attempt(own.token, '10.0.0.2')).statusCode).toBe(204);
	own.now += 61_000;
	expect((await attempt(own.token)).statusCode).toBe(204);
});

it('answers only for host names that are its own', async () => {
	const status = async (app: FastifyInstance, name: string | undefined, url = '/api/session') =>
		(await app.inject({ url, headers: { host: name } })).statusCode;
	for (const name of ['localhost', 'LOCALHOST:1', '127.0.0.1', '[::1]:9'])
		expect(await status(s.app, name)).toBe(401);
	for (const name of ['evil.example', '10.0.0.5', 'localhost.evil.example', '127.0.0.1.evil.example']) {
		expect(await status(s.app, name), name).toBe(421);
		expect(await status(s.app, name, '/'), name).toBe(421);
	}
	expect(await status(s.app, 'evil.example', '/healthz')).toBe(200);
	const wide = await TestServer.start({ listenHost: '0.0.0.0', hostNames: ['codexray.example'] });
	expect(await status(wide.app, '10.0.0.5:80')).toBe(401);
	expect(await status(wide.app, 'codexray.example')).toBe(401);
	expect(await status(wide.app, 'evil.example')).toBe(421);
	expect((await s.post('/v1/metrics', s.sample(), { host: 'server.monitoring.svc' })).statusCode).toBe(200);
});

it('refuses changes that another site asks for', async () => {
	const from = async (headers: Record<string, string>) =>
		(
			await s.app.inject({
				method: 'POST',
				url: '/api/session',
				payload: { token: s.token },
				headers: { ...HOST, ...headers },
			})
		).statusCode;
	expect(await from({ origin: 'http://127.0.0.1:8080' })).toBe(204);
	expect(await from({ origin: 'http://evil.example' })).toBe(403);
	expect(await from({ origin: 'null' })).toBe(403);
	expect(await from({ 'sec-fetch-site': 'cross-site' })).toBe(403);
	expect(await from({ 'sec-fetch-site': 'same-origin' })).toBe(204);
});
