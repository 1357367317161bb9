import type { ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../../hosts/node/free-port.ts';
import { SignalServer } from '../../test/product/signal-server.ts';
import { until } from '../../test/product/waiting.ts';
import type { Programs } from '../signals/programs.ts';

/** A server under measurement that takes remote write and answers Prometheus's HTTP API. */
export interface MetricServer {
	name: string;
	url: string;
	headers: Record<string, string>;
	pid: number;
	/** Has everything on disk as it stays there; resolves with bytes. */
	settledBytes(): Promise<number>;
	/** Makes all that was written readable. */
	settle(): Promise<void>;
	stop(): Promise<void>;
}

/** Long enough for the oldest samples of the corpora. */
const RETENTION_DAYS = 60;

export async function startOurs(dir: string): Promise<MetricServer> {
	const open = () =>
		SignalServer.start(dir, 'node', {
			CODEXRAY_NO_ENGINE: '1',
			CODEXRAY_METRICS_RETENTION: `${RETENTION_DAYS}d`,
		});
	const server = await open();
	return {
		name: 'ours',
		url: server.url,
		headers: { 'X-API-Key': server.key },
		pid: server.pid,
		// A server that ends has written its head.
		settledBytes: async () => {
			await server.stop();
			return bytesBelow(join(dir, 'chunks'));
		},
		settle: async () => {},
		stop: () => server.stop(),
	};
}

export async function startPrometheus(
	programs: Programs,
	program: string,
	dir: string,
): Promise<MetricServer> {
	const port = await freePort();
	await mkdir(dir, { recursive: true });
	const config = join(dir, 'prometheus.yml');
	writeFileSync(config, '{}\n');
	const data = join(dir, 'data');
	const child = programs.start(program, [
		`--config.file=${config}`,
		`--storage.tsdb.path=${data}`,
		`--storage.tsdb.retention.time=${RETENTION_DAYS}d`,
		`--web.listen-address=127.0.0.1:${port}`,
		'--web.enable-remote-write-receiver',
		'--web.enable-admin-api',
		'--log.level=error',
	]);
	const url = `http://127.0.0.1:${port}`;
	await answers(`${url}/-/ready`);
	return {
		name: 'Prometheus',
		url,
		headers: {},
		pid: child.pid!,
		// A snapshot makes blocks of what the head holds too.
		settledBytes: async () => {
			const response = await fetch(`${url}/api/v1/admin/tsdb/snapshot`, { method: 'POST' });
			const { data: made } = (await response.json()) as { data: { name: string } };
			return bytesBelow(join(data, 'snapshots', made.name));
		},
		settle: async () => {},
		stop: () => programs.end(child),
	};
}

export async function startVictoriaMetrics(
	programs: Programs,
	program: string,
	dir: string,
): Promise<MetricServer> {
	const port = await freePort();
	const child = programs.start(program, [
		`-storageDataPath=${dir}`,
		`-httpListenAddr=127.0.0.1:${port}`,
		`-retentionPeriod=${RETENTION_DAYS}d`,
		'-loggerLevel=ERROR',
	]);
	const url = `http://127.0.0.1:${port}`;
	await answers(`${url}/health`);
	const settle = async () => {
		await fetch(`${url}/internal/force_flush`);
	};
	return {
		name: 'VictoriaMetrics',
		url,
		headers: {},
		pid: child.pid!,
		settledBytes: async () => {
			await settle();
			await fetch(`${url}/internal/force_merge`);
			await steady(() => bytesBelow(dir));
			return bytesBelow(dir);
		},
		settle,
		stop: () => programs.end(child as ChildProcess),
	};
}

/** Seconds of CPU that a process has used so far. */
export function cpuSeconds(pid: number): number {
	const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
	return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Resident memory of a process, MiB. */
export function residentMebibytes(pid: number): number {
	return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024;
}

async function answers(url: string): Promise<void> {
	await until(
		async () => ((await fetch(url)).ok ? true : undefined),
		() => `${url} does not answer`,
	);
}

/** Waits until a figure stays for five seconds. */
async function steady(figure: () => number): Promise<void> {
	let last = Number.NaN;
	let since = Date.now();
	await until(
		() => {
			const now = figure();
			if (now !== last) since = Date.now();
			last = now;
			return Date.now() - since > 5000 ? true : undefined;
		},
		() => 'the disk does not come to rest',
		120_000,
	);
}

function bytesBelow(dir: string): number {
	let sum = 0;
	for (const entry of readdirSync(dir, { withFileTypes: true, recursive: true })) {
		if (!entry.isFile()) continue;
		try {
			// What the file takes, not what it says.
			sum += statSync(join(entry.parentPath, entry.name)).blocks * 512;
		} catch {
			// Merged away meanwhile.
		}
	}
	return sum;
}
