import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
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
	const program = await startChild(
		agentProgram({
			listen: '127.0.0.1:0',
			dataDir: mkdtempSync(join(dir, 'agent-')),
			collectorEndpoint: await startSink(),
			apiKeyFile,
			scrapeInterval: '15s',
			minContainerAge: '0',
			// Not this process: what own processes start is not observed, and the load is to be.
			ownPids: [],
		}),
	);
	return { pid: program.pid, metricsUrl: String(program.ready.metricsUrl), stop: () => program.stop() };
}

/** The first start compiles what later ones find in the cache: an agent that is measured starts after another. */
export async function fillCompileCache(dir: string): Promise<void> {
	await (await startAgent(dir)).stop();
}

async function startSink(): Promise<string> {
	const server = createServer((request, response) => {
		request.resume().on('end', () => response.writeHead(200).end());
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
	server.unref();
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
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
