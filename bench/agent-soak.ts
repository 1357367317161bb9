import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seriesOf } from '../test/product/product.ts';
import { LoadedContainers } from './agent/loaded-containers.ts';
import {
	describeLosses,
	fillCompileCache,
	losses,
	memory,
	type ObservedAgent,
	startAgent,
} from './agent/observed-agent.ts';
import { median, report } from './report.ts';

// The node agent beside 100 containers that ask for all that the machine holds, the way docs/benchmarks.md describes.

const CONTAINERS = Number(process.env.CODEXRAY_BENCH_CONTAINERS ?? 100);
const SECONDS = Number(process.env.CODEXRAY_BENCH_SECONDS ?? 1_200);
const SAMPLES = 40;
const MAX_MEGABYTES = 150;
/** What resident memory may gain from the second quarter of the time to the last. */
const FLAT_MEBIBYTES = 5;

interface Counted {
	/** By the servers; clients that ask through the loopback are not told. */
	requests: number;
	/** By stage and reason, those above 0. */
	drops: Map<string, number>;
}

async function counted({ metricsUrl }: ObservedAgent, names: string[]): Promise<Counted> {
	const text = await (await fetch(metricsUrl)).text();
	const ids = new Set(names.map((name) => `/runc/${name}`));
	const requests = seriesOf(text, 'container_http_inbound_requests_total')
		.filter(({ labels }) => ids.has(labels.container_id ?? ''))
		.reduce((total, { value }) => total + value, 0);
	return { requests, drops: losses(text) };
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const words = (mebibytes: number[]) => mebibytes.map((value) => value.toFixed(0)).join(' ');

async function measure(dir: string): Promise<number> {
	await fillCompileCache(dir);
	const agent = await startAgent(dir);
	let containers: LoadedContainers | undefined;
	try {
		console.log(`# starting ${CONTAINERS} containers`);
		containers = await LoadedContainers.start(dir, CONTAINERS, SECONDS);
		console.log(`# load for ${SECONDS} s`);
		const from = performance.now();
		await containers.go();
		const rss: number[] = [];
		for (let i = 1; i <= SAMPLES; i++) {
			await sleep(Math.max(0, from + (SECONDS * 1000 * i) / SAMPLES - performance.now()));
			rss.push(memory(agent.pid).rss);
			console.log(`# ${Math.round((SECONDS * i) / SAMPLES)} s: ${rss.at(-1)!.toFixed(0)} MiB`);
		}
		const answered = await containers.answered(120_000);
		await sleep(2_000);
		const { requests, drops } = await counted(agent, containers.names);
		const quarter = SAMPLES / 4;
		const gain = median(rss.slice(3 * quarter)) - median(rss.slice(quarter, 2 * quarter));
		const megabytes = (memory(agent.pid).peak * 1024 * 1024) / 1e6;
		const share = Math.min(1, requests / answered);
		const isCounted = requests < answered ? drops.size > 0 : requests - answered <= containers.unreported;
		const counts = `${(share * 100).toFixed(share === 1 ? 0 : 4)} % of ${answered} requests`;
		const soak = {
			ours: `peak ${megabytes.toFixed(0)} MB; ${gain.toFixed(1)} MiB more in the last quarter than in the second; ${counts}`,
			ok: megabytes <= MAX_MEGABYTES && gain <= FLAT_MEBIBYTES && isCounted,
		};
		const notes = [
			`${CONTAINERS} containers for ${SECONDS} s: ${Math.round(answered / SECONDS)} requests/s`,
			`resident MiB over time: ${words(rss)}`,
			describeLosses(drops),
		];
		return report('agent', { soak }, notes, process.argv.includes('--write'), 'Soak');
	} finally {
		await containers?.close();
		await agent.stop();
	}
}

const dir = mkdtempSync(join(tmpdir(), 'codexray-bench-'));
try {
	process.exitCode = await measure(dir);
} finally {
	rmSync(dir, { recursive: true, force: true });
}
process.exit();
