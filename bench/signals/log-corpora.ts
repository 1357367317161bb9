import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../hosts/node/free-port.ts';
import { until } from '../../test/product/waiting.ts';
import { LineCollector, type LineLog } from './line-log.ts';
import { Programs } from './programs.ts';

// Logs of real programs under real work: nothing is made up or repeated.

const PROGRAM = (name: string) => fileURLToPath(new URL(`../programs/${name}`, import.meta.url));
/** A source that writes slower than thought ends here. */
const MAX_SECONDS = 40;

/** Until the collector has enough; `work` is started again when it ends before. */
async function fill(collector: LineCollector, work: () => Promise<void>): Promise<LineLog> {
	const end = performance.now() + MAX_SECONDS * 1000;
	while (!collector.full && performance.now() < end) await work();
	return collector.take();
}

/** nginx in the format `main` of its packages, written to a pipe. */
export async function nginxLog(dir: string, lines: number): Promise<LineLog> {
	const programs = new Programs();
	const collector = new LineCollector('/docker/web', lines, lines * 400);
	const port = await freePort();
	// Standard output is a socket here, which nginx does not open.
	const pipe = join(dir, 'access.pipe');
	execFileSync('mkfifo', [pipe]);
	writeFileSync(join(dir, 'index.html'), 'x'.repeat(612));
	writeFileSync(
		join(dir, 'nginx.conf'),
		`daemon off; master_process off; pid ${dir}/nginx.pid; error_log stderr error;
events { worker_connections 256; }
http { keepalive_requests 100000000; client_body_temp_path ${dir}/body;
proxy_temp_path ${dir}/proxy; fastcgi_temp_path ${dir}/fastcgi; uwsgi_temp_path ${dir}/uwsgi; scgi_temp_path ${dir}/scgi;
log_format main '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" "$http_x_forwarded_for"';
access_log ${pipe} main;
server { listen 127.0.0.1:${port}; root ${dir};
location /products/ { return 200 'product $request_uri'; } location /orders/ { return 200 'order $request_uri'; } } }`,
	);
	try {
		programs.start('cat', [pipe], { onOutput: (chunk) => collector.add(chunk) });
		programs.start('nginx', ['-c', join(dir, 'nginx.conf'), '-p', dir]);
		await answering(port);
		return await fill(collector, () =>
			programs.run('wrk', [
				'-t1',
				'-c20',
				'-d2s',
				'-s',
				PROGRAM('varied-requests.lua'),
				`http://127.0.0.1:${port}`,
			]),
		);
	} finally {
		await programs.stop();
	}
}

/** Postgres that logs every statement and how long it took, under pgbench. */
export async function postgresLog(dir: string, lines: number): Promise<LineLog> {
	const programs = new Programs();
	const collector = new LineCollector('/docker/db', lines, lines * 400);
	const port = String(await freePort());
	const bin = execFileSync('pg_config', ['--bindir'], { encoding: 'utf8' }).trim();
	const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
	const user = { uid: id('-u'), gid: id('-g') };
	const data = join(dir, 'postgres');
	mkdirSync(data, { recursive: true });
	chownSync(data, user.uid, user.gid);
	chmodSync(dir, 0o755);
	const own = { user, cwd: data };
	await programs.run(join(bin, 'initdb'), ['-D', data, '-A', 'trust', '-N'], own);
	const settings = {
		port,
		listen_addresses: '',
		unix_socket_directories: data,
		fsync: 'off',
		log_statement: 'all',
		log_duration: 'on',
		log_connections: 'on',
		log_disconnections: 'on',
		log_checkpoints: 'on',
		log_line_prefix: '%m [%p] %q%u@%d ',
	};
	try {
		const words = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
		const server = programs.start(join(bin, 'postgres'), ['-D', data, ...words], {
			...own,
			onOutput: (chunk) => collector.add(chunk),
		});
		const to = ['-h', data, '-p', port, '-U', 'postgres'];
		await until(
			() =>
				programs.run('psql', [...to, '-c', 'SELECT 1'], own).then(
					() => true,
					() => undefined,
				),
			() => 'Postgres does not answer',
		);
		await programs.run('pgbench', [...to, '-i', '-q', '-s', '5'], own);
		const found = await fill(collector, () => programs.run('pgbench', [...to, '-c', '4', '-T', '3'], own));
		await programs.end(server, 'SIGINT');
		return found;
	} finally {
		await programs.stop();
	}
}

/** What Node writes about its own HTTP server when it is asked for its debug logs. */
export async function nodeLog(lines: number): Promise<LineLog> {
	const programs = new Programs();
	const collector = new LineCollector('/docker/api', lines, lines * 400);
	const port = await freePort();
	try {
		programs.start(process.execPath, [PROGRAM('debugged-server.mjs'), String(port)], {
			env: { ...process.env, NODE_DEBUG: 'http,net' },
			onOutput: (chunk) => collector.add(chunk),
		});
		await answering(port);
		return await fill(collector, () =>
			programs.run('wrk', [
				'-t1',
				'-c20',
				'-d1s',
				'-s',
				PROGRAM('varied-requests.lua'),
				`http://127.0.0.1:${port}`,
			]),
		);
	} finally {
		await programs.stop();
	}
}

/** What apt says while it resolves what real packages need; nothing is installed. */
export async function aptLog(lines: number): Promise<LineLog> {
	const programs = new Programs();
	const collector = new LineCollector('/host/apt', lines, lines * 800);
	const debug = ['pkgDepCache::AutoInstall', 'pkgDepCache::Marker', 'pkgProblemResolver', 'pkgPolicy'];
	const packages = [
		'nginx',
		'postgresql',
		'build-essential',
		'default-jdk',
		'python3-dev',
		'gnome-shell',
		'texlive',
	];
	for (const name of packages) {
		if (collector.full) break;
		const child = programs.start(
			'apt-get',
			['-s', ...debug.flatMap((d) => ['-o', `Debug::${d}=1`]), 'install', name],
			{
				onOutput: (chunk) => collector.add(chunk),
			},
		);
		await new Promise((resolve) => child.once('close', resolve));
	}
	return collector.take();
}

export async function answering(port: number): Promise<void> {
	for (let i = 0; ; i++) {
		try {
			await (await fetch(`http://127.0.0.1:${port}/`)).arrayBuffer();
			return;
		} catch (error) {
			if (i === 100) throw error;
			await sleep(50);
		}
	}
}
