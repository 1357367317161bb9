import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { plainEnv } from '../product/plain-env.ts';
import { Product, root, seriesOf } from '../product/product.ts';
import { until } from '../product/waiting.ts';
import { InstalledPackages } from './installed-packages.ts';

// The npm packages, installed into an empty folder outside of the checkout, as somebody gets them who has no checkout.

const packages = new InstalledPackages('core', 'codexray');
const { dir, installed } = packages;
const elsewhere = join(dir, 'elsewhere');
mkdirSync(elsewhere);
const bin = (name: string) => join(installed, 'node_modules/.bin', name);

/** A command of the package on a Node, from another folder than the one it is installed in. */
function run(node: string, name: string, ...args: string[]) {
	return spawnSync(node, [bin(name), ...args], { cwd: elsewhere, env: plainEnv(), encoding: 'utf8' });
}

afterAll(() => packages.remove());

const filesOf = (name: string) =>
	readdirSync(join(installed, 'node_modules', name), { recursive: true, encoding: 'utf8' });

describe('the packages', () => {
	test('are JavaScript, with types of the core, licence and notices, and nothing of the tests', () => {
		const product = filesOf('codexray');
		const core = filesOf('@codexray/core');
		for (const files of [product, core]) expect(files).toEqual(expect.arrayContaining(['LICENSE', 'NOTICE']));
		expect(product.filter((name) => /\.ts$|\.test\.|\.contract\.|(^|\/)testing(\/|$)/.test(name))).toEqual(
			[],
		);
		expect(core.filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))).toEqual([]);
		expect(product).toEqual(
			expect.arrayContaining([
				'build/addon/codexray.node',
				'build/bpf/sockets.bpf.o',
				'build/web/index.html',
			]),
		);
		expect(core).toEqual(
			expect.arrayContaining([
				'components/codec.core.wasm',
				'components/codec.component.wasm',
				'wit/worlds.wit',
			]),
		);
	});

	test('depend on exact versions, those of the checkout', () => {
		const manifest = (path: string) => JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'));
		const { dependencies, optionalDependencies, version } = manifest(
			join(installed, 'node_modules/codexray'),
		);
		const checkout = manifest(root);
		expect(dependencies).toEqual({ ...checkout.dependencies, '@codexray/core': version });
		expect(optionalDependencies).toEqual(checkout.optionalDependencies);
		for (const exact of Object.values({ ...dependencies, ...optionalDependencies }))
			expect(exact).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/);
	});
});

describe('codexray out of the package', () => {
	test('says its version, and keeps data at the usual place, not where it is installed or started', () => {
		const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
		expect(run(process.execPath, 'codexray', '--version').stdout.trim()).toBe(version);
		const help = run(process.execPath, 'codexray', 'up', '--help').stdout;
		const data = /where everything is kept \(default (\S+)\)/.exec(help)![1]!;
		expect(data).toMatch(/^\/.*\/codexray$/);
		expect(data).not.toContain(dir);
		expect(run(process.execPath, 'codexray-node-agent', '--help').stdout).toContain('--collector-endpoint');
		expect(readdirSync(elsewhere)).toEqual([]);
	});

	test('`up` runs from any folder: pages, engine, addon and programs of the kernel; record and replay', async () => {
		const before = filesOf('codexray');
		const product = new Product(bin('codexray'));
		try {
			await product.start([], { ...plainEnv(), XDG_CACHE_HOME: join(dir, 'cache') });
			const page = await (await fetch(product.signInUrl)).text();
			const script = /src="(\/assets\/[^"]+\.js)"/.exec(page)![1]!;
			const asset = await fetch(new URL(script, product.signInUrl));
			expect(asset.headers.get('content-type')).toContain('javascript');
			const features = await until(
				async () => {
					const status = await product.api<{ features: { feature: string; ok: boolean }[] }>('/api/status');
					return status.features.every(({ ok }) => ok) ? status.features : undefined;
				},
				() => `the engine does not come:\n${product.output}`,
			);
			expect(features.map(({ feature }) => feature)).toContain('logs');
			const kernel = seriesOf(await product.metrics(), 'codexray_agent_feature_status');
			expect(kernel.find(({ labels }) => labels.feature === 'connections')?.value).toBe(1);
			product.flush();
			const file = join(dir, 'own.rec');
			const recording = run(
				process.execPath,
				'codexray',
				'record',
				file,
				'--for',
				'2s',
				'--data',
				product.dir,
			);
			expect(recording.status, recording.stderr).toBe(0);
			expect(statSync(file).size).toBeGreaterThan(0);
			const words = [file, '--speed', 'max', '--now', '--data', product.dir];
			const replay = run(process.execPath, 'codexray', 'replay', ...words);
			expect(replay.status, replay.stdout + replay.stderr).toBe(0);
			expect(await product.stop()).toBe(0);
			expect(filesOf('codexray')).toEqual(before);
		} finally {
			await product.remove();
		}
	});

	test.each([
		[['--runtime', 'deno'], 'the npm package runs on Node'],
		[['--demo'], 'only a checkout brings the programs of the demo'],
	])('what is for checkouts is refused in words: %j', (words, sentence) => {
		const { status, stderr } = run(process.execPath, 'codexray', 'up', ...words);
		expect(status).toBe(2);
		expect(stderr).toContain(sentence);
	});

	test('the cluster agent says that it is not there yet', () => {
		const { status, stderr } = run(process.execPath, 'codexray-cluster-agent');
		expect(status).toBe(1);
		expect(stderr).toContain('no cluster agent yet');
	});

	// The machine's own Node; where it is new enough there is nothing to see.
	const own = spawnSync('node', ['--version'], { env: plainEnv(), encoding: 'utf8' }).stdout?.trim() ?? '';
	const major = Number(/^v(\d+)/.exec(own)?.[1] ?? Number.POSITIVE_INFINITY);
	test.skipIf(major >= 24)(
		`on an old Node (${own || 'none here'}) it says which it needs, and how to get it`,
		() => {
			for (const name of ['codexray', 'codexray-node-agent']) {
				const { status, stderr } = run('node', name, 'up');
				expect(status).toBe(1);
				expect(stderr).toContain(`Codexray needs Node 24 or newer, and this is ${own}`);
				expect(stderr).toContain('npm install node@24');
				expect(stderr).not.toContain('    at ');
			}
		},
	);
});
