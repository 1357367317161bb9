import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Profile } from 'pprof-format';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SIZES } from '../browser/chromium.ts';
import { plainEnv } from '../product/plain-env.ts';
import { Product, root, seriesOf } from '../product/product.ts';
import { until } from '../product/waiting.ts';
import { whyNoPython } from '../programs/python.ts';
import { CoreExamples } from './core-examples.ts';
import { cpuProfile, PprofPage, pprofFile } from './pprof-page.ts';

// The npm packages, installed into an empty folder outside of the checkout, as somebody gets them who has no checkout.

const full = process.env.CODEXRAY_TEST_FULL !== undefined;
const dir = mkdtempSync(join(tmpdir(), 'codexray-packages-'));
const installed = join(dir, 'installed');
const elsewhere = join(dir, 'elsewhere');
const bin = (name: string) => join(installed, 'node_modules/.bin', name);

/** A command of the package on a Node, from another folder than the one it is installed in. */
function run(node: string, name: string, ...args: string[]) {
	return spawnSync(node, [bin(name), ...args], { cwd: elsewhere, env: plainEnv(), encoding: 'utf8' });
}

beforeAll(() => {
	mkdirSync(installed);
	mkdirSync(elsewhere);
	const pack = spawnSync(process.execPath, ['setup/package.mjs', '--ready'], { cwd: root, encoding: 'utf8' });
	expect(pack.status, pack.stderr).toBe(0);
	const tarballs = readdirSync(join(root, 'build/packages')).filter((name) => name.endsWith('.tgz'));
	expect(tarballs).toHaveLength(2);
	const words = ['install', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
	const install = spawnSync(
		'npm',
		[...words, ...tarballs.map((name) => join(root, 'build/packages', name))],
		{ cwd: installed, env: plainEnv(), encoding: 'utf8' },
	);
	expect(install.status, install.stderr).toBe(0);
}, 300_000);
afterAll(() => rmSync(dir, { recursive: true, force: true }));

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

	test('the core opens by its name, with types', () => {
		writeFileSync(
			join(installed, 'use.mts'),
			`import { readdir, readFile } from 'node:fs/promises';
import { type Codec, type CoreModules, createCodec } from '@codexray/core';
const folder = new URL('./components/', import.meta.resolve('@codexray/core/package.json'));
const modules: CoreModules = {};
for (const name of await readdir(folder)) {
	if (/\\.core\\d*\\.wasm$/.test(name))
		modules[name] = await WebAssembly.compile(new Uint8Array(await readFile(new URL(name, folder))));
}
const codec: Codec = createCodec(modules);
const text = codec.snappyUncompress(codec.snappyCompress(new TextEncoder().encode('there and back')), 100);
console.log(new TextDecoder().decode(text));
`,
		);
		const options = ['--module', 'nodenext', '--target', 'esnext', '--lib', 'esnext,dom', '--strict'];
		const types = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types')];
		const tsc = [join(root, 'node_modules/typescript/bin/tsc'), ...options, ...types, '--noEmit', 'use.mts'];
		const checked = spawnSync(process.execPath, tsc, { cwd: installed, encoding: 'utf8' });
		expect(checked.stdout).toBe('');
		const used = spawnSync(process.execPath, ['use.mts'], { cwd: installed, encoding: 'utf8' });
		expect(used.stdout, used.stderr).toBe('there and back\n');
	});
});

describe('examples of the core, with the package', () => {
	let examples: CoreExamples;
	beforeAll(() => {
		examples = new CoreExamples(installed);
	});

	test('Node prints the series of a remote-write request', async () => {
		const { status, stdout, stderr } = await examples.node();
		expect(status, stderr).toBe(0);
		expect(stdout.split('\n')).toEqual([
			'{__name__="up",job="größe"} 1 1700000000000',
			'{__name__="up",job="größe"} 0.5 1700000015000',
			'{job="nameless"} 3 1700000000000 # no-name',
			'',
		]);
	});

	test('Deno counts the messages of a log file, with leave to read only', () => {
		const lines = [17, 18].map((order) => `2024-05-01 10:00:00 ERROR no stock for ${order}\n  at order()\n`);
		const { status, stdout, stderr } = examples.deno(`${lines.join('')}2024-05-01 10:00:01 INFO sold\n`);
		expect(status, stderr).toBe(0);
		expect(stdout).toBe('2 error  2024-05-01 10:00:00 ERROR no stock for 17\n1 info\n');
	});

	test.runIf(full)('a component of JavaScript uses ours', { timeout: 300_000 }, () => {
		const { status, stdout, stderr } = examples.composition('ha'.repeat(500));
		expect(status, stderr).toBe(0);
		expect(Number(stdout)).toBeGreaterThan(10);
	});

	const noPython = full ? whyNoPython() : 'only in test:full';
	test.skipIf(noPython)(
		`Wasmtime packs samples and reads them back${noPython ? `: skipped, ${noPython}` : ''}`,
		() => {
			const { status, stdout, stderr } = examples.wasmtime();
			expect(status, stderr).toBe(0);
			expect(stdout).toMatch(/^480 samples in \d{2,3} bytes\nthe same\nbad-shape\n$/);
		},
	);
});

describe('the example page, with the package', () => {
	const BEFORE = {
		'main.main http.Serve shop.cart': 300,
		'main.main http.Serve json.Marshal': 500,
		'main.main gc.Mark': 200,
	};
	const NOW = {
		'main.main http.Serve shop.cart': 300,
		'main.main http.Serve json.Marshal': 600,
		'main.main http.Serve json.Marshal json.encode': 900,
		'main.main http.Serve tls.Write': 150,
		'main.main': 50,
	};
	let page: PprofPage;
	beforeAll(async () => {
		page = await PprofPage.open(new CoreExamples(installed).page());
	});
	afterAll(() => page?.close());

	test('opens pprof files, compressed or not, as one', async () => {
		await page.browser.shoot('pprof-page-empty-1440');
		await page.choose('now', [
			pprofFile('a.pb.gz', cpuProfile(NOW)),
			pprofFile('b.pb', cpuProfile({ 'main.main idle': 20 })),
		]);
		await page.browser.page.locator('#main').waitFor();
		await page.browser.page.selectOption('#type', { label: 'cpu, nanoseconds' });
		expect(await page.text('#total')).toBe('2.02\u202fs cpu');
		expect(await page.functions()).toMatchObject({
			'json.encode': ['900 ms', '44.6 %'],
			'json.Marshal': ['600 ms', '74.3 %'],
			'main.main': ['50 ms', '100 %'],
			idle: ['20 ms', '0.99 %'],
		});
		await page.browser.shoot('pprof-page-1440');
	});

	test('compares with a base', async () => {
		await page.choose('now', [pprofFile('now.pb.gz', cpuProfile(NOW))]);
		await page.choose('base', [pprofFile('before.pb.gz', cpuProfile(BEFORE))]);
		await page.browser.page.locator('#change-head').waitFor();
		expect(await page.text('#files')).toBe('now.pb.gz against 1\u202fs of before.pb.gz');
		expect(await page.functions()).toMatchObject({
			'json.Marshal': ['600 ms', '75 %', '+25 %'],
			'shop.cart': ['300 ms', '15 %', '-15 %'],
			'gc.Mark': ['0', '0 %', '-20 %'],
		});
		await page.browser.page.click('#by-change');
		expect(Object.keys(await page.functions()).slice(0, 3)).toEqual([
			'json.encode',
			'json.Marshal',
			'gc.Mark',
		]);
		await page.browser.page.fill('#find', 'JSON');
		expect(await page.browser.page.locator('tr.match').count()).toBe(2);
		// The first half below all is main, and it is named when pointed at.
		await page.browser.page.locator('#flame').hover({ position: { x: 300, y: 30 } });
		expect(await page.text('#tip')).toContain('main.main');
		for (const [name, size] of Object.entries({ '1440': SIZES.desktop, '390': SIZES.phone })) {
			await page.browser.page.setViewportSize(size);
			expect(await page.browser.overflow()).toBe(0);
			await page.browser.shoot(`pprof-page-compared-${name}`);
		}
		await page.browser.page.emulateMedia({ colorScheme: 'dark' });
		await page.browser.page.setViewportSize(SIZES.desktop);
		await page.browser.shoot('pprof-page-compared-1440-dark');
	});

	test('saves what it shows as pprof', async () => {
		const both = await page.save();
		expect(both.name).toBe('comparison.pb.gz');
		const { stringTable, sampleType, sample } = Profile.decode(gunzipSync(both.bytes));
		const typeNames = sampleType.map(({ type }) => stringTable.strings[Number(type)]);
		expect(typeNames).toEqual(['cpu', 'base_cpu']);
		const sums = sample.reduce(
			([now, base], { value }) => [now! + Number(value[0]), base! + Number(value[1])],
			[0, 0],
		);
		expect(sums).toEqual([2e9, 1e9]);
	});

	test('names the file that is no pprof, or another one, and goes on', async () => {
		const body = pprofFile('x', cpuProfile(NOW)).buffer;
		await page.choose('now', [{ name: 'cut.pb', buffer: body.subarray(0, 40) }]);
		await page.browser.page.locator('#notice').waitFor();
		expect(await page.text('#notice')).toMatch(/^cut\.pb: the pprof profile is cut at byte \d+/);
		await page.choose('now', [
			pprofFile('heap.pb', {
				...cpuProfile({ main: 10 }),
				types: [
					{ type: 'a', unit: 'b' },
					{ type: 'c', unit: 'd' },
				],
			}),
		]);
		await expect.poll(() => page.text('#notice')).toContain('do not measure the same');
		expect((await page.save()).name).toBe('comparison.pb.gz');
	});

	test('asks nobody but where it came from, and complains about nothing', () => {
		const { origin } = new URL(page.browser.page.url());
		expect(page.requests.filter((url) => !url.startsWith(origin) && !url.startsWith('blob:'))).toEqual([]);
		expect(page.browser.complaints).toEqual([]);
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
