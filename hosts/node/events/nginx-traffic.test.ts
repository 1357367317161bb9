import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../free-port.ts';
import { kernelRefusal, ObservedKernel } from './testing/observed-kernel.ts';

const run = promisify(execFile);
const NGINX = '/usr/sbin/nginx';
const LARGE = 5_000_000;

function config(dir: string, port: number): string {
	return `daemon off; worker_processes 1; pid ${dir}/pid; error_log ${dir}/error.log;
events {}
http {
	access_log off; sendfile on; root ${dir};
	client_body_temp_path ${dir}/body; proxy_temp_path ${dir}/proxy; fastcgi_temp_path ${dir}/fastcgi;
	uwsgi_temp_path ${dir}/uwsgi; scgi_temp_path ${dir}/scgi;
	server { listen 127.0.0.1:${port}; }
}`;
}

async function untilAnswers(url: string): Promise<void> {
	for (const deadline = Date.now() + 10_000; Date.now() < deadline; ) {
		if (
			await fetch(url).then(
				(response) => response.ok,
				() => false,
			)
		)
			return;
	}
	throw new Error(`no answer at ${url}`);
}

const missing = !existsSync(NGINX);
if (missing) console.warn(`SKIPPED, there is no ${NGINX}`);

describe.skipIf(missing || kernelRefusal() !== '')('nginx and curl', () => {
	const dir = mkdtempSync(join(tmpdir(), 'codexray-nginx-'));
	let nginx: ChildProcess;
	let port: number;

	beforeAll(async () => {
		port = await freePort();
		writeFileSync(join(dir, 'nginx.conf'), config(dir, port));
		writeFileSync(join(dir, 'small'), 'small');
		writeFileSync(join(dir, 'large'), Buffer.alloc(LARGE, 'L'));
		// Its worker drops root, so the files must be readable to others.
		await run('chmod', ['755', dir]);
		nginx = spawn(NGINX, ['-c', join(dir, 'nginx.conf'), '-e', join(dir, 'error.log')], { stdio: 'inherit' });
		await untilAnswers(`http://127.0.0.1:${port}/small`);
	});

	afterAll(async () => {
		const ended = new Promise((resolve) => nginx.once('exit', resolve));
		nginx.kill('SIGQUIT');
		await ended;
		rmSync(dir, { recursive: true });
	});

	it('counts a body that sendfile sent, whose bytes no buffer of nginx ever held', async () => {
		using kernel = await ObservedKernel.open();
		const { stdout } = await run('curl', [
			'-s',
			'-o',
			'/dev/null',
			'-w',
			'%{size_header} %{size_download}',
			`http://127.0.0.1:${port}/large`,
		]);
		const [header, body] = stdout.split(' ').map(Number);
		expect(body).toBe(LARGE);
		await kernel.untilClosed(port, 2);
		const [client] = kernel.clients(port);
		const [served] = kernel.servers(port);
		expect(client).toMatchObject({ received: header! + LARGE, closes: 1 });
		expect(served).toMatchObject({ sent: header! + LARGE, received: client!.sent, closes: 1 });
		expect(served!.record.pid).not.toBe(nginx.pid);
		const sent = served!.data.filter(({ direction }) => direction === 'send');
		expect(sent[0]!.payload.toString('latin1')).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
		const withPayload = sent.filter(({ payload }) => payload.length > 0);
		expect(withPayload.reduce((bytes, { size }) => bytes + size, 0)).toBe(header);
	});

	it('joins the pieces of a gathered write', async () => {
		using kernel = await ObservedKernel.open();
		await run('curl', ['-s', '-o', '/dev/null', `http://127.0.0.1:${port}/missing`]);
		await kernel.untilClosed(port, 2);
		const answer = kernel.servers(port)[0]!.data.find(({ direction }) => direction === 'send')!;
		// nginx sends header and page from several buffers with one writev.
		expect(answer.payload.toString('latin1')).toMatch(/^HTTP\/1\.1 404 Not Found\r\n[\s\S]*<\/html>\r\n$/);
		expect(answer.payload).toHaveLength(answer.size);
	});
});
