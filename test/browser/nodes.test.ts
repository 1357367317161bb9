import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FixtureServer } from '../../web/testing/fixture-server.ts';
import { until } from '../product/waiting.ts';
import { type Chromium, SIZES } from './chromium.ts';
import { FixturePages } from './fixture-pages.ts';

// A person looks for what a node, an application and its instances use. The data is told by the fixture server.

const PAY_1 = '/nodes/pay-1-machine:pay-1';
const LEDGER = '/applications/_:payments:Deployment:ledger-api';
let pages: FixturePages;
let fixture: FixtureServer;
let browser: Chromium;
let page: Chromium['page'];

beforeAll(async () => {
	pages = await FixturePages.start();
	({ browser, page, fixture } = pages);
});
afterAll(() => pages?.close());

const see = async (story: FixtureServer['story'], path: string, ready: string) => {
	fixture.story = story;
	await page.goto(fixture.url + path);
	await page.getByTestId(ready).first().waitFor();
};
const names = () =>
	page
		.locator('[data-testid=node-row]')
		.evaluateAll((rows) => rows.map((row) => row.getAttribute('data-name')));
const card = (name: string) => page.getByTestId(name);
const line = (within: string, name: string) =>
	card(within).locator(`[data-testid=line][data-name="${name}"]`);
const value = async (place: ReturnType<typeof line>) => Number(await place.getAttribute('value'));
/** Opens the table twin of a chart. */
const asTable = (name: string) => card(name).getByRole('button', { name: 'Table' }).click();

describe('the list of nodes', () => {
	test('is reached from the rail, and says what each node is and uses', async () => {
		await page
			.getByRole('navigation', { name: 'Main', exact: true })
			.getByRole('link', { name: 'Nodes' })
			.click();
		const row = page.locator('[data-testid=node-row][data-name="pay-1"]');
		await row.waitFor();
		expect(new URL(page.url()).pathname).toBe('/nodes');
		expect(await row.textContent()).toMatch(/aws, eu-central-1b, m5\.xlarge, 4 CPUs, 16\s?GiB/);
		expect(await value(row.getByTestId('cpu'))).toBeGreaterThan(0.8);
		expect(await row.getByTestId('agent').getAttribute('data-state')).toBe('reporting');
		expect(await row.locator('svg[role=img]').count()).toBe(4);
		await browser.shoot('nodes-1440');
	});

	test('is sorted and searched in the address', async () => {
		await page.goto(`${fixture.url}/nodes?sort=-memory`);
		await page.getByTestId('node-row').first().waitFor();
		expect((await names())[0]).toBe('shop-2');
		await page.getByRole('button', { name: 'CPU', exact: true }).click();
		expect((await names())[0]).toBe('pay-1');
		expect(page.url()).toContain('sort=-cpu');
		await page.getByLabel('Find a node').fill('shop');
		await until(
			async () => ((await names()).join() === 'shop-1,shop-2' ? true : undefined),
			() => 'the search does not narrow the list',
		);
		await page.getByLabel('Find a node').fill('nowhere');
		await page.getByText('No node matches').waitFor();
		await page.getByRole('button', { name: 'Show all 5' }).click();
		await page.getByTestId('node-row').first().waitFor();
	});

	test('a node that is not heard any more has a shape, a word and no figures', async () => {
		await see('late', '/nodes', 'node-row');
		const row = page.locator('[data-testid=node-row][data-name="pay-2"]');
		expect(await row.getByTestId('agent').getAttribute('data-state')).toBe('silent');
		expect(await row.textContent()).toMatch(/silent, 26\s?min/);
		expect(await row.getByTestId('cpu').textContent()).toBe('—');
	});

	test('says what to do where there is none, and what failed', async () => {
		await see('empty', '/nodes', 'no-nodes');
		expect(await page.getByTestId('no-nodes').textContent()).toContain(
			'codexray node-agent --collector-endpoint',
		);
		await see('empty', '/nodes?from=1000&to=2000', 'no-nodes');
		await page.getByRole('link', { name: 'The last hour' }).click();
		await page.getByText('codexray node-agent').waitFor();
		await see('failing', '/nodes', 'failed');
		expect(await page.getByTestId('failed').textContent()).toContain('CXR_STORE_UNAVAILABLE');
		await see('denied', '/nodes', 'not-allowed');
		expect(browser.complaints.every((text) => /\b(403|503)\b/.test(text))).toBe(true);
		browser.complaints.length = 0;
	});
});

describe('one node', () => {
	test('has its figures in a sentence, in charts and as tables', async () => {
		await see('shop', '/nodes', 'node-row');
		await page.getByRole('link', { name: 'pay-1', exact: true }).click();
		await page.getByTestId('node-sentence').waitFor();
		expect(await page.getByTestId('node-sentence').textContent()).toMatch(
			/Uses 9\d(\.\d)?\s?% of 4 CPUs and 62(\.\d)?\s?% of 16\s?GiB of memory\./,
		);
		for (const name of [
			'node-cpu',
			'node-memory',
			'node-disk',
			'node-disk-latency',
			'node-disk-busy',
			'node-network',
			'node-pressure',
		])
			await card(name).locator('canvas').waitFor();
		await asTable('node-memory');
		expect(await value(line('node-memory', 'memory of the node').getByTestId('last'))).toBe(16 * 1024 ** 3);
		// The CD drive, on which nothing happened, is no line.
		await asTable('node-disk');
		expect(
			await card('node-disk')
				.getByTestId('line')
				.evaluateAll((rows) => rows.map((row) => row.getAttribute('data-name'))),
		).toEqual(['nvme0n1 read', 'nvme0n1 written', 'sdb read', 'sdb written']);
		await browser.shoot('node-1440', { fullPage: true });
	});

	test('says how its agent is, with what is off first and why', async () => {
		await see('shop', PAY_1, 'agent-card');
		const features = page.getByTestId('agent-card').getByTestId('feature');
		expect(await features.first().getAttribute('data-state')).toBe('off');
		expect(await features.first().textContent()).toContain('the kernel does not answer on taskstats');
		expect(await features.count()).toBe(5);
		expect(await page.getByTestId('agent-dropped').textContent()).toMatch(/1\s?840 of ring data: ring full/);
	});

	test('says what its agent costs: by owner, by program, and how full it is', async () => {
		await see('shop', PAY_1, 'cost-programs');
		for (const name of ['cost-cpu', 'cost-memory', 'cost-bpf']) await card(name).locator('canvas').waitFor();
		await page.getByTestId('cost-lost').scrollIntoViewIfNeeded();
		await browser.shoot('node-cost-1440');
		await asTable('cost-cpu');
		expect(await value(line('cost-cpu', 'kernel events and L7').getByTestId('mean'))).toBeCloseTo(0.0028, 3);
		await asTable('cost-memory');
		expect(await value(line('cost-memory', 'main thread, heap').getByTestId('last'))).toBeGreaterThan(
			20 << 20,
		);
		expect(await card('cost-memory').textContent()).toMatch(/kernel-worker 109\s?MiB/);
		const first = page.getByTestId('cost-program').first();
		expect(await first.getAttribute('data-name')).toBe('on_sample');
		expect(await first.textContent()).toMatch(/14\s?µs/);
		const sending = page.locator('[data-testid=cost-program][data-name=on_send_length]');
		expect(await sending.textContent()).toMatch(/420\s?ns/);
		expect(await value(sending.getByTestId('runs'))).toBeGreaterThan(3000);
		const ring = page.getByTestId('cost-fill').first();
		expect(await ring.getAttribute('data-name')).toBe('ring data');
		expect(await page.getByTestId('cost-lost').textContent()).toMatch(/1\s?840 records found a ring full/);
	});

	test('says why programs have no run time where the kernel does not tell it', async () => {
		await see('shop', '/nodes/shop-2-machine:shop-2', 'cost-programs');
		expect(await page.getByTestId('cost-program').count()).toBe(0);
		expect(await card('cost-programs').textContent()).toContain('switched off by --disable-bpf-stats');
		expect(await card('cost-bpf').textContent()).toContain('switched off by --disable-bpf-stats');
		expect(await page.getByTestId('cost-lost').textContent()).toContain('No record found a ring full');
	});

	test('leads to who uses it, and from there back to the node', async () => {
		await see('shop', PAY_1, 'consumer');
		const first = page.getByTestId('consumer').first();
		const name = await first.getAttribute('data-name');
		await first.getByRole('link').click();
		await page.getByTestId('application-name').waitFor();
		expect(await page.getByTestId('application-name').textContent()).toBe(name);
		await page.getByTestId('instance-row').first().getByRole('link', { name: 'pay-1' }).click();
		await page.getByTestId('node-name').waitFor();
		expect(new URL(page.url()).pathname).toBe(PAY_1);
	});

	test('an agent that sends none of it, and a node that is not there, are told', async () => {
		await see('first', '/nodes/build-7-machine:build-7', 'node-unmeasured');
		expect(await card('node-cpu').count()).toBe(0);
		expect(await card('cost-untold').count()).toBe(1);
		await see('shop', '/nodes/none', 'missing');
		expect(await page.getByTestId('missing').textContent()).toContain('CXR_MODEL_NO_NODE');
		expect(browser.complaints.every((text) => /\b404\b/.test(text))).toBe(true);
		browser.complaints.length = 0;
	});
});

describe('what an application uses', () => {
	test('is drawn by instance with limits, and killed processes are marked', async () => {
		await see('shop', LEDGER, 'instances');
		for (const name of ['cpu', 'cpu-held', 'memory', 'disk', 'network', 'pressure'])
			await card(name).locator('canvas').waitFor();
		expect(await card('cpu').locator('.legend').textContent()).toContain('limit 2');
		await asTable('cpu');
		expect(await card('cpu').getByTestId('line').count()).toBe(4);
		expect(await value(line('cpu', 'limit').getByTestId('last'))).toBe(2);
		await browser.shoot('resources-1440', { fullPage: true });
		await asTable('memory');
		const marks = card('memory').getByTestId('mark');
		expect(await marks.count()).toBe(2);
		expect(await marks.first().textContent()).toMatch(/1 OOM kill, ledger-api-/);
		await asTable('disk');
		expect(await card('disk').getByTestId('mount').first().textContent()).toMatch(
			/\/var\/lib\/data.*pvc-5f1c.*31\s?GiB.*50\s?GiB/,
		);
		const row = page.getByTestId('instance-row').first();
		expect(await row.textContent()).toMatch(/2, 2 OOM kills/);
		expect(await value(row.getByTestId('instance-cpu'))).toBeGreaterThan(1.8);
	});

	test('the limit and the marks are painted on the canvas', async () => {
		await see('shop', LEDGER, 'instances');
		/** Pixels of the canvas that have the colour of a token. */
		const painted = (name: string, token: string) =>
			card(name)
				.locator('canvas')
				.evaluate((canvas: HTMLCanvasElement, token) => {
					const probe = document.createElement('i');
					probe.style.color = `var(${token})`;
					document.body.append(probe);
					const [r, g, b] = getComputedStyle(probe).color.match(/\d+/g)!.map(Number);
					probe.remove();
					const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
					let count = 0;
					for (let i = 0; i < data.length; i += 4) {
						if (data[i] === r && data[i + 1] === g && data[i + 2] === b && data[i + 3] === 255) count++;
					}
					return count;
				}, token);
		const paints = (name: string, token: string) =>
			until(
				async () => ((await painted(name, token)) > 30 ? true : undefined),
				() => `nothing of ${name} has the colour ${token}`,
			);
		await paints('memory', '--crit-fill');
		await paints('cpu', '--ink-2');
		expect(await painted('cpu', '--crit-fill')).toBe(0);
	});

	test('a database has an icon and its queries, and links say their protocol', async () => {
		await see('shop', '/applications/_:payments:StatefulSet:ledger-postgres', 'totals');
		expect(await page.getByTestId('kind').first().getAttribute('data-kind')).toBe('database');
		expect(await page.getByTestId('totals').textContent()).toMatch(/ ok, .* failed \(0\.2\s?%\)/);
		await page.goto(fixture.url);
		await page.getByRole('button', { name: 'Table' }).click();
		const edge = page.locator('[data-testid=edge-row][data-from="ledger-api"][data-to="ledger-postgres"]');
		await edge.waitFor();
		expect(await edge.textContent()).toContain('postgres');
		const database = page.locator('[data-testid=application-row][data-name="sessions-redis"]');
		expect(await database.getByTestId('kind').getAttribute('data-kind')).toBe('database');
		await page.getByRole('button', { name: 'Map', exact: true }).click();
	});

	test('what was not measured is told, with the way to its agent', async () => {
		await see('first', '/applications/_:_:Container:front', 'resources-none');
		await page.getByTestId('resources-none').getByRole('link', { name: 'nodes' }).click();
		await page.getByTestId('node-row').first().waitFor();
	});
});

describe('on every screen', () => {
	test('nothing is wider than the screen, light or dark', async () => {
		for (const [size, scheme] of [
			['phone', 'light'],
			['phone', 'dark'],
			['wide', 'dark'],
		] as const) {
			await page.setViewportSize(SIZES[size]);
			await page.emulateMedia({ colorScheme: scheme });
			for (const [name, path, ready] of [
				['nodes', '/nodes', 'node-row'],
				['node', PAY_1, 'agent-card'],
				['resources', LEDGER, 'instances'],
			] as const) {
				await see('shop', path, ready);
				if (name !== 'nodes') await page.locator('.uplot canvas').first().waitFor();
				expect(await browser.overflow(), `${name} ${size}`).toBeLessThanOrEqual(0);
				await browser.shoot(`${name}-${SIZES[size].width}-${scheme}`, { fullPage: true });
			}
		}
		await page.setViewportSize(SIZES.desktop);
	});

	test('what a cell of the applications on a node holds has room in it', async () => {
		for (const size of ['phone', 'desktop'] as const) {
			await page.setViewportSize(SIZES[size]);
			await see('shop', PAY_1, 'consumer');
			const tight = await page
				.locator('[data-testid=consumer] td')
				.evaluateAll((cells) => cells.filter((cell) => cell.scrollWidth > cell.clientWidth).length);
			expect(tight, size).toBe(0);
		}
		await page.setViewportSize(SIZES.desktop);
	});

	test('hundreds of nodes are a list that grows', async () => {
		await see('large', '/nodes', 'node-row');
		expect((await names()).length).toBeLessThan(320);
		expect(await page.getByTestId('nodes-info').textContent()).toBe('320 nodes');
		await page.getByText('more node').scrollIntoViewIfNeeded();
		await until(
			async () => ((await names()).length > 100 ? true : undefined),
			() => 'the list does not grow',
		);
	});

	test('the browser complained about nothing', () => {
		expect(browser.complaints).toEqual([]);
	});
});
