import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startChild } from '../../hosts/node/commands/child-program.ts';
import { agentProgram } from '../../hosts/node/commands/programs.ts';
import { seriesOf } from '../../test/product/product.ts';

/** The node agent as `codexray up` starts it, with all signals on; what it sends is answered and forgotten. */
export interface ObservedAgent {
	pid: number;
	metricsUrl: string;
	stop(): Promise<void>;
}

export async function startAgent(dir: string): Promise<ObservedAgent> {
	const apiKeyFile = join(dir, 'key');
	writeFileSync(apiKeyFile, 'bench-key', { mode: 0o600 });
	const sink = await startSink();
	const program = await startChild(
		agentProgram({
			listen: '127.0.0.1:0',
			dataDir: mkdtempSync(join(dir, 'agent-')),
			collectorEndpoint: sink.url,
			apiKeyFile,
			scrapeInterval: '15s',
			minContainerAge: '0',
			// As the server of `codexray up`, or the agent would report its own reports. Not this process: what own
			// processes start is not observed, and the load is to be.
			ownPids: [sink.pid],
		}),
	);
	return { pid: program.pid, metricsUrl: String(program.ready.metricsUrl), stop: () => program.stop() };
}

/** The first start compiles what later ones find in the cache: an agent that is measured starts after another. */
export async function fillCompileCache(dir: string): Promise<void> {
	await (await startAgent(dir)).stop();
}

/** It ends with this process. */
async function startSink(): Promise<{ url: string; pid: number }> {
	const sink = fork(new URL('../programs/sink.mjs', import.meta.url));
	const [port] = (await once(sink, 'message')) as [number];
	sink.channel!.unref();
	sink.unref();
	return { url: `http://127.0.0.1:${port}`, pid: sink.pid! };
}

/** Mebibytes now, and at most so far. */
export function memory(pid: number): { rss: number; peak: number } {
	const status = readFileSync(`/proc/${pid}/status`, 'utf8');
	const mebibytes = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024;
	return { rss: mebibytes('VmRSS'), peak: mebibytes('VmHWM') };
}

/** Drops that may lose a request; others are of what is not to be seen, or of spans and samples. */
const LOSSES = /^(capture (unreadable|no_storage|busy)|ring_data |tracker )/;

/** What the agent counted as lost, by stage and reason; `exposition`: the text of its metrics. */
export function losses(exposition: string): Map<string, number> {
	return new Map(
		seriesOf(exposition, 'codexray_agent_stage_dropped_total')
			.map(({ labels, value }): [string, number] => [`${labels.stage} ${labels.reason}`, value])
			.filter(([what, value]) => value > 0 && LOSSES.test(what)),
	);
}

export function describeLosses(drops: Map<string, number>): string {
	const words = [...drops].map(([what, count]) => `${what} ${count}`);
	return `drops that may lose a request: ${words.join(', ') || 'none'}`;
}
