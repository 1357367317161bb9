import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FixtureServer } from '../../web/testing/fixture-server.ts';
import { type Chromium, SIZES } from './chromium.ts';
import { FixturePages } from './fixture-pages.ts';

// What the pages say where something does not work; the states are told by the fixture server.

let pages: FixturePages;
let browser: Chromium;
let page: Chromium['page'];
let fixture: FixtureServer;

beforeAll(async () => {
	pages = await FixturePages.start();
	({ browser, page, fixture } = pages);
});
afterAll(() => pages?.close());

const see = async (story: FixtureServer['story'], path: string) => {
	fixture.story = story;
	await page.goto(fixture.url + path);
};
const feature = (name: string) => page.locator(`[data-feature="${name}"]`);

describe('an agent that may not load its programs', () => {
	test('the first minute says so, with the command that helps, and no word of what is well', async () => {
		await see('empty', '/');
		const trouble = page.getByTestId('agent-trouble');
		await trouble.waitFor();
		const text = (await trouble.textContent()) ?? '';
		expect(text).toContain('CAP_BPF');
		expect(text).toContain('there are no edges');
		expect(await feature('connections').getByTestId('command').textContent()).toMatch(/^sudo .* up --data/);
		expect(await feature('processes').count()).toBe(0);
		await browser.shoot('first-minute-refused-1440', { fullPage: true });
	});

	test('the page of what works lists every feature of server and agents', async () => {
		await page.getByRole('link', { name: 'What works' }).first().click();
		await feature('processes').waitFor();
		expect(await feature('processes').getAttribute('data-state')).toBe('works');
		expect(await feature('processes').textContent()).toContain('tracepoint');
		expect(await feature('socket-data').getAttribute('data-state')).toBe('off');
		for (const name of ['logs', 'traces', 'profiles'])
			expect(await feature(name).first().getAttribute('data-state')).toBe('works');
		await browser.shoot('features-1440', { fullPage: true });
		await page.setViewportSize(SIZES.phone);
		await page.reload();
		await feature('socket-data').waitFor();
		expect(await browser.overflow()).toBeLessThanOrEqual(0);
		await browser.shoot('features-390', { fullPage: true });
		await page.setViewportSize(SIZES.desktop);
	});
});

describe('metrics that are copied from another store', () => {
	const card = () => page.getByTestId('metric-source');
	const text = async (name: string) => (await card().getByTestId(name).textContent()) ?? '';

	test('one that is level is one quiet card; without one there is none', async () => {
		await see('shop', '/features');
		await feature('logs').first().waitFor();
		expect(await card().count()).toBe(0);
		await see('source', '/features');
		await card().waitFor();
		expect(await card().getAttribute('data-status')).toBe('ok');
		expect(await text('source-words')).toContain('all of the past is copied');
		expect(await text('source-address')).toBe('http://prometheus.monitoring:9090/prometheus');
		expect(await text('source-error')).toBe('none');
		expect(await card().getByTestId('source-lag').getAttribute('value')).toBe('21000');
		expect(await card().getByTestId('source-group').count()).toBe(0);
		expect(await page.getByTestId('lost-metrics').count()).toBe(0);
		await browser.shoot('source-1440', { fullPage: true });
	});

	test('one that lags says by how much, how much of the past is here, and what fails', async () => {
		await see('source-failing', '/features');
		await card().waitFor();
		expect(await card().getAttribute('data-status')).toBe('warn');
		expect(await text('source-trouble')).toContain('2 of 21 groups');
		expect(await text('source-lag')).toMatch(/^21.min$/);
		const past = card().getByRole('progressbar', { name: 'Past' });
		expect(await past.evaluate((bar: HTMLProgressElement) => bar.value)).toBe(0.37);
		expect(await text('source-error')).toContain('HTTP 422');
		const groups = card().getByTestId('source-group');
		expect(await groups.count()).toBe(2);
		expect(await groups.nth(1).textContent()).toContain('no answer within 30 s');
		expect(await page.getByTestId('lost-metrics').textContent()).toContain('broken-on-start');
		await browser.shoot('source-failing-1440', { fullPage: true });
		await page.setViewportSize(SIZES.phone);
		await page.reload();
		await card().waitFor();
		expect(await browser.overflow()).toBeLessThanOrEqual(0);
		await card().scrollIntoViewIfNeeded();
		await browser.shoot('source-failing-390');
		await page.getByTestId('lost-metrics').scrollIntoViewIfNeeded();
		await browser.shoot('source-lost-390');
		await page.setViewportSize(SIZES.desktop);
	});

	test('one that does not answer says so in its own words', async () => {
		await see('source-away', '/features');
		await card().waitFor();
		expect(await card().getAttribute('data-status')).toBe('crit');
		expect(await text('source-trouble')).toContain('does not tell the names');
		expect(await text('source-error')).toBe('connect ECONNREFUSED 10.0.7.12:9090');
		await browser.shoot('source-away-1440', { fullPage: true });
	});
});

test('a signal that is off names what is missing, what goes on and the command', async () => {
	await see('off', '/logs');
	const off = page.getByTestId('off');
	await off.waitFor();
	// What helps is told by the status, which may come after the signal's own answer.
	await off.getByTestId('command').waitFor();
	for (const words of ['chdb is not installed', 'npm packages: chdb', 'Metrics, the service map'])
		expect(await off.textContent()).toContain(words);
	expect(await off.getByTestId('command').textContent()).toBe('npm install --include=optional');
	await browser.shoot('logs-off-1440');
});

describe('a part of the program that breaks off on its way', () => {
	test('is fetched once more', async () => {
		fixture.broken.set('NodesPage', 1);
		await see('shop', '/nodes');
		await page.getByTestId('node-row').first().waitFor();
		expect(fixture.broken.get('NodesPage')).toBe(0);
	});

	test('again and again is said, with a way out', async () => {
		fixture.broken.set('TracesPage', 100);
		await see('shop', '/traces');
		const notice = page.getByTestId('not-loaded');
		await notice.waitFor();
		expect(await notice.textContent()).toContain('the traces page could not be loaded');
		await browser.shoot('not-loaded-1440');
		await page.setViewportSize(SIZES.phone);
		expect(await browser.overflow()).toBeLessThanOrEqual(0);
		await browser.shoot('not-loaded-390');
		await page.setViewportSize(SIZES.desktop);
		fixture.broken.clear();
		await notice.getByRole('button', { name: 'Reload' }).click();
		await page.getByTestId('trace').first().waitFor();
	});
});

test('the browser complained about nothing', () => {
	// 501 is how a signal says that it is off; what breaks off is shorter than it was said to be.
	expect(browser.complaints.filter((words) => !/501|ERR_CONTENT_LENGTH_MISMATCH/.test(words))).toEqual([]);
});
