import { readFileSync } from 'node:fs';
import { arch, release, type } from 'node:os';
import { join } from 'node:path';
import { describeOptions, type Option, readOptions } from '../../../app/command-line/options.ts';
import { RUNTIME_OPTIONS, runtimePlaces } from '../../../app/node-agent/containers/runtime-options.ts';
import { checkAgent } from '../doctor/agent-checks.ts';
import { reportOf, reportText } from '../doctor/report.ts';
import { checkRuntimes } from '../doctor/runtime-checks.ts';
import { checkServer } from '../doctor/server-checks.ts';
import { ENGINE_OPTIONS } from '../server-options.ts';
import type { Command } from './codexray.ts';
import { ownCommand } from './own-command.ts';
import { buildDir, rootDir } from './paths.ts';

const OPTIONS: readonly Option[] = [
	{ flag: 'json', env: ['CODEXRAY_DOCTOR_JSON'], help: 'prints JSON, see docs/formats.md' },
	{ flag: 'build-dir', value: 'DIR', env: ['CODEXRAY_BUILD_DIR'], help: 'where the built parts lie' },
	...ENGINE_OPTIONS.filter(({ flag }) => flag === 'clickhouse-url'),
	...RUNTIME_OPTIONS,
];

/** `codexray doctor`: what works on this machine, and what to do about the rest. */
export const doctor: Command = {
	summary: 'what works on this machine, and what to do about the rest',
	help: () => `codexray doctor [OPTIONS]

Tries every part in turn; sends nothing, keeps nothing. Exit code 0: everything works; 1: something is off, or works in part.

${describeOptions(OPTIONS)}
`,
	async run(args) {
		const values = readOptions(OPTIONS, args, process.env);
		const build = values.one('build-dir') ?? buildDir;
		const { version } = JSON.parse(readFileSync(join(rootDir, 'package.json'), 'utf8')) as {
			version: string;
		};
		const agent = await checkAgent(build);
		const runtimes = await checkRuntimes(runtimePlaces(values), `sudo ${ownCommand('up')}`);
		const server = await checkServer({ buildDir: build, clickhouseUrl: values.one('clickhouse-url') });
		const report = reportOf(
			{ version, node: process.version, system: `${type()} ${release()} ${arch()}` },
			{ agent, server },
			runtimes,
		);
		console.log(values.on('json') ? JSON.stringify(report, null, '\t') : reportText(report));
		return report.ok ? 0 : 1;
	},
};
