import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pinnedNode, root, setup, toolEnv } from './setup.mjs';

// `npm start`: set-up, then `codexray up`. Runs on Node 18; the product itself runs on the pinned Node.

const args = process.argv.slice(2);
const help = args.includes('--help') || args.includes('-h');

if (help) {
	console.log(`npm start [-- OPTIONS]

Does all set-up that is not yet done, then runs \`codexray up\`.

  --no-system        install no system packages; print the command instead
  --demo             a small shop of real programs beside it, with Postgres and Redis
  -h, --help         this text
`);
	if (!existsSync(pinnedNode)) {
		console.log('The options of `codexray up` are shown here once the set-up has run.');
		process.exit(0);
	}
} else {
	try {
		await setup({ system: !args.includes('--no-system'), demo: args.includes('--demo') });
	} catch (error) {
		console.error(`\nSet-up failed: ${error.message}`);
		process.exit(1);
	}
}

const up = spawn(
	pinnedNode,
	[join(root, 'hosts/node/commands/codexray.ts'), 'up', ...args.filter((arg) => arg !== '--no-system')],
	// The channel tells `up` when this process is killed, so that nothing is left running.
	{ stdio: ['inherit', 'inherit', 'inherit', 'ipc'], env: toolEnv() },
);
// Ctrl-C reaches the whole group; both signals are for `up` to answer.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => up.kill('SIGTERM'));
// npm that is killed tells nobody: its child finds itself with another parent.
if (process.env.npm_lifecycle_event) {
	const npm = process.ppid;
	setInterval(() => process.ppid === npm || up.kill('SIGTERM'), 500).unref();
}
up.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
