import { execFileSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { root } from '../product/product.ts';

// Programs of others that send OTLP, made once below `build/senders`.

const PYTHON_SDK = '1.45.2';
const TELEMETRYGEN = 'v0.161.0';

/** Makes a folder with what `make` puts into it; one that was left half made is made again. */
function made(name: string, make: (folder: string) => void): string {
	const folder = join(root, 'build/senders', name);
	const mark = join(folder, '.complete');
	if (existsSync(mark)) return folder;
	rmSync(folder, { recursive: true, force: true });
	make(folder);
	writeFileSync(mark, '');
	return folder;
}

function run(command: string, args: string[], env: NodeJS.ProcessEnv = {}): void {
	execFileSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...env } });
}

/** A Python that has the official SDK; wants python3 with venv (Debian: python3-venv). */
export function pythonWithSdk(): string {
	const folder = made(`python-${PYTHON_SDK}`, (to) => {
		run('python3', ['-m', 'venv', to]);
		const packages = ['opentelemetry-sdk', 'opentelemetry-exporter-otlp-proto-http'];
		const pinned = packages.map((name) => `${name}==${PYTHON_SDK}`);
		run(join(to, 'bin/python'), ['-m', 'pip', 'install', '--quiet', ...pinned]);
	});
	return join(folder, 'bin/python');
}

/** Whether telemetrygen can be built here. */
export const hasGo = (process.env.PATH ?? '')
	.split(delimiter)
	.some((folder) => folder !== '' && existsSync(join(folder, 'go')));

/** The Collector project's load generator, built from its source; wants Go. */
export function telemetrygen(): string {
	const module = `github.com/open-telemetry/opentelemetry-collector-contrib/cmd/telemetrygen@${TELEMETRYGEN}`;
	const folder = made(`telemetrygen-${TELEMETRYGEN}`, (to) => run('go', ['install', module], { GOBIN: to }));
	return join(folder, 'telemetrygen');
}
