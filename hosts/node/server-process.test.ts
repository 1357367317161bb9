import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SELF_JOB } from '../../app/server/self/self-scrape.ts';
import { remoteWriteBody } from '../../app/server/testing/remote-write-body.ts';
import { createChunkCodec, createCodec } from '../../core-as/facade/index.ts';
import { builtModules } from '../../core-as/testing/modules.ts';
import { DuckdbChunkTable } from './chunks/duckdb-chunk-table.ts';

const root = new URL('../..', import.meta.url).pathname;
const modules = await builtModules();
const codec = createCodec(modules);
const chunkCodec = createChunkCodec(modules);
/** The start of an hour, an hour ago: all samples of a test lie in one chunk hour. */
const HOUR = Math.floor(Date.now() / 3_600_000 - 1) * 3_600_000;

interface Server {
	child: ChildProcess;
	url: string;
	key: string;
	signInToken: string;
	ended: Promise<string>;
}

async function start(runtime: string, dataDir: string, crash?: string): Promise<Server> {
	const rest = ['--listen', '127.0.0.1:0', '--data', dataDir, '--flush-interval', '300ms', '--no-engine'];
	const deno = [
		...['run', '--node-modules-dir=manual', '--no-prompt', '--quiet', '--allow-net', '--allow-env'],
		...['--allow-sys', '--allow-ffi', `--allow-read=${root},${dataDir}`, `--allow-write=${dataDir}`],
	];
	const child =
		runtime === 'node'
			? spawn(process.execPath, [join(root, 'hosts/node/server-process.ts'), ...rest], options(crash))
			: spawn(
					join(root, 'node_modules/.bin/deno'),
					[...deno, join(root, 'hosts/deno/server.ts'), ...rest],
					options(crash),
				);
	const ended = new Promise<string>((resolve) =>
		child.on('exit', (code, signal) => resolve(signal ?? `${code}`)),
	);
	const line = await new Promise<string>((resolve, reject) => {
		createInterface({ input: child.stdout! }).once('line', resolve);
		ended.then((how) => reject(new Error(`ended before it was ready: ${how}`)));
	});
	const ready = JSON.parse(line) as { url: string; agentKeyFile: string; signInToken: string };
	return { child, ...ready, key: readFileSync(ready.agentKeyFile, 'utf8').trim(), ended };
}

function options(crash: string | undefined) {
	const env = { ...process.env, ...(crash ? { CODEXRAY_TEST_CRASH: crash } : {}) };
	return { stdio: ['pipe', 'pipe', 'inherit'] as ('pipe' | 'inherit')[], env };
}

const SERIES = 20;
/** All are of one hour, and more than a server takes until it dies, however slow its disk is. */
const MOST_BATCHES = 3_000;

/** Batch `n` holds sample `n` of 20 series. */
async function send(server: Server, n: number): Promise<number> {
	const series = Array.from({ length: SERIES }, (_, s) => ({
		labels: { __name__: 'test_total', series: `${s}` },
		samples: [[HOUR + n * 1000, n * 100 + s]] as [number, number][],
	}));
	const response = await fetch(`${server.url}/v1/metrics`, {
		method: 'POST',
		headers: {
			'x-api-key': server.key,
			'content-type': 'application/x-protobuf',
			'content-encoding': 'snappy',
			'x-codexray-batch-id': n.toString(16).padStart(32, '0'),
		},
		body: codec.snappyCompress(remoteWriteBody(series)) as Uint8Array<ArrayBuffer>,
	});
	await response.arrayBuffer();
	return response.status;
}

/** How often each sample stands in the stopped server's chunk table. */
async function stored(dataDir: string): Promise<Map<string, number>> {
	const table = await DuckdbChunkTable.open(join(dataDir, 'chunks'));
	const loaded = await table.load();
	// The server's own metrics are among them at times.
	const series = loaded.series.filter((s) => s.labels.job !== SELF_JOB);
	const rows = await table.read(null, 0, 0xffffffff);
	const { samples, refused } = chunkCodec.decode(rows);
	await table.close();
	expect(refused.length).toBe(0);
	expect(new Set(series.map((s) => s.labels.series)).size).toBe(series.length);
	const counts = new Map<string, number>();
	const names = new Map(series.map((s) => [s.sid, s.labels.series]));
	let i = 0;
	for (const [chunk, end] of samples.sampleEnds.entries()) {
		const s = names.get(rows.sids[chunk]!);
		if (s === undefined) i = end;
		for (; i < end; i++) {
			const n = samples.timestamps[i]! / 1000;
			expect(samples.values[i]).toBe(n * 100 + Number(s));
			counts.set(`${n}/${s}`, (counts.get(`${n}/${s}`) ?? 0) + 1);
		}
	}
	return counts;
}

describe.each(['node', 'deno'])('the server on %s', (runtime) => {
	let dataDir = '';
	const started: Server[] = [];
	const begin = async (crash?: string) => {
		const server = await start(runtime, dataDir, crash);
		started.push(server);
		return server;
	};

	beforeEach(() => {
		dataDir = mkdtempSync(join(tmpdir(), 'server-'));
	});
	afterEach(async () => {
		for (const { child, ended } of started.splice(0)) {
			child.kill('SIGKILL');
			await ended;
		}
		rmSync(dataDir, { recursive: true, force: true });
	});

	/** Sends until the server dies by itself or is killed, starts another and sends on; nothing is lost or doubled. */
	const survives = async (crash: string | undefined, killAfter: number) => {
		const first = await begin(crash);
		let acknowledged = 0;
		try {
			for (let n = 1; n <= MOST_BATCHES; n++) {
				expect(await send(first, n)).toBe(200);
				acknowledged = n;
				if (n === killAfter) first.child.kill('SIGKILL');
			}
		} catch {}
		await first.ended;
		expect(acknowledged).toBeLessThan(MOST_BATCHES);
		const second = await begin();
		// An agent sends again what was not acknowledged, and may repeat what was.
		const last = acknowledged + 5;
		for (let n = Math.max(1, acknowledged - 2); n <= last; n++) expect(await send(second, n)).toBe(200);
		second.child.kill('SIGTERM');
		expect(await second.ended).toBe('0');
		const counts = await stored(dataDir);
		expect(counts.size).toBe(SERIES * last);
		return counts;
	};

	it.each(['after-reply:7', 'before-release:2', 'during-chunk-write:2'])(
		'survives a crash at %s',
		async (crash) => {
			const counts = await survives(crash, 0);
			expect([...counts.values()].filter((n) => n !== 1)).toEqual([]);
		},
	);

	it('survives kill -9', async () => {
		await survives(undefined, 25);
	});

	it('keeps token and key over a restart, in files for their owner alone', async () => {
		const first = await begin();
		first.child.kill('SIGTERM');
		expect(await first.ended).toBe('0');
		const second = await begin();
		expect([second.signInToken, second.key]).toEqual([first.signInToken, first.key]);
		for (const name of ['agent.key', 'sign-in.token', 'settings.sqlite']) {
			expect(statSync(join(dataDir, name)).mode & 0o777).toBe(0o600);
		}
	});

	it('ends when its parent is gone', async () => {
		const server = await begin();
		server.child.stdin!.end();
		expect(await server.ended).toBe('0');
	});
});
