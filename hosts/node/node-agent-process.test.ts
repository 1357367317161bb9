import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, test } from 'vitest';

const ENTRY = join(import.meta.dirname, 'node-agent-process.ts');
const dirs: string[] = [];
const children: ChildProcess[] = [];

afterEach(() => {
	for (const child of children.splice(0)) child.kill('SIGKILL');
	for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

function run(args: string[], env: Record<string, string> = {}, detached = false) {
	const dir = mkdtempSync(join(tmpdir(), 'codexray-agent-'));
	dirs.push(dir);
	const words = [ENTRY, '--listen', '127.0.0.1:0', '--wal-dir', dir, ...args];
	const child = spawn(process.execPath, words, { stdio: 'pipe', env: { ...process.env, ...env }, detached });
	children.push(child);
	let errors = '';
	child.stderr.on('data', (chunk) => {
		errors += chunk;
	});
	const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
	const ready = new Promise<Record<string, unknown>>((resolve, reject) => {
		createInterface({ input: child.stdout }).once('line', (line) => resolve(JSON.parse(line)));
		exited.then((code) => reject(new Error(`ended with ${code}: ${errors}`)));
	});
	ready.catch(() => {});
	return { child, exited, ready, errors: () => errors };
}

test('wrong options are told in one line, exit code 2', async () => {
	const { exited, errors } = run(['--scrape-interval', 'soon']);
	expect(await exited).toBe(2);
	expect(errors()).toMatch(/^CXR_AGENT_OPTION: .*--scrape-interval "soon": write a duration.*\n$/);
});

describe.skipIf(process.getuid?.() !== 0)('a running agent', () => {
	test.runIf(existsSync('/proc/self/autogroup'))(
		'a session of its own is preferred as the process is',
		async () => {
			const { ready } = run([], {}, true);
			const { pid } = await ready;
			expect(readFileSync(`/proc/${pid}/autogroup`, 'utf8')).toMatch(/nice -10$/m);
			expect(getPriority(Number(pid))).toBe(-10);
		},
	);

	test('says where its metrics are, sends at SIGUSR2, ends at SIGTERM', async () => {
		let posts = 0;
		let posted = () => {};
		const collector = createServer((request, response) => {
			request.resume().on('end', () => {
				posts++;
				posted();
				response.writeHead(204).end();
			});
		});
		const next = () =>
			new Promise<void>((resolve) => {
				posted = resolve;
			});
		await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
		const endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
		// The environment has the endpoint, and only early takes and the signal make it send.
		const { child, exited, ready } = run(['--scrape-interval', '1h'], {
			CODEXRAY_COLLECTOR_ENDPOINT: endpoint,
		});
		const said = await ready;
		expect(said).toMatchObject({ pid: child.pid, features: expect.any(Array) });
		expect((await fetch((said.metricsUrl as string).replace('/metrics', '/healthz'))).status).toBe(200);
		const sent = next();
		child.kill('SIGUSR2');
		await sent;
		const before = posts;
		child.kill('SIGTERM');
		expect(await exited).toBe(0);
		expect(posts).toBeGreaterThan(before);
		collector.closeAllConnections();
		collector.close();
	});

	test('ends when its parent is gone', async () => {
		const { child, exited, ready } = run([]);
		await ready;
		child.stdin.end();
		expect(await exited).toBe(0);
	});

	test('a taken port is told', async () => {
		const { ready } = run([]);
		const { metricsUrl } = await ready;
		const second = run(['--listen', new URL(metricsUrl as string).host]);
		expect(await second.exited).toBe(1);
		expect(second.errors()).toContain('CXR_AGENT_LISTEN');
	});
});
