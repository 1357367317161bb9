import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { status } = spawnSync(
	`${root}/node_modules/.bin/deno`,
	[
		'run',
		'--node-modules-dir=manual',
		'--no-prompt',
		'--quiet',
		'--allow-net=127.0.0.1',
		'--allow-env',
		'--allow-sys',
		'--allow-ffi',
		`--allow-read=${root},${tmpdir()}`,
		`--allow-write=${tmpdir()}`,
		// The embedded ClickHouse.
		`--allow-run=${root}node_modules/node/bin/node`,
		'test/contract/deno.ts',
	],
	{ cwd: root, stdio: 'inherit' },
);
process.exit(status ?? 1);
