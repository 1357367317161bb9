import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkRuntimes } from './runtime-checks.ts';

let dir: string;
const servers: Server[] = [];
beforeEach(() => {
	dir = mkdtempSync(join(tmpdir(), 'codexray-runtimes-'));
});
afterEach(async () => {
	for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
	rmSync(dir, { recursive: true, force: true });
});

async function listen(server: Server, name: string): Promise<string> {
	servers.push(server);
	const path = join(dir, name);
	await new Promise<void>((resolve) => server.listen(path, resolve));
	return path;
}

/** All that are not said are not there. */
async function states(places: Partial<Parameters<typeof checkRuntimes>[0]>) {
	const absent = join(dir, 'absent');
	const all = { docker: absent, containerd: absent, crio: absent, podman: absent, podmanRoot: absent };
	const found = await checkRuntimes({ ...all, ...places }, 'sudo codexray up');
	return Object.fromEntries(found.map((status) => [status.runtime, status]));
}

test('a node without any', async () => {
	const { docker, containerd, crio, podman } = await states({});
	for (const status of [docker, containerd, crio, podman])
		expect(status).toMatchObject({ state: 'absent', place: null, help: expect.stringContaining('--') });
});

test('one that answers, and one whose answers are not those of a runtime', async () => {
	const knowing = await listen(
		createHttpServer((_, response) => response.writeHead(404).end('{"message":"No such container"}')),
		'docker.sock',
	);
	const broken = await listen(
		createHttpServer((_, response) => response.writeHead(500).end()),
		'crio.sock',
	);
	const { docker, crio } = await states({ docker: knowing, crio: broken });
	expect(docker).toMatchObject({ state: 'answers', place: expect.stringContaining(knowing), help: null });
	expect(crio).toMatchObject({
		...{ state: 'refused', reason: expect.stringContaining('answers 500') },
		help: expect.stringContaining('--crio-socket PATH'),
	});
});

test('sockets that nobody listens on any more', async () => {
	const left = join(dir, 'left.sock');
	writeFileSync(left, '');
	const { docker, containerd } = await states({ docker: left, containerd: left });
	for (const status of [docker, containerd])
		expect(status).toMatchObject({
			...{ state: 'refused', reason: expect.stringContaining('ECONNREFUSED') },
			help: expect.stringContaining(`systemctl start ${status?.runtime}`),
		});
});

test('one that says nothing: no answer within two seconds', async () => {
	const silent = await listen(
		createServer((socket) => socket.resume()),
		'silent.sock',
	);
	const { docker, containerd } = await states({ docker: silent, containerd: silent });
	for (const status of [docker, containerd])
		expect(status).toMatchObject({ state: 'refused', reason: 'no answer within 2 s' });
});

test('the lists of Podman: read, and not readable as lists', async () => {
	const good = mkdtempSync(join(dir, 'good-'));
	const bad = mkdtempSync(join(dir, 'bad-'));
	expect((await states({ podmanRoot: good })).podman).toMatchObject({ state: 'answers' });
	mkdirSync(join(bad, 'overlay-containers'));
	writeFileSync(join(bad, 'overlay-containers/containers.json'), '{}');
	expect((await states({ podmanRoot: bad })).podman).toMatchObject({
		...{ state: 'refused', reason: expect.stringContaining('holds no list') },
		help: expect.stringContaining('--podman-root DIR'),
	});
});
