import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { plainEnv } from '../product/plain-env.ts';
import { root } from '../product/product.ts';
import { until } from '../product/waiting.ts';

// `npm start` and the command line as a person meets them; set-up has already run, so nothing is built again.

const cleanups: (() => void)[] = [];
afterEach(() => {
	for (const cleanup of cleanups.splice(0).reverse()) cleanup();
});

const alive = (pid: number) => {
	try {
		process.kill(pid, 0);
		return true;
	} catch {
		return false;
	}
};

/** `npm start` on random ports until it says that it is ready. */
async function start() {
	const data = mkdtempSync(join(tmpdir(), 'codexray-start-'));
	cleanups.push(() => rmSync(data, { recursive: true, force: true }));
	const addresses = ['--listen', '127.0.0.1:0', '--agent-listen', '127.0.0.1:0'];
	const child: ChildProcess = spawn('npm', ['start', '--', ...addresses, '--data', data], {
		cwd: root,
		env: plainEnv(),
		stdio: ['ignore', 'pipe', 'pipe'],
		detached: true,
	});
	cleanups.push(() => {
		if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, 'SIGKILL');
	});
	let output = '';
	child.stdout!.on('data', (chunk) => {
		output += chunk;
	});
	child.stderr!.on('data', (chunk) => {
		output += chunk;
	});
	const exited = new Promise<void>((resolve) => child.once('close', () => resolve()));
	const started = Date.now();
	const link = await until(
		() => /Codexray is ready: (\S+)/.exec(output)?.[1],
		() => `not ready:\n${output}`,
		60_000,
	);
	const run = JSON.parse(readFileSync(join(data, 'run.json'), 'utf8')) as Record<string, number>;
	const pids = [run.pid!, run.server!, run.agent!];
	return { child, data, link, pids, exited, ms: Date.now() - started, output: () => output };
}

describe('npm start', () => {
	test('a second start builds nothing, answers at the printed link, and SIGTERM leaves nothing running', async () => {
		const { child, data, link, pids, exited, ms, output } = await start();
		console.log(`second start: ready after ${(ms / 1000).toFixed(1)} s`);
		const steps = output()
			.split('\n')
			.filter((line) => /^\[\d\/\d\].*: /.test(line));
		expect(steps).toHaveLength(5);
		for (const step of steps) expect(step).toMatch(/up to date|nothing missing/);
		expect(
			output()
				.trimEnd()
				.split('\n')
				.find((line) => line.startsWith('Codexray is ready')),
		).toMatch(/^Codexray is ready: http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]+&range=15m$/);
		expect((await fetch(link)).headers.get('content-type')).toContain('text/html');
		expect(pids.every(alive)).toBe(true);
		child.kill('SIGTERM');
		await exited;
		expect(pids.filter(alive)).toEqual([]);
		expect(existsSync(join(data, 'server'))).toBe(true);
	});

	test('Ctrl-C, which reaches the whole process group, stops it in order', async () => {
		const { child, pids, exited } = await start();
		process.kill(-child.pid!, 'SIGINT');
		await exited;
		expect(pids.filter(alive)).toEqual([]);
	});

	test('kill -9 of everything above leaves no child behind', async () => {
		const { child, pids } = await start();
		process.kill(-child.pid!, 'SIGKILL');
		await until(
			() => (pids.some(alive) ? undefined : true),
			() => `still running: ${pids.filter(alive)}`,
		);
	});
});

describe('codexray', () => {
	const run = (...args: string[]) =>
		spawnSync(process.execPath, [join(root, 'hosts/node/commands/codexray.ts'), ...args], {
			encoding: 'utf8',
		});

	test('--help names every command, and each command its options with their environment names', () => {
		const { stdout, status } = run('--help');
		expect(status).toBe(0);
		for (const command of ['doctor', 'top']) {
			expect(stdout).toMatch(new RegExp(`^ {2}${command} `, 'm'));
			expect(run(command, '--help').stdout).toMatch(/--json .*\n +CODEXRAY_[A-Z]+_JSON/);
		}
		for (const [command, option] of [
			['up', 'listen'],
			['server', 'listen'],
			['node-agent', 'listen'],
			['record', 'for'],
			['replay', 'speed'],
		] as const) {
			expect(stdout).toMatch(new RegExp(`^ {2}${command} `, 'm'));
			const help = run(command, '--help');
			expect(help.status).toBe(0);
			expect(help.stdout).toContain(`--${option}`);
			expect(help.stdout).toMatch(new RegExp(`CODEXRAY_[A-Z_]*${option.toUpperCase()}`));
		}
	});

	test.each([
		[['nothing'], "there is no command 'nothing'"],
		[['up', '--prot', '1'], '--prot'],
		[['up', '--listen', '8080'], 'write HOST:PORT'],
		[['up', '--runtime', 'bun'], 'write node or deno'],
		[['record'], 'FILE is missing'],
		[['record', 'x', '--for', '25h'], 'write a duration up to 24h'],
		[['replay', 'x', '--speed', '0'], 'write a number above 0'],
		[['replay', 'x', '--data', '/nowhere'], 'is no data directory of `codexray up`'],
	])('%j is refused in a sentence, with exit code 2', (args, sentence) => {
		const { stderr, status } = run(...args);
		expect(status).toBe(2);
		expect(stderr).toContain(sentence);
		expect(stderr).not.toContain('    at ');
	});

	test('--version is that of the package', () => {
		const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
		expect(run('--version').stdout.trim()).toBe(version);
	});
});
