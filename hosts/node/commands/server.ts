import { resolve } from 'node:path';
import type { Command } from './codexray.ts';
import { runForeground } from './foreground.ts';
import { describeOptions, type Option, parseAddress, readOptions, UsageError } from './options.ts';
import { type Runtime, serverProgram } from './programs.ts';

const OPTIONS: Option[] = [
	{
		flag: 'listen',
		value: 'HOST:PORT',
		env: 'CODEXRAY_LISTEN',
		fallback: '127.0.0.1:8080',
		help: 'where pages, API and ingestion answer; port 0 is any free one',
	},
	{
		flag: 'data',
		value: 'DIR',
		env: 'CODEXRAY_DATA',
		fallback: './data/server',
		help: 'where it keeps its data',
	},
	{
		flag: 'clickhouse-url',
		value: 'URL',
		env: 'CODEXRAY_CLICKHOUSE_URL',
		help: 'ClickHouse for logs and traces, http://[USER[:PASSWORD]@]HOST:8123 (default the embedded one)',
	},
	{
		flag: 'no-engine',
		env: 'CODEXRAY_NO_ENGINE',
		help: 'no embedded ClickHouse: without a URL, logs and traces are off',
	},
	{
		flag: 'runtime',
		value: 'node|deno',
		env: 'CODEXRAY_RUNTIME',
		fallback: 'node',
		help: 'what the server runs on',
	},
];

/** `codexray server`: the server alone. */
export const server: Command = {
	summary: 'the server alone',
	help: () => `codexray server [OPTIONS]

${describeOptions(OPTIONS)}
`,
	async run(args) {
		const values = readOptions(OPTIONS, args, process.env);
		const runtime = values.runtime as Runtime;
		if (runtime !== 'node' && runtime !== 'deno')
			throw new UsageError(`--runtime ${runtime}: write node or deno`);
		parseAddress(values.listen!, 'listen');
		return runForeground(
			serverProgram({
				runtime,
				listen: values.listen!,
				dataDir: resolve(values.data!),
				clickhouseUrl: values['clickhouse-url'],
				noEngine: values['no-engine'] !== undefined,
			}),
			(ready) =>
				`The agents' key is in ${ready.agentKeyFile}\nCodexray is ready: ${ready.url}/?token=${ready.signInToken}`,
		);
	},
};
