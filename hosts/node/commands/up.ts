import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { describeOptions, type Option, readOptions, UsageError } from '../../../app/command-line/options.ts';
import { parseAddress } from '../../../app/command-line/values.ts';
import { adviceOn } from '../../../app/features/advice.ts';
import type { Feature } from '../../../app/features/feature.ts';
import { createLogger } from '../logging/logger.ts';
import { ENGINE_OPTIONS } from '../server-options.ts';
import { type ChildProgram, startChild } from './child-program.ts';
import type { Command } from './codexray.ts';
import { watchFirstEdge } from './first-edge.ts';
import { defaultDataDir, isPackage } from './paths.ts';
import { agentProgram, demoProgram, parseRuntime, RUNTIME_OPTION, serverProgram } from './programs.ts';
import { Supervisor } from './supervisor.ts';

const DEFAULT_LISTEN = '127.0.0.1:8080';
const DEFAULT_AGENT_LISTEN = '127.0.0.1:10300';

const OPTIONS: readonly Option[] = [
	{
		flag: 'listen',
		value: 'HOST:PORT',
		env: ['CODEXRAY_LISTEN'],
		help: `where pages, API and ingestion answer; port 0 is any free one (default ${DEFAULT_LISTEN}, another port where that is taken)`,
	},
	{
		flag: 'data',
		value: 'DIR',
		env: ['CODEXRAY_DATA'],
		fallback: defaultDataDir,
		help: 'where everything is kept',
	},
	{ flag: 'no-agent', env: ['CODEXRAY_NO_AGENT'], help: 'the server alone, without the node agent' },
	{
		flag: 'agent-listen',
		value: 'HOST:PORT',
		env: ['CODEXRAY_AGENT_LISTEN'],
		help: `where the node agent shows its metrics (default ${DEFAULT_AGENT_LISTEN}, another port where that is taken)`,
	},
	{
		flag: 'demo',
		env: ['CODEXRAY_DEMO'],
		help: 'a small shop of real programs beside it, to have something to look at',
	},
	...ENGINE_OPTIONS,
	RUNTIME_OPTION,
	{
		flag: 'scrape-interval',
		value: 'DURATION',
		env: ['CODEXRAY_SCRAPE_INTERVAL'],
		fallback: '15s',
		help: 'how often the node agent sends metrics',
	},
	{
		flag: 'min-container-age',
		value: 'DURATION',
		env: ['CODEXRAY_MIN_CONTAINER_AGE'],
		fallback: '0',
		help: 'containers younger than this are not reported yet',
	},
];

/** The given address, or the default one with any port where the default port is taken. */
async function freeAddress(given: string | undefined, flag: string, usual: string): Promise<string> {
	if (given) {
		parseAddress(flag, given);
		return given;
	}
	const { host, port } = parseAddress(flag, usual);
	const free = await new Promise<boolean>((answer) => {
		const probe = createServer()
			.once('error', () => answer(false))
			.listen(port, host, () => probe.close(() => answer(true)));
	});
	return free ? usual : `${host}:0`;
}

/** Resolves at Ctrl-C, SIGTERM, or when the process that started us through a channel is gone. */
function stopRequest(): Promise<void> {
	return new Promise((done) => {
		process.once('SIGINT', () => done());
		process.once('SIGTERM', () => done());
		process.once('disconnect', () => done());
	});
}

async function run(args: string[]): Promise<number> {
	const started = performance.now();
	const values = readOptions(OPTIONS, args, process.env);
	const runtime = parseRuntime(values);
	if (values.on('demo') && isPackage)
		throw new UsageError('--demo: only a checkout brings the programs of the demo');
	const dataDir = resolve(values.text('data'));
	const engine = { clickhouseUrl: values.one('clickhouse-url'), noEngine: values.on('no-engine') };
	const stopRequested = stopRequest();
	let stopping = false;
	stopRequested.then(() => {
		stopping = true;
	});
	const log = createLogger();
	mkdirSync(dataDir, { recursive: true, mode: 0o700 });
	const isNew = !existsSync(join(dataDir, 'server'));

	let listen = await freeAddress(values.one('listen'), 'listen', DEFAULT_LISTEN);
	const pids: { server?: number; agent?: number } = {};
	const server = new Supervisor(
		() => serverProgram({ runtime, listen, dataDir: join(dataDir, 'server'), ...engine }),
		log,
		(child) => {
			pids.server = child.pid;
		},
	);
	const { url, signInToken, agentKeyFile } = (await server.start()).ready as Record<string, string>;
	// A restart must come back where agents and browsers know it.
	listen = new URL(url!).host;

	let agent: Supervisor | undefined;
	let metricsUrl: string | undefined;
	let features: Feature[] = [];
	if (!values.on('no-agent') && !stopping) {
		const agentListen = await freeAddress(values.one('agent-listen'), 'agent-listen', DEFAULT_AGENT_LISTEN);
		agent = new Supervisor(
			() =>
				agentProgram({
					listen: agentListen,
					dataDir: join(dataDir, 'agent'),
					collectorEndpoint: url!,
					apiKeyFile: agentKeyFile!,
					scrapeInterval: values.text('scrape-interval'),
					minContainerAge: values.text('min-container-age'),
					ownPids: [process.pid, pids.server!],
				}),
			log,
			(child) => {
				pids.agent = child.pid;
				metricsUrl = child.ready.metricsUrl as string;
				features = child.ready.features as Feature[];
			},
		);
		try {
			await agent.start();
			console.log(`Node agent: ${metricsUrl}`);
			for (const line of adviceOn(features)) console.log(`  ${line}`);
		} catch (error) {
			agent = undefined;
			console.log(
				`The node agent is off: ${(error as Error).message}. The server runs; other agents can send to it.`,
			);
		}
	}

	const runFile = join(dataDir, 'run.json');
	writeFileSync(`${runFile}.new`, JSON.stringify({ url, metricsUrl, pid: process.pid, ...pids }));
	renameSync(`${runFile}.new`, runFile);
	console.log(`Data: ${dataDir}`);
	// Of an hour the first minutes would be a sliver.
	console.log(`Codexray is ready: ${url}/?token=${signInToken}${isNew ? '&range=15m' : ''}`);

	let demo: ChildProgram | undefined;
	if (values.on('demo') && !stopping) {
		try {
			const key = readFileSync(agentKeyFile!, 'utf8').trim();
			const sees = features.some(({ feature, ok }) => feature === 'socket-data' && ok);
			demo = await startChild(demoProgram({ url: url!, key, recorded: !sees }));
			console.log(
				sees
					? `The demo's shop is open: ${demo.ready.url}`
					: 'The demo is a recording of a shop, which is played again and again: the agent cannot see real programs here.',
			);
		} catch (error) {
			console.log(`The demo is off: ${(error as Error).message}.`);
		}
	}

	const watch = new AbortController();
	watchFirstEdge({
		url: url!,
		key: readFileSync(agentKeyFile!, 'utf8').trim(),
		signal: watch.signal,
	}).then((edge) => {
		if (edge) console.log(`First edge after ${((performance.now() - started) / 1000).toFixed(1)} s: ${edge}`);
	});
	await stopRequested;
	watch.abort();
	await demo?.stop();
	// The agent first: what it still holds goes to a server that answers.
	await agent?.stop();
	await server.stop();
	// An open channel would keep this process waiting for messages.
	if (process.connected) process.disconnect();
	return 0;
}

/** `codexray up`: server and node agent of this machine, on embedded defaults. */
export const up: Command = {
	summary: 'server and node agent on this machine',
	help: () => `codexray up [OPTIONS]

Runs the server and the node agent of this machine on embedded defaults. Ctrl-C stops both; the data stays.

${describeOptions(OPTIONS)}

A flag wins over the environment. Durations are written 500ms, 15s, 5m or 1h.
`,
	run,
};
