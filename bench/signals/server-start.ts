import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SignalServer } from '../../test/product/signal-server.ts';

const IDLE_SECONDS = 15;

/** Seconds until the second start answers, and MiB of the idle server without its engine. */
export async function measureServerStart(dir: string): Promise<{ seconds: number; mebibytes: number }> {
	const dataDir = join(dir, 'server');
	await (await SignalServer.start(dataDir)).stop();
	const started = performance.now();
	const second = await SignalServer.start(dataDir);
	const seconds = (performance.now() - started) / 1000;
	await sleep(IDLE_SECONDS * 1000);
	const status = readFileSync(`/proc/${second.pid}/status`, 'utf8');
	await second.stop();
	return { seconds, mebibytes: Number(/VmRSS:\s+(\d+) kB/.exec(status)![1]) / 1024 };
}
