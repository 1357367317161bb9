import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { Profile } from 'pprof-format';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SIZES } from '../browser/chromium.ts';
import { root } from '../product/product.ts';
import { whyNoPython } from '../programs/python.ts';
import { CoreExamples } from './core-examples.ts';
import { InstalledPackages } from './installed-packages.ts';
import { cpuProfile, PprofPage, pprofFile } from './pprof-page.ts';

// The package of the core in the hands of others: by its name, and every example of docs/core.md.

const full = process.env.CODEXRAY_TEST_FULL !== undefined;
const packages = new InstalledPackages('core');
const { installed } = packages;
afterAll(() => packages.remove());

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
		await expect.poll(() => page.text('#files')).toBe('now.pb.gz');
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

	test('takes what is dropped: on the left profiles, on the right what to compare with', async () => {
		await page.drop(pprofFile('left.pb', cpuProfile(NOW)), 10);
		await expect.poll(() => page.text('#files')).toContain('left.pb against');
		await page.drop(pprofFile('right.pb.gz', cpuProfile(BEFORE)), 1430);
		await expect.poll(() => page.text('#files')).toContain('of right.pb.gz');
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
		await page.choose('now', [{ name: 'bomb.pb.gz', buffer: gzipSync(new Uint8Array(65 << 20)) }]);
		await expect.poll(() => page.text('#notice')).toBe('bomb.pb.gz: more than 64 MiB');
		expect((await page.save()).name).toBe('comparison.pb.gz');
	});

	test('asks nobody but where it came from, and complains about nothing', () => {
		const { origin } = new URL(page.browser.page.url());
		expect(page.requests.filter((url) => !url.startsWith(origin) && !url.startsWith('blob:'))).toEqual([]);
		expect(page.browser.complaints).toEqual([]);
	});
});
