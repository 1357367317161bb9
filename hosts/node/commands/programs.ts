import { join } from 'node:path';
import { type Option, type OptionValues, UsageError } from '../../../app/command-line/options.ts';
import { wrongValue } from '../../../app/command-line/values.ts';
import type { ChildCommand } from './child-program.ts';
import {
	buildDir,
	compileCacheDir,
	denoBinary,
	isPackage,
	nodeBinary,
	programFile,
	rootDir,
} from './paths.ts';

/** Compiled code is kept between starts: less memory and a faster start. */
const nodeEnv = () => ({ NODE_COMPILE_CACHE: compileCacheDir, ...process.env });

export type Runtime = 'node' | 'deno';

export interface ServerArguments {
	runtime: Runtime;
	listen: string;
	dataDir: string;
	clickhouseUrl?: string | undefined;
	noEngine?: boolean;
	/** Where samples are kept, when the environment does not say it. */
	metricsStore?: string;
	/** Files that its options name. */
	files?: readonly string[];
	/** Options of the server beside these. */
	further?: readonly string[];
}

/** What goes in the environment: a URL may carry a password, and arguments can be seen by all. */
function engineEnv(given: ServerArguments): NodeJS.ProcessEnv {
	return {
		...(given.clickhouseUrl ? { CODEXRAY_CLICKHOUSE_URL: given.clickhouseUrl } : {}),
		...(given.noEngine ? { CODEXRAY_NO_ENGINE: '1' } : {}),
	};
}

export const RUNTIME_OPTION: Option = {
	flag: 'runtime',
	value: 'node|deno',
	env: ['CODEXRAY_RUNTIME'],
	fallback: 'node',
	help: 'what the server runs on',
};

export function parseRuntime(values: OptionValues): Runtime {
	const runtime = values.text('runtime');
	if (runtime !== 'node' && runtime !== 'deno') throw wrongValue('runtime', runtime, 'node or deno');
	if (runtime === 'deno' && isPackage)
		throw new UsageError('--runtime deno: only a checkout brings Deno; the npm package runs on Node');
	return runtime;
}

/** The server as a program of its own, on Node or Deno. */
export function serverProgram(given: ServerArguments): ChildCommand {
	const args = ['--listen', given.listen, '--data', given.dataDir, ...(given.further ?? [])];
	if (given.runtime === 'node') {
		return {
			name: 'The server',
			command: process.execPath,
			args: [programFile('hosts/node/server-process'), ...args],
			env: { ...nodeEnv(), ...engineEnv(given) },
		};
	}
	const metricsStore = given.metricsStore ?? process.env.CODEXRAY_METRICS_STORE;
	return {
		name: 'The server',
		command: denoBinary,
		args: [
			'run',
			...denoPermissions(given.dataDir, metricsStore, given.files),
			join(rootDir, 'hosts/deno/server.ts'),
			...args,
		],
		env: { ...process.env, ...engineEnv(given) },
	};
}

/** What the server needs on Deno, and nothing else; docs/operations.md explains each. */
export function denoPermissions(
	dataDir: string,
	metricsStore: string | undefined,
	files: readonly string[] = [],
): string[] {
	const needsFfi = metricsStore !== 'clickhouse';
	return [
		'--node-modules-dir=manual',
		'--no-prompt',
		'--quiet',
		'--allow-net',
		'--allow-env',
		'--allow-sys',
		...(needsFfi ? ['--allow-ffi'] : []),
		`--allow-read=${[rootDir, dataDir, ...files].join(',')}`,
		`--allow-write=${dataDir}`,
		`--allow-run=${nodeBinary}`,
	];
}

export interface AgentArguments {
	listen: string;
	dataDir: string;
	collectorEndpoint: string;
	apiKeyFile: string;
	scrapeInterval: string;
	minContainerAge: string;
	/** Processes whose own traffic is not observed: the product's. */
	ownPids: number[];
}

/** The node agent as a program of its own. */
export function agentProgram(given: AgentArguments): ChildCommand {
	return {
		name: 'The node agent',
		command: process.execPath,
		args: [
			programFile('hosts/node/node-agent-process'),
			...['--listen', given.listen],
			...['--wal-dir', given.dataDir],
			...['--collector-endpoint', given.collectorEndpoint],
			...['--api-key-file', given.apiKeyFile],
			...['--scrape-interval', given.scrapeInterval],
			...['--min-container-age', given.minContainerAge],
			...(given.ownPids.length > 0 ? ['--own-pids', given.ownPids.join(',')] : []),
			...['--build-dir', buildDir],
		],
		env: nodeEnv(),
	};
}

/** The demo as a program of its own; `recorded`: what it did elsewhere, where nobody can see real programs. */
export function demoProgram(given: { url: string; key: string; recorded: boolean }): ChildCommand {
	return {
		name: 'The demo',
		command: process.execPath,
		args: [programFile('hosts/node/demo/demo-process')],
		env: {
			...process.env,
			CODEXRAY_DEMO_URL: given.url,
			CODEXRAY_DEMO_KEY: given.key,
			...(given.recorded && { CODEXRAY_DEMO_RECORDED: '1' }),
		},
	};
}
