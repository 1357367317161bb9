import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
	chmodSync,
	chownSync,
	cpSync,
	mkdirSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { Feature } from '../../app/features/feature.ts';
import { startChild } from '../../hosts/node/commands/child-program.ts';
import { agentProgram } from '../../hosts/node/commands/programs.ts';
import type { DoctorReport } from '../../hosts/node/doctor/report.ts';
import { Product, root, seriesOf } from '../product/product.ts';
import { RefusedProgram } from '../product/refused-program.ts';
import { bareShop } from '../product/shop.ts';
import { until } from '../product/waiting.ts';

// Whatever is missing: what can start does, and all of it says what is off, why, what still works and what helps.

const ENTRY = join(root, 'hosts/node/commands/codexray.ts');
const NOBODY = 65_534;
const AS_NOBODY = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];
/** In a mount namespace where the kernel shows no types of its own. */
const WITHOUT_BTF = [
	'unshare',
	'--mount',
	'sh',
	'-c',
	'mount -t tmpfs none /sys/kernel/btf && exec "$@"',
	'sh',
];
const KERNEL = ['connections', 'processes', 'socket-data'];
/** What the addon asks the kernel for without BTF. */
const BESIDE = ['bpf_stats', 'task_delays'];
const BESIDE_ADVICE: Record<string, object> = {
	bpf_stats: { missing: expect.stringContaining('CAP_SYS_ADMIN'), command: expect.stringMatching(/^sudo /) },
	task_delays: {
		missing: expect.stringContaining('CAP_NET_ADMIN'),
		command: expect.stringMatching(/^sudo /),
	},
};

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
	for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Status {
	features: Feature[];
	agents: { features: Feature[] }[];
}

function doctor(under: string[], ...args: string[]): { report: DoctorReport; status: number | null } {
	const [command = '', ...rest] = [...under, process.execPath, ENTRY, 'doctor', '--json', ...args];
	const { stdout, stderr, status } = spawnSync(command, rest, { encoding: 'utf8' });
	try {
		return { report: JSON.parse(stdout), status };
	} catch {
		throw new Error(`doctor said: ${stdout}${stderr}`);
	}
}

const called = (features: readonly Feature[], name: string) =>
	features.find(({ feature }) => feature === name);
const off = (features: readonly Feature[]) =>
	features
		.filter(({ ok }) => !ok)
		.map(({ feature }) => feature)
		.sort();

/** What the agent says of itself, over the server's API. */
function agentFeatures(product: Product): Promise<Feature[]> {
	return until(
		async () => {
			const [agent] = (await product.api<Status>('/api/status')).agents;
			return agent && agent.features.length > 0 ? agent.features : undefined;
		},
		() => `the agent said nothing of its features:\n${product.output}`,
		60_000,
	);
}

test('where nothing is missing the doctor finds nothing', () => {
	const { report, status } = doctor([]);
	expect(report.features.filter(({ state }) => state !== 'works')).toEqual([]);
	expect(report.features.map(({ feature }) => feature)).toEqual([
		...['processes', 'connections', 'socket-data', 'cpu_profiles', 'logs', 'traces'],
		...['task_delays', 'bpf_stats'],
		...['packages', 'core', 'duckdb', 'engine', 'pages'],
	]);
	expect(called(report.features, 'socket-data')?.tier).toBe('tracepoint');
	expect(report.runtimes.map(({ runtime }) => runtime)).toEqual(['docker', 'containerd', 'crio', 'podman']);
	expect(report.ok).toBe(true);
	expect(status).toBe(0);
});

test('a runtime whose socket refuses: what it means, and what helps', () => {
	const dir = mkdtempSync(join(tmpdir(), 'codexray-degraded-'));
	cleanups.push(() => rmSync(dir, { recursive: true, force: true }));
	const socket = join(dir, 'docker.sock');
	writeFileSync(socket, '');
	const { report, status } = doctor([], '--docker-socket', socket, '--crio-socket', join(dir, 'absent'));
	expect(status).toBe(1);
	expect(report.features.every(({ state }) => state === 'works')).toBe(true);
	const [docker, , crio] = report.runtimes;
	expect(docker).toMatchObject({
		...{ state: 'refused', place: expect.stringContaining(socket) },
		...{ reason: expect.stringContaining('ECONNREFUSED'), means: expect.stringContaining('digits') },
		help: expect.stringContaining('systemctl start docker'),
	});
	expect(crio).toMatchObject({ state: 'absent', help: expect.stringContaining('--crio-socket PATH') });
	chmodSync(dir, 0o755);
	chownSync(socket, 0, 0);
	chmodSync(socket, 0o600);
	expect(doctor(AS_NOBODY, '--docker-socket', socket).report.runtimes[0]).toMatchObject({
		...{ state: 'refused', reason: expect.stringContaining('EACCES') },
		help: expect.stringMatching(/^Root may ask it: sudo .* up$/),
	});
});

const CASES = [
	{
		name: 'as the user nobody',
		under: AS_NOBODY,
		owner: NOBODY,
		beside: BESIDE,
		missing: 'CAP_BPF',
		command: /^sudo \S+ \S+codexray\.ts up/,
	},
	{
		name: 'on a kernel without BTF',
		under: WITHOUT_BTF,
		owner: 0,
		beside: [],
		missing: 'CONFIG_DEBUG_INFO_BTF',
		command: /linux-image-\w+ && reboot$/,
	},
];

describe.each(CASES)('$name', ({ under, owner, beside, missing, command }) => {
	test('the doctor names what is off, what it takes, what goes on, and the command', () => {
		const { report, status } = doctor(under);
		expect(status).toBe(1);
		expect(report.ok).toBe(false);
		expect(off(report.features)).toEqual([...KERNEL, ...beside, 'cpu_profiles', 'traces'].sort());
		for (const name of beside) expect(called(report.features, name)).toMatchObject(BESIDE_ADVICE[name]!);
		for (const name of [...KERNEL, 'cpu_profiles', 'traces']) {
			const feature = called(report.features, name)!;
			expect(feature.missing).toContain(missing);
			expect(feature.command).toMatch(command);
			expect(feature.reason).toBeTruthy();
			expect(feature.reason).not.toContain('RLIMIT_MEMLOCK');
			expect(feature.works).toBeTruthy();
		}
		for (const name of ['core', 'duckdb', 'engine', 'pages'])
			expect(called(report.features, name)).toMatchObject({ state: 'works' });
	});

	test('`codexray up` runs server, pages and the rest of the agent, and says what is off', async () => {
		const product = new Product();
		cleanups.push(() => product.remove());
		chownSync(product.dir, owner, owner);
		await product.start(['--no-engine', '--scrape-interval', '1s'], {}, under);
		expect(product.output).toMatch(/ {2}processes, connections, socket-data, .*are off\. Missing: .* Run: /);
		expect(product.output).toContain(missing);
		const features = await agentFeatures(product);
		expect(off(features)).toEqual([...KERNEL, ...beside, 'cpu_profiles', 'traces'].sort());
		expect(called(features, 'socket-data')).toMatchObject({
			missing: expect.stringContaining(missing),
			command: expect.stringMatching(command),
			works: expect.stringContaining('Edges'),
		});
		expect(called(features, 'logs')?.ok).toBe(true);
		expect((await fetch(product.signInUrl)).headers.get('content-type')).toContain('text/html');
		expect(seriesOf(await product.metrics(), 'node_info')).toHaveLength(1);
		const { server, agent } = product.run();
		for (const pid of [server, agent]) process.kill(pid, 0);
		expect(await product.stop()).toBe(0);
	});
});

describe('a program that fails verification', () => {
	test.each([
		{ object: 'sockets', program: 'on_send_length', lost: ['socket-data', 'traces'] },
		{ object: 'sockets', program: 'on_state', lost: ['connections', 'socket-data', 'traces'] },
		{ object: 'process', program: 'on_exec', lost: ['processes'] },
		{ object: 'profile', program: 'on_sample', lost: ['cpu_profiles'] },
	])('$program: what needs it is off, the agent goes on with the rest', async ({ object, program, lost }) => {
		const refused = new RefusedProgram(object, program);
		cleanups.push(() => refused.remove());
		const dataDir = mkdtempSync(join(tmpdir(), 'codexray-degraded-'));
		cleanups.push(() => rmSync(dataDir, { recursive: true, force: true }));
		const given = agentProgram({
			...{ listen: '127.0.0.1:0', dataDir, scrapeInterval: '1s', minContainerAge: '0', ownPids: [] },
			...{ collectorEndpoint: 'http://127.0.0.1:9', apiKeyFile: '/dev/null' },
		});
		const env = { ...given.env, CODEXRAY_LOG_LEVEL: 'error' };
		const agent = await startChild({ ...given, env, args: [...given.args, '--build-dir', refused.buildDir] });
		cleanups.push(() => agent.stop());
		const features = agent.ready.features as Feature[];
		expect(off(features)).toEqual(lost);
		// The verifier's own words.
		expect(called(features, lost.at(-1) === 'traces' ? 'socket-data' : lost[0]!)?.reason).toMatch(
			object === 'profile' ? /Permission denied/ : /invalid mem access/,
		);
		expect(called(features, lost[0]!)).toMatchObject({
			missing: expect.stringContaining('this kernel refuses it'),
			command: expect.stringMatching(/codexray\.ts doctor --json > doctor\.json$/),
		});

		const shop = await bareShop();
		cleanups.push(() => shop.close());
		await shop.keepAlive(20);
		const sumOf = async (metric: string) => {
			const text = await (await fetch(String(agent.ready.metricsUrl))).text();
			return seriesOf(text, metric)
				.filter(({ labels }) => labels.container_id === `/host/${shop.names.client}`)
				.reduce((total, { value }) => total + value, 0);
		};
		const [connects, requests] = [
			'container_net_tcp_successful_connects_total',
			'container_http_requests_total',
		];
		const sees = (metric: string, wanted: number) =>
			until(
				async () => ((await sumOf(metric)) === wanted ? true : undefined),
				() => `${metric} is not ${wanted}`,
			);
		if (!lost.includes('connections')) await sees(connects!, 20);
		if (!lost.includes('socket-data')) await sees(requests!, 20);
		else expect(await sumOf(requests!)).toBe(0);
		process.kill(agent.pid, 0);
	});
});

test('a checkout whose machine has no clang: what can be built runs, the rest is said with its command', async () => {
	const copy = mkdtempSync(join(tmpdir(), 'codexray-copy-'));
	cleanups.push(() => rmSync(copy, { recursive: true, force: true }));
	const own = (path: string) => !/(^|\/)(node_modules|\.git)(\/|$)/.test(path.slice(root.length));
	for (const room of ['app', 'core-as', 'hosts', 'setup', 'wit', 'web', 'bpf', 'asconfig.json'])
		cpSync(join(root, room), join(copy, room), { recursive: true, filter: own });
	for (const file of ['package.json', 'package-lock.json']) cpSync(join(root, file), join(copy, file));
	symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
	// As after a set-up that could build everything but the eBPF programs and the addon.
	for (const part of ['core', 'web', '.fingerprints'])
		cpSync(join(root, 'build', part), join(copy, 'build', part), { recursive: true });
	rmSync(join(copy, 'build/.fingerprints/kernel'), { force: true });
	const data = join(copy, 'data');
	const words = ['--no-system', '--no-engine', '--scrape-interval', '1s', '--data', data];
	const addresses = ['--listen', '127.0.0.1:0', '--agent-listen', '127.0.0.1:0'];
	const child: ChildProcess = spawn(
		process.execPath,
		[join(copy, 'setup/start.mjs'), ...words, ...addresses],
		{
			stdio: ['ignore', 'pipe', 'pipe'],
			env: { ...process.env, PATH: '/nowhere', npm_lifecycle_event: '' },
		},
	);
	const exited = new Promise((resolve) => child.once('exit', resolve));
	cleanups.push(() => {
		child.kill('SIGTERM');
		return exited;
	});
	let output = '';
	for (const stream of [child.stdout!, child.stderr!])
		stream.on('data', (chunk) => {
			output += chunk;
		});
	const link = await until(
		() => /Codexray is ready: (\S+)/.exec(output)?.[1],
		() => `not ready:\n${output}`,
		90_000,
	);
	expect(output).toMatch(/eBPF programs and addon: not built; .*clang, llvm-strip.*apt-get install .*clang/s);
	expect(output).toMatch(/processes, connections, socket-data, .*not built\. Run: .*npm run setup --prefix/);
	const { url, metricsUrl } = JSON.parse(readFileSync(join(data, 'run.json'), 'utf8'));
	const key = readFileSync(join(data, 'server/agent.key'), 'utf8').trim();
	const features = await until(
		async () => {
			const response = await fetch(`${url}/api/status`, { headers: { 'X-API-Key': key } });
			const [agent] = ((await response.json()) as Status).agents;
			return agent && agent.features.length > 0 ? agent.features : undefined;
		},
		() => `the agent said nothing:\n${output}`,
	);
	expect(off(features)).toEqual([...KERNEL, ...BESIDE, 'cpu_profiles', 'traces'].sort());
	expect(called(features, 'connections')).toMatchObject({ missing: expect.stringContaining('not built') });
	expect((await fetch(link)).headers.get('content-type')).toContain('text/html');
	expect(seriesOf(await (await fetch(metricsUrl)).text(), 'node_uptime_seconds')).toHaveLength(1);
});

test('an agent that cannot run at all: the server does', async () => {
	const product = new Product();
	cleanups.push(() => product.remove());
	mkdirSync(product.dir, { recursive: true });
	writeFileSync(join(product.dir, 'agent'), 'not a directory');
	await product.start(['--no-engine']);
	expect(product.output).toMatch(/The node agent is off: .*The server runs; other agents can send to it\./);
	expect((await fetch(product.signInUrl)).status).toBe(200);
	expect((await product.api<Status>('/api/status')).agents).toEqual([]);
	expect(await product.stop()).toBe(0);
});
