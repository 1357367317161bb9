import { describeOptions, readOptions } from '../../../app/command-line/options.ts';
import { readServerOptions, SERVER_OPTIONS } from '../server-options.ts';
import type { Command } from './codexray.ts';
import { runForeground } from './foreground.ts';
import { parseRuntime, RUNTIME_OPTION, serverProgram } from './programs.ts';

const OPTIONS = [...SERVER_OPTIONS, RUNTIME_OPTION];

/** `codexray server`: the server alone. */
export const server: Command = {
	summary: 'the server alone',
	help: () => `codexray server [OPTIONS]

${describeOptions(OPTIONS)}
`,
	async run(args) {
		const values = readOptions(OPTIONS, args, process.env);
		const given = (...flags: string[]) =>
			flags.flatMap((flag) => values.all(flag).flatMap((value) => [`--${flag}`, value]));
		const further = given('host-name', 'max-signal-spool', 'flush-interval');
		const clickhouseUrl = values.one('clickhouse-url');
		// Told here, not by the child: a wrong word needs no second process to say so.
		const { dataDir } = readServerOptions(
			[...given('listen', 'data', 'clickhouse-url'), ...further],
			process.env,
		);
		return runForeground(
			serverProgram({
				runtime: parseRuntime(values),
				listen: values.text('listen'),
				dataDir,
				clickhouseUrl,
				noEngine: values.on('no-engine'),
				further,
			}),
			(ready) =>
				`The agents' key is in ${ready.agentKeyFile}\nCodexray is ready: ${ready.url}/?token=${ready.signInToken}`,
		);
	},
};
