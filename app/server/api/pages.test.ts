import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { HOST, TestServer } from '../testing/test-server.ts';

const webDir = mkdtempSync(join(tmpdir(), 'web-'));
mkdirSync(join(webDir, 'assets'));
writeFileSync(join(webDir, 'index.html'), '<!doctype html><title>Codexray</title>');
writeFileSync(join(webDir, 'assets', 'app-1a2b3c4d.js'), 'export {};');
afterAll(() => rmSync(webDir, { recursive: true }));

it('serves files with ETag and policy, and the page for its own paths', async () => {
	const { app } = await TestServer.start({ webDir });
	const get = (url: string, headers = {}) => app.inject({ url, headers: { ...HOST, ...headers } });
	for (const url of ['/', '/?token=abc', '/applications/p:_:Unknown:python3.11?from=1', '/index.html']) {
		const page = await get(url);
		expect(page.body, url).toContain('<title>Codexray');
		expect(page.headers['content-security-policy']).toContain("script-src 'self';");
		expect(page.headers['referrer-policy']).toBe('no-referrer');
		expect(page.headers['cache-control']).toBe('no-cache');
	}
	const script = await get('/assets/app-1a2b3c4d.js');
	expect(script.headers['content-type']).toContain('javascript');
	expect(script.headers['cache-control']).toContain('immutable');
	const again = await get('/assets/app-1a2b3c4d.js', { 'if-none-match': String(script.headers.etag) });
	expect(again.statusCode).toBe(304);
	expect((await get('/assets/none.js')).statusCode).toBe(404);
	expect((await get('/..%2f..%2fetc%2fpasswd')).body).not.toContain('root:');
	expect((await (await TestServer.start()).app.inject({ url: '/', headers: HOST })).statusCode).toBe(503);
});
