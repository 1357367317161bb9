import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Product } from '../product/product.ts';
import { until } from '../product/waiting.ts';
import { Runc } from '../runtimes/runc.ts';
import { Chromium } from './chromium.ts';

// What real containers and this node use, from the kernel to the page.

const MIB = 1 << 20;
const HOG = `hog-${process.pid}`;
const GREEDY = `greedy-${process.pid}`;
const KILLS = 2;
const product = new Product();
const runc = new Runc();
/** The greedy container waits for a file in here. */
const gate = mkdtempSync(join(tmpdir(), 'codexray-gate-'));
let browser: Chromium;
let page: Chromium['page'];

type Column = (number | null)[] | null;
interface Report {
	resources: {
		instances: {
			cpu: { usage: Column; limit: Column; throttled: Column };
			memory: { rss: Column; limit: Column; oomKills: Column };
		}[];
	};
}

const idOf = (name: string) => `default:_:Unknown:${name}`;
const known = (column: Column | undefined) => (column ?? []).filter((value) => value !== null);

async function start(
	name: string,
	script: string,
	resources: Record<string, unknown>,
	mounts: Record<string, string> = {},
): Promise<void> {
	runc.run(name, script, resources, mounts);
	await until(
		() => (runc.status(name) === 'running' ? true : undefined),
		() => `${name} does not start`,
	);
}

/** Waits until the report of an application says enough. */
const report = (name: string, enough: (instance: Report['resources']['instances'][number]) => boolean) =>
	until(
		async () => {
			product.flush();
			const found = await product
				.api<Report>(`/api/applications/${encodeURIComponent(idOf(name))}`)
				.catch(() => undefined);
			const instance = found?.resources.instances[0];
			return instance && enough(instance) ? instance : undefined;
		},
		() => `what ${name} uses is not told`,
		120_000,
	);

beforeAll(async () => {
	await product.start(['--no-engine']);
	await start(HOG, 'while :; do :; done', {
		cpu: { quota: 20_000, period: 100_000 },
		memory: { limit: 64 * MIB },
	});
	// BusyBox's tail holds what it may have to print; the shell lives on when it is killed.
	const hold = `head -c ${200 * MIB} /dev/zero | tail -c ${200 * MIB} >/dev/null`;
	const wait = 'while [ ! -e /proc/self/never ]; do sleep 1; done';
	const begin = 'while [ ! -e /gate/open ]; do sleep 1; done';
	const loop = `${begin}; ${Array.from({ length: KILLS }, () => hold).join('; sleep 1; ')}; ${wait}`;
	await start(GREEDY, loop, { memory: { limit: 48 * MIB, swap: 48 * MIB } }, { '/gate': gate });
	// Kills count from where it was first seen; the limits come from another source than the use.
	await report(GREEDY, ({ memory }) => known(memory.rss).length > 0);
	writeFileSync(join(gate, 'open'), '');
	await report(
		HOG,
		({ cpu, memory }) =>
			known(cpu.usage).length >= 2 && known(cpu.limit).length > 0 && known(memory.limit).length > 0,
	);
	await report(GREEDY, ({ memory }) => known(memory.oomKills).reduce((sum, n) => sum + n, 0) === KILLS);
	browser = await Chromium.start();
	page = browser.page;
	await page.goto(product.signInUrl);
	await page.getByRole('navigation', { name: 'Main', exact: true }).waitFor();
}, 300_000);

afterAll(async () => {
	await browser?.close();
	await runc.close();
	await product.remove();
	rmSync(gate, { recursive: true, force: true });
});

const open = async (path: string, ready: string) => {
	await page.goto(`${product.run().url}${path}`);
	await page.getByTestId(ready).first().waitFor();
};
const asTable = (name: string) => page.getByTestId(name).getByRole('button', { name: 'Table' }).click();
const figure = async (place: ReturnType<typeof page.locator>) => Number(await place.getAttribute('value'));
const line = (within: string, name: string) =>
	page.getByTestId(within).locator(`[data-testid=line][data-name="${name}"]`);

describe('the page of an application', () => {
	test('shows CPU at its limit, and how long it was held back', async () => {
		await open(`/applications/${idOf(HOG)}`, 'instances');
		await page.getByTestId('cpu').locator('canvas').waitFor();
		await browser.shoot('resources-hog-1440');
		await asTable('cpu');
		expect(await figure(line('cpu', 'limit').getByTestId('last'))).toBe(0.2);
		const used = await figure(page.getByTestId('cpu').getByTestId('line').first().getByTestId('mean'));
		// The other programs of this machine may take some of it; what is measured over a second has one share more or less.
		expect(used).toBeGreaterThan(0.05);
		expect(used).toBeLessThan(0.25);
		await asTable('cpu-held');
		expect(await figure(line('cpu-held', 'throttled').getByTestId('mean'))).toBeGreaterThan(0.01);
		await asTable('memory');
		expect(await figure(line('memory', 'limit').getByTestId('last'))).toBe(64 * MIB);
	});

	test('marks each process that was killed for its memory', async () => {
		await open(`/applications/${idOf(GREEDY)}`, 'instances');
		await asTable('memory');
		const words = await page.getByTestId('mark').allTextContents();
		expect(words.map((text) => Number.parseInt(text, 10)).reduce((sum, n) => sum + n, 0)).toBe(KILLS);
		expect(await page.getByTestId('instance-row').textContent()).toContain(`${KILLS} OOM kills`);
	});
});

describe('the page of this node', () => {
	test('has the CPUs and the memory that the kernel has, and who uses them', async () => {
		await open('/nodes', 'node-row');
		const row = page.getByTestId('node-row');
		expect(await row.getByTestId('agent').getAttribute('data-state')).toBe('reporting');
		await browser.shoot('nodes-real-1440');
		await row.getByRole('link').click();
		await page.getByTestId('agent-card').waitFor();
		expect(await page.getByTestId('node-sentence').textContent()).toContain(`of ${cpus().length} CPU`);
		await asTable('node-memory');
		const total = 1024 * Number(/^MemTotal: +(\d+)/m.exec(readFileSync('/proc/meminfo', 'utf8'))![1]);
		expect(await figure(line('node-memory', 'memory of the node').getByTestId('last'))).toBe(total);
		const hog = page.locator(`[data-testid=consumer][data-name="${HOG}"]`);
		// Its newest figure may be of the moment between two flushes.
		await until(
			async () => ((await figure(hog.getByTestId('cpu'))) > 0.05 ? true : undefined),
			() => 'the hog uses nothing',
			60_000,
		);
		expect(
			await page.locator('[data-testid=agent-card] [data-testid=feature][data-state=works]').count(),
		).toBeGreaterThan(0);
		await browser.shoot('node-real-1440');
		await hog.getByRole('link').click();
		await page.getByTestId('application-name').waitFor();
	});

	test('the browser complained about nothing', () => {
		expect(browser.complaints).toEqual([]);
	});
});
