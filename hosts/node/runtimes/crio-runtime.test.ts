import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CrioRuntime } from './crio-runtime.ts';

// No CRI-O runs here: a mock over a real unix socket answers in the shape that CRI-O's sources give.

const KNOWN = 'ab'.repeat(32);
const labels = { 'io.kubernetes.pod.name': 'web-0', 'io.kubernetes.container.name': 'app' };
const dir = mkdtempSync(join(tmpdir(), 'codexray-crio-'));
const socket = join(dir, 'crio.sock');
const signal = () => AbortSignal.timeout(10_000);
let server: Server;

beforeAll(async () => {
	server = createServer(({ url }, response) => {
		if (url === `/containers/${KNOWN}`)
			response.end(
				JSON.stringify({ name: 'k8s_app', pid: 7, image: 'nginx:1', labels: { ...labels, odd: 1 } }),
			);
		else if (url === '/containers/long') response.end('x'.repeat(5 << 20));
		else if (url === '/containers/none') response.writeHead(404).end('not found');
		else if (url === '/containers/silent') return;
		else response.writeHead(500).end();
	});
	await new Promise<void>((resolve) => server.listen(socket, resolve));
});
afterAll(() => {
	server.closeAllConnections();
	server.close();
	rmSync(dir, { recursive: true, force: true });
});

test('a known container', async () => {
	expect(await new CrioRuntime([socket]).inspect(KNOWN, signal())).toEqual({
		...{ name: 'k8s_app', image: 'nginx:1', environment: {}, labels },
	});
});

test('one that it does not know, and a node without CRI-O', async () => {
	expect(await new CrioRuntime([socket]).inspect('none', signal())).toBeUndefined();
	expect(await new CrioRuntime([join(dir, 'absent')]).inspect(KNOWN, signal())).toBeUndefined();
});

test('an answer that is too long, an error, silence', async () => {
	const runtime = new CrioRuntime([socket]);
	await expect(runtime.inspect('long', signal())).rejects.toThrow('too many bytes');
	await expect(runtime.inspect('broken', signal())).rejects.toThrow('answers 500');
	const over = new AbortController();
	const silent = runtime.inspect('silent', over.signal);
	over.abort();
	await expect(silent).rejects.toThrow();
});
