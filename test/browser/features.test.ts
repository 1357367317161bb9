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

test('a signal that is off names what is missing, what goes on and the command', async () => {
	await see('off', '/logs');
	const off = page.getByTestId('off');
	await off.waitFor();
	for (const words of ['chdb is not installed', 'npm packages: chdb', 'Metrics, the service map'])
		expect(await off.textContent()).toContain(words);
	expect(await off.getByTestId('command').textContent()).toBe('npm install --include=optional');
	await browser.shoot('logs-off-1440');
});

test('the browser complained about nothing', () => {
	// 501 is how a signal says that it is off.
	expect(browser.complaints.filter((words) => !words.includes('501'))).toEqual([]);
});
