import { describeOptions, givenOptions, readOptions } from '../../../app/command-line/options.ts';
import { readServerOptions, SERVER_OPTIONS } from '../server-options.ts';
import type { Command } from './codexray.ts';
import { runForeground } from './foreground.ts';
import { parseRuntime, RUNTIME_OPTION, serverProgram } from './programs.ts';

const OPTIONS = [...SERVER_OPTIONS, RUNTIME_OPTION];

/** Those that do not go on as they are. */
const OWN = [RUNTIME_OPTION.flag, 'listen', 'data', 'clickhouse-url', 'no-engine'];

/** `codexray server`: the server alone. */
export const server: Command = {
	summary: 'the server alone',
	help: () => `codexray server [OPTIONS]

${describeOptions(OPTIONS)}
`,
	async run(args) {
		const values = readOptions(OPTIONS, args, process.env);
		// Told here, not by the child: a wrong word needs no second process to say so.
		const { dataDir } = readServerOptions(givenOptions(OPTIONS, args, [RUNTIME_OPTION.flag]), process.env);
		return runForeground(
			serverProgram({
				runtime: parseRuntime(values),
				listen: values.text('listen'),
				dataDir,
				clickhouseUrl: values.one('clickhouse-url'),
				noEngine: values.on('no-engine'),
				metricsStore: values.text('metrics-store'),
				files: ['prometheus-ca-file', 'prometheus-token-file'].flatMap((flag) => values.all(flag)),
				// What is in the environment the child finds there.
				further: givenOptions(OPTIONS, args, OWN),
			}),
			(ready) =>
				`The agents' key is in ${ready.agentKeyFile}\nCodexray is ready: ${ready.url}/?token=${ready.signInToken}`,
		);
	},
};
