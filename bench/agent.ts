import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseProcessStat } from '../app/node-agent/processes/process-stat.ts';
import { freePort } from '../hosts/node/free-port.ts';
import { seriesOf } from '../test/product/product.ts';
import { until } from '../test/product/waiting.ts';
import {
	describeLosses,
	fillCompileCache,
	losses,
	memory,
	type ObservedAgent,
	startAgent,
} from './agent/observed-agent.ts';
import { measureParsing } from './parsing.ts';
import { median, type Results, report } from './report.ts';

// The node agent beside nginx, measured the way docs/benchmarks.md describes.

const RATE = 2_000;
const CONNECTIONS = 20;
const SECONDS = Number(process.env.CODEXRAY_BENCH_SECONDS ?? 60);
/** Of the longest period of what the agent does by itself; the first takes, which come sooner, belong to the start. */
const IDLE_SECONDS = 60;
const IDLE_AFTER_SECONDS = 15;
/** The window that is idle too, but for the first takes: seconds after the start. */
const YOUNG_SECONDS = [2, 22] as const;
const SATURATION_ROUNDS = 7;
const SATURATION_SECONDS = 5;
const BODY_BYTES = 612;

const dir = mkdtempSync(join(tmpdir(), 'codexray-bench-'));
const children: ChildProcess[] = [];
const agents: ObservedAgent[] = [];
/** A name of its own, so that no other nginx of this machine is counted. */
const NGINX = `nginx-bench-${process.pid}`;
const file = (path: string) => new URL(path, import.meta.url).pathname;

/** User and system seconds of a process, all threads. */
function cpuSeconds(pid: number): number {
	return parseProcessStat(readFileSync(`/proc/${pid}/stat`, 'utf8')).cpuSeconds;
}

/** Bytes of the kernel maps that a process holds. */
function mapBytes(pid: number): number {
	const seen = new Set<string>();
	let total = 0;
	for (const fd of readdirSync(`/proc/${pid}/fdinfo`)) {
		let text = '';
		try {
			text = readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8');
		} catch {
			continue;
		}
		const id = /^map_id:\s*(\d+)/m.exec(text)?.[1];
		const bytes = /^memlock:\s*(\d+)/m.exec(text)?.[1];
		if (!id || !bytes || seen.has(id)) continue;
		seen.add(id);
		total += Number(bytes);
	}
	return total;
}

async function startNginx(): Promise<{ pid: number; port: number }> {
	const port = await freePort();
	writeFileSync(join(dir, 'index.html'), 'x'.repeat(BODY_BYTES));
	writeFileSync(
		join(dir, 'nginx.conf'),
		`daemon off; master_process off; pid ${dir}/nginx.pid; error_log ${dir}/error.log;
events { worker_connections 256; }
http { access_log off; keepalive_requests 100000000; keepalive_timeout 600; client_body_temp_path ${dir}/body;
proxy_temp_path ${dir}/proxy; fastcgi_temp_path ${dir}/fastcgi; uwsgi_temp_path ${dir}/uwsgi; scgi_temp_path ${dir}/scgi;
server { listen 127.0.0.1:${port}; root ${dir}; } }`,
	);
	copyFileSync('/usr/sbin/nginx', join(dir, NGINX));
	const child = spawn(join(dir, NGINX), ['-c', join(dir, 'nginx.conf'), '-p', dir], { stdio: 'inherit' });
	children.push(child);
	await until(
		async () => ((await fetch(`http://127.0.0.1:${port}/`)).ok ? true : undefined),
		() => 'nginx does not answer',
	);
	return { pid: child.pid!, port };
}

interface ClientResult {
	answered: number;
	late: number;
	p99: number;
}

function steady(port: number): Promise<ClientResult> {
	const words = ['127.0.0.1', port, RATE, CONNECTIONS, SECONDS].map(String);
	return new Promise((resolve, reject) => {
		const child = spawn(process.execPath, [file('programs/steady-client.mjs'), ...words], {
			stdio: ['ignore', 'pipe', 'inherit'],
		});
		children.push(child);
		let output = '';
		child.stdout.on('data', (chunk) => {
			output += chunk;
		});
		child.on('exit', (code) =>
			code === 0 ? resolve(JSON.parse(output) as ClientResult) : reject(new Error(`client ended: ${code}`)),
		);
	});
}

/** Requests that wrk saw answered, and per second. */
function saturate(port: number): { requests: number; perSecond: number } {
	const output = execFileSync(
		'wrk',
		['-t1', `-c${CONNECTIONS}`, `-d${SATURATION_SECONDS}s`, `http://127.0.0.1:${port}/`],
		{ encoding: 'utf8' },
	);
	return {
		requests: Number(/(\d+) requests in/.exec(output)?.[1]),
		perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(output)?.[1]),
	};
}

/** Requests that nginx answered, as the agent counts them. */
async function counted(metricsUrl: string): Promise<number> {
	const text = await (await fetch(metricsUrl)).text();
	return seriesOf(text, 'container_http_inbound_requests_total')
		.filter(({ labels }) => labels.container_id === `/host/${NGINX}`)
		.reduce((total, { value }) => total + value, 0);
}

/** An agent that sees requests: the first event is asked for while nothing else runs. */
async function anotherAgent(port: number): Promise<ObservedAgent> {
	const agent = await startAgent(dir);
	agents.push(agent);
	await until(
		async () => {
			await (await fetch(`http://127.0.0.1:${port}/`)).text();
			return (await counted(agent.metricsUrl)) > 0 || undefined;
		},
		() => 'the agent saw no request',
	);
	return agent;
}

const sleep = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
const micro = (seconds: number) => `${(seconds * 1e6).toFixed(1)} us`;
const percent = (ratio: number) => `${(ratio * 100).toFixed(ratio === 1 ? 0 : 2)} %`;

async function measure(): Promise<{ results: Results; notes: string[] }> {
	const results: Results = {};
	const nginx = await startNginx();
	await fillCompileCache(dir);

	console.log(`# nginx alone: ${RATE} requests/s for ${SECONDS} s`);
	let before = cpuSeconds(nginx.pid);
	const alone = await steady(nginx.port);
	const aloneCost = (cpuSeconds(nginx.pid) - before) / alone.answered;

	const started = performance.now();
	const agent = await anotherAgent(nginx.port);
	const firstEvent = (performance.now() - started) / 1000;
	results.start = { ours: `${firstEvent.toFixed(2)} s`, ok: firstEvent <= 2 };

	console.log(`# idle for ${IDLE_AFTER_SECONDS} s, and for ${IDLE_SECONDS} s that are measured`);
	const [youngFrom, youngTo] = YOUNG_SECONDS;
	await sleep(youngFrom);
	const youngBefore = cpuSeconds(agent.pid);
	await sleep(IDLE_AFTER_SECONDS - youngFrom);
	before = cpuSeconds(agent.pid);
	await sleep(youngTo - IDLE_AFTER_SECONDS);
	const young = (cpuSeconds(agent.pid) - youngBefore) / (youngTo - youngFrom);
	await sleep(IDLE_AFTER_SECONDS + IDLE_SECONDS - youngTo);
	const idle = (cpuSeconds(agent.pid) - before) / IDLE_SECONDS;
	results.idle = { ours: percent(idle), ok: idle <= 0.01 };

	console.log(`# nginx with the agent: ${RATE} requests/s for ${SECONDS} s`);
	const countBefore = await counted(agent.metricsUrl);
	before = cpuSeconds(nginx.pid);
	const agentBefore = cpuSeconds(agent.pid);
	const observed = await steady(nginx.port);
	const observedCost = (cpuSeconds(nginx.pid) - before) / observed.answered;
	const agentCost = (cpuSeconds(agent.pid) - agentBefore) / observed.answered;
	const seen = (await counted(agent.metricsUrl)) - countBefore;
	results.cpu = {
		ours: micro(agentCost),
		ratio: `${(agentCost / 38.4e-6).toFixed(2)}x`,
		ok: agentCost <= 15e-6,
	};
	results.cost = {
		ours: `${observedCost >= aloneCost ? '+' : ''}${micro(observedCost - aloneCost)}`,
		ok: observedCost - aloneCost <= 5e-6,
	};
	results.counted = {
		ours: `${percent(seen / observed.answered)} (${seen} of ${observed.answered})`,
		ok: seen === observed.answered,
	};
	const { rss, peak } = memory(agent.pid);
	const maps = mapBytes(agent.pid) / 1e6;
	results.maps = { ours: `${maps.toFixed(1)} MB`, ok: maps <= 64 };

	console.log(
		`# saturation: ${SATURATION_ROUNDS} rounds of ${SATURATION_SECONDS} s with and without, in turns`,
	);
	let requests = 0;
	let atSaturation = 0;
	let afterPeak = 0;
	const withAgent: number[] = [];
	const without: number[] = [];
	const drops = new Map<string, number>();
	for (let round = 0; round < SATURATION_ROUNDS; round++) {
		const observer = round === 0 ? agent : await anotherAgent(nginx.port);
		const from = await counted(observer.metricsUrl);
		const load = saturate(nginx.port);
		await sleep(1);
		withAgent.push(load.perSecond);
		requests += load.requests;
		atSaturation += (await counted(observer.metricsUrl)) - from;
		afterPeak = Math.max(afterPeak, memory(observer.pid).peak);
		for (const [what, n] of losses(await (await fetch(observer.metricsUrl)).text()))
			drops.set(what, (drops.get(what) ?? 0) + n);
		await observer.stop();
		without.push(saturate(nginx.port).perSecond);
	}
	// Pair by pair: the machine's own speed drifts from round to round.
	const share = median(withAgent.map((perSecond, round) => perSecond / without[round]!));
	results.throughput = {
		ours: `${percent(share)} (${Math.round(median(withAgent))}/s of ${Math.round(median(without))}/s)`,
		ok: share >= 0.8,
	};
	// wrk leaves up to one unanswered request a connection behind when its time is up: those are seen, not reported.
	const excess = atSaturation - requests;
	results.countedAtSaturation = {
		ours: `${percent(Math.min(1, atSaturation / requests))} (${atSaturation} of ${requests})`,
		ok: excess >= 0 && excess <= CONNECTIONS * SATURATION_ROUNDS,
	};
	results.memory = {
		ours: `${rss.toFixed(0)}; ${afterPeak.toFixed(0)} MiB`,
		ok: rss <= 110 && afterPeak <= 150,
	};
	results.parsing = await measureParsing();
	return {
		results,
		notes: [
			`nginx per request ${micro(aloneCost)} alone, ${micro(observedCost)} observed`,
			`p99 of the client ${alone.p99.toFixed(1)} ms alone, ${observed.p99.toFixed(1)} ms observed`,
			`idle from second ${youngFrom} to ${youngTo} after the first event, with takes of the start, ${percent(young)}`,
			`peak after the steady load ${peak.toFixed(0)} MiB`,
			describeLosses(drops),
		],
	};
}

try {
	const { results, notes } = await measure();
	process.exitCode = report('agent', results, notes, process.argv.includes('--write'));
} finally {
	for (const agent of agents) await agent.stop();
	for (const child of children) child.kill('SIGKILL');
	rmSync(dir, { recursive: true, force: true });
}
process.exit();
