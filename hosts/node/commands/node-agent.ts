import { UsageError } from '../../../app/command-line/options.ts';
import { AgentError } from '../../../app/node-agent/errors.ts';
import { describeAgentOptions, readAgentOptions } from '../../../app/node-agent/options.ts';
import type { Command } from './codexray.ts';
import { runForeground } from './foreground.ts';
import { programFile } from './paths.ts';

/** `codexray node-agent`: the agent alone, sending to a server elsewhere. */
export const nodeAgent: Command = {
	summary: 'the node agent alone',
	help: () => `codexray node-agent [OPTIONS]

Needs root and a kernel with BTF; docs/operations.md says what works without.

${describeAgentOptions()}
`,
	async run(args) {
		try {
			readAgentOptions(args, process.env);
		} catch (error) {
			if (error instanceof AgentError) throw new UsageError(error.message.replace(/\.$/, ''));
			throw error;
		}
		return runForeground(
			{
				name: 'The node agent',
				command: process.execPath,
				args: [programFile('hosts/node/node-agent-process'), ...args],
			},
			(ready) => `The node agent is ready: ${ready.metricsUrl}`,
		);
	},
};
