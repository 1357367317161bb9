import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../product/product.ts';
import { hasGo } from '../senders/senders.ts';

const FOLDER = join(root, 'build', 'rivals');

interface GoServer {
	program: string;
	module: string;
	version: string;
	tags: string;
}

const GO_SERVERS = {
	/** Without these tags a dependency of its service discovery does not build everywhere. */
	prometheus: {
		program: 'prometheus',
		module: 'github.com/prometheus/prometheus/cmd/prometheus',
		version: 'v0.316.0',
		tags: 'netgo,remove_all_sd,enable_kubernetes_sd,enable_dns_sd',
	},
	/** Newer ones want a newer Go. */
	'victoria-metrics': {
		program: 'victoria-metrics',
		module: 'github.com/VictoriaMetrics/VictoriaMetrics/app/victoria-metrics',
		version: 'v1.151.0',
		tags: '',
	},
} satisfies Record<string, GoServer>;

export type GoServerName = keyof typeof GO_SERVERS;

/** Whose build of a server a test runs: Debian's, or the current one, built by us. */
export type ServerBuild = 'debian' | 'current';

/** Builds that tests run against here: the current ones only in the full run, where Go is. */
export const SERVER_BUILDS: readonly ServerBuild[] =
	process.env.CODEXRAY_TEST_FULL && hasGo ? ['debian', 'current'] : ['debian'];
/** For the hook that starts one: its build takes minutes once. */
export const BUILD_TIMEOUT_MS = 900_000;

/** File of the program, built once below build/rivals, which takes minutes; needs Go. */
export async function buildGoServer(name: GoServerName): Promise<string> {
	const { program, module, version, tags } = GO_SERVERS[name];
	const file = join(FOLDER, `${program}-${version}`);
	if (existsSync(file)) return file;
	const run = promisify(execFile);
	const cwd = join(FOLDER, `.${program}-${version}`);
	mkdirSync(cwd, { recursive: true });
	if (!existsSync(join(cwd, 'go.mod'))) await run('go', ['mod', 'init', 'rivals'], { cwd });
	await run('go', ['get', `${module}@${version}`], { cwd });
	const made = join(cwd, program);
	console.error(`building ${module}@${version} …`);
	const words = ['build', '-buildvcs=false', `-tags=${tags}`, '-o', made, module];
	await run('go', words, { cwd, maxBuffer: 1 << 26 });
	renameSync(made, file);
	return file;
}
