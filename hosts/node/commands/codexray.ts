import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../../../app/command-line/options.ts';
import { rememberCommand } from './own-command.ts';
import { rootDir } from './paths.ts';

/** One command: how it is described and run. `run` resolves with the exit code. */
export interface Command {
	summary: string;
	help(): string;
	run(args: string[]): Promise<number>;
}

// Loaded when asked for: `--help` and `--version` start nothing.
const COMMANDS: Record<string, () => Promise<Command>> = {
	up: async () => (await import('./up.ts')).up,
	server: async () => (await import('./server.ts')).server,
	'node-agent': async () => (await import('./node-agent.ts')).nodeAgent,
	record: async () => (await import('./record.ts')).record,
	replay: async () => (await import('./replay.ts')).replay,
	doctor: async () => (await import('./doctor.ts')).doctor,
	top: async () => (await import('./top.ts')).top,
};

async function overview(): Promise<string> {
	const lines = await Promise.all(
		Object.entries(COMMANDS).map(async ([name, load]) => `  ${name.padEnd(12)}${(await load()).summary}`),
	);
	return `codexray COMMAND [OPTIONS]

Observability that needs no change to anybody's code.

${lines.join('\n')}

  codexray COMMAND --help   the options of a command
  codexray --version        the version
`;
}

async function main(args: string[]): Promise<number> {
	const [name, ...rest] = args;
	if (name === '--version' || name === 'version') {
		console.log(JSON.parse(readFileSync(join(rootDir, 'package.json'), 'utf8')).version);
		return 0;
	}
	if (!name || name === '--help' || name === '-h' || name === 'help') {
		console.log(await overview());
		return name ? 0 : 2;
	}
	const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
	if (!load) throw new UsageError(`there is no command '${name}'`);
	const command = await load();
	if (rest.includes('--help') || rest.includes('-h')) {
		console.log(command.help());
		return 0;
	}
	rememberCommand(args);
	return command.run(rest);
}

try {
	process.exitCode = await main(process.argv.slice(2));
} catch (error) {
	if (error instanceof UsageError) {
		console.error(`codexray: ${error.message}. See: codexray --help`);
		process.exitCode = 2;
	} else {
		console.error(`codexray: ${(error as Error).message}`);
		process.exitCode = 1;
	}
}
