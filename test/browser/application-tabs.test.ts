import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FIXTURE_TOKEN, type FixtureServer, startFixture } from '../../web/testing/fixture-server.ts';
import { Chromium, SIZES } from './chromium.ts';

// Logs, traces and profiles as parts of an application's page: invented data of the fixture server.

const LEDGER = '/applications/_:payments:Deployment:ledger-api';
/** What is seen when a part is there. */
const PARTS = { logs: 'line', traces: 'heatmap', profiles: 'flame' };
let browser: Chromium;
let page: Chromium['page'];
let fixture: FixtureServer;

beforeAll(async () => {
	browser = await Chromium.start();
	page = browser.page;
	fixture = await startFixture();
	await page.goto(`${fixture.url}/?token=${FIXTURE_TOKEN}`);
	await page.getByRole('link', { name: 'Service map' }).first().waitFor();
});
afterAll(async () => {
	await browser?.close();
	await fixture?.close();
});

describe.each(Object.entries(PARTS))('%s', (tab, ready) => {
	test('are those of the application', async () => {
		const asked = page.waitForRequest(new RegExp(`/api/${tab}[^/]*[?/].*application=_%3Apayments`));
		await page.goto(`${fixture.url}${LEDGER}?tab=${tab}`);
		await asked;
		await page.getByTestId(ready).first().waitFor();
		expect(await page.getByRole('heading', { level: 1 }).count()).toBe(1);
	});

	test.each(['light', 'dark'] as const)('look right in three widths: %s', async (scheme) => {
		await page.emulateMedia({ colorScheme: scheme });
		for (const [size, viewport] of Object.entries(SIZES)) {
			await page.setViewportSize(viewport);
			await page.goto(`${fixture.url}${LEDGER}?tab=${tab}`);
			await page.getByTestId(ready).first().waitFor();
			await page.waitForLoadState('networkidle');
			expect(await browser.overflow(), size).toBeLessThanOrEqual(0);
			await browser.shoot(`application-tab-${tab}-${size}-${scheme}`);
		}
		await page.emulateMedia({ colorScheme: 'light' });
	});
});

test('nothing was written to the console', () => {
	expect(browser.complaints).toEqual([]);
});
