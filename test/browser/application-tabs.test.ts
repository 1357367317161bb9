import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FixtureServer } from '../../web/testing/fixture-server.ts';
import { type Chromium, SIZES } from './chromium.ts';
import { FixturePages } from './fixture-pages.ts';

// Logs, traces and profiles as parts of an application's page: invented data of the fixture server.

const LEDGER = '/applications/_:payments:Deployment:ledger-api';
/** What is seen when a part is there. */
const PARTS = { logs: 'line', traces: 'heatmap', profiles: 'flame' };
let pages: FixturePages;
let browser: Chromium;
let page: Chromium['page'];
let fixture: FixtureServer;

beforeAll(async () => {
	pages = await FixturePages.start();
	({ browser, page, fixture } = pages);
});
afterAll(() => pages?.close());

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
