import type { Page } from 'playwright-core';
import { FIXTURE_TOKEN, type FixtureServer, startFixture } from '../../web/testing/fixture-server.ts';
import { Chromium } from './chromium.ts';

/** Starts a fixture server, which tells the pages invented data, and signs the page in there. */
export async function signedInFixture(page: Page): Promise<FixtureServer> {
	const fixture = await startFixture();
	await page.goto(`${fixture.url}/?token=${FIXTURE_TOKEN}`);
	await page.getByRole('link', { name: 'Service map' }).first().waitFor();
	return fixture;
}

/**
 * Tries a failed question again with the button, and is answered. The click before it fails and puts off the page's own next try, which
 * would take the button away from under the second one.
 */
export async function tryAgain(page: Page, fixture: FixtureServer, path: RegExp): Promise<void> {
	const button = page.getByRole('button', { name: 'Try again now' });
	const failed = page.waitForResponse(path);
	await button.click();
	await failed;
	fixture.story = 'shop';
	await button.click();
}

/**
 * Ends the session just after an answer to what every page asks by itself: the next of these, which leads to the sign-in page too, comes
 * some seconds later.
 */
export async function endSession(page: Page, fixture: FixtureServer): Promise<void> {
	await page.waitForResponse(/\/api\/status$/);
	fixture.forget();
}

/** A browser of its own that is signed in at a fixture server of its own. */
export class FixturePages {
	readonly browser: Chromium;
	readonly fixture: FixtureServer;

	private constructor(browser: Chromium, fixture: FixtureServer) {
		this.browser = browser;
		this.fixture = fixture;
	}

	static async start(): Promise<FixturePages> {
		const browser = await Chromium.start();
		return new FixturePages(browser, await signedInFixture(browser.page));
	}

	get page(): Page {
		return this.browser.page;
	}

	async close(): Promise<void> {
		await this.browser.close();
		await this.fixture.close();
	}
}
