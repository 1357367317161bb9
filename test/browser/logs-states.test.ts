import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FIXTURE_TOKEN, type FixtureServer } from '../../web/testing/fixture-server.ts';
import { Product } from '../product/product.ts';
import { until } from '../product/waiting.ts';
import { Chromium } from './chromium.ts';
import { endSession, signedInFixture, tryAgain } from './fixture-pages.ts';

// What the logs page says when there is nothing to say: the server without an engine is real, the rest is told by the fixture server.

let browser: Chromium;
let page: Chromium['page'];

beforeAll(async () => {
	browser = await Chromium.start();
	page = browser.page;
});
afterAll(() => browser?.close());

describe('a server without an engine', () => {
	const product = new Product();
	beforeAll(() => product.start([], { CODEXRAY_NO_ENGINE: '1' }));
	afterAll(() => product.remove());

	test.each(['logs', 'traces', 'profiles'])('says why %s are off', async (signal) => {
		await page.goto(product.signInUrl);
		await page.getByRole('link', { name: 'Service map' }).first().waitFor();
		const { features } = await product.api<{ features: { feature: string; reason: string | null }[] }>(
			'/api/status',
		);
		const reason = features.find(({ feature }) => feature === signal)?.reason;
		expect(reason).toBeTruthy();
		await page.goto(`${product.run().url}/${signal}`);
		// Until the status comes, the page says it in the words of the signal's own answer.
		await page.getByTestId('off').getByText(reason!).waitFor();
	});
});

describe('the fixture server', () => {
	let fixture: FixtureServer;
	beforeAll(async () => {
		fixture = await signedInFixture(page);
	});
	afterAll(() => fixture?.close());

	const see = async (story: FixtureServer['story'], path = '/logs') => {
		fixture.story = story;
		await page.goto(fixture.url + path);
	};

	test('loading: a skeleton, then what is waited for', async () => {
		await see('slow');
		await page.getByTestId('loading').waitFor();
		await page.getByText('Waiting for the log lines.').waitFor();
	});

	test('failed: the words of the server, since when, and the lines once they come', async () => {
		await see('failing');
		const failed = page.getByTestId('failed');
		await failed.waitFor();
		expect(await failed.textContent()).toContain('CXR_STORE_UNAVAILABLE');
		expect(await failed.textContent()).toContain('Metrics and the service map are not affected.');
		await browser.shoot('logs-failed-1440');
		await tryAgain(page, fixture, /\/api\/logs\?/);
		await page.getByTestId('line').first().waitFor();
	});

	test('not allowed', async () => {
		await see('denied');
		await page.getByTestId('not-allowed').waitFor();
		expect(await page.getByTestId('not-allowed').textContent()).toContain('the role viewer');
	});

	test('off: the reason, and what it takes', async () => {
		await see('off');
		await page.getByTestId('off').waitFor();
		expect(await page.getByTestId('off').textContent()).toContain('chdb is not installed');
		expect(await page.getByTestId('off').textContent()).toContain('--clickhouse-url');
		await browser.shoot('logs-off-1440');
	});

	test('partial: what is there, and why nothing new comes', async () => {
		await see('partial');
		await page.getByTestId('line').first().waitFor();
		expect(await page.getByTestId('logs-partial').textContent()).toContain('code 137');
		await browser.shoot('logs-partial-1440');
	});

	test('nothing that fits: how many there are without filters, and one click to them', async () => {
		await see('shop', '/logs?text=nothinghasthis&severity=warn');
		await page.getByTestId('logs-empty').waitFor();
		await page.getByText('Without filters there are').waitFor();
		await page.getByRole('button', { name: 'Remove all filters' }).click();
		await page.getByTestId('line').first().waitFor();
		expect(new URL(page.url()).search).toBe('');
	});

	test('what was answered before the first lines came is asked again', async () => {
		// The page of before asks nothing more.
		await page.goto('about:blank');
		fixture.once.set('/api/logs/histogram', { total: 0 });
		fixture.once.set('/api/logs/services', { services: [] });
		await see('shop');
		await page.getByTestId('line').first().waitFor();
		await page.locator('[data-testid=total]:not([value="0"])').waitFor();
		await page.getByRole('button', { name: 'Service', exact: true }).click();
		await page.getByTestId('service').first().waitFor();
	});

	const refresh = () => page.getByRole('button', { name: 'Ask for newer lines' }).click();
	const histogram = () => page.getByTestId('histogram');
	/** The histogram and the lines are answers of their own. */
	const seeAll = async () => {
		await see('shop');
		await histogram().waitFor();
		await page.getByTestId('line').first().waitFor();
	};

	test('a refresh keeps the lines until the new ones are there', async () => {
		await seeAll();
		fixture.story = 'slow';
		const asked = page.waitForRequest(/\/api\/logs\?/);
		await refresh();
		await asked;
		await page.waitForTimeout(500);
		expect(await page.getByTestId('line').count()).toBeGreaterThan(10);
		expect(await histogram().count()).toBe(1);
		expect(await page.getByTestId('loading').count()).toBe(0);
	});

	test('a refresh that fails says so, keeps the lines and their time, and is tried again', async () => {
		await seeAll();
		const asOf = () => histogram().getByText('as of').textContent();
		const before = await asOf();
		// Another second, so that a time that moves is seen to.
		await page.waitForTimeout(1100);
		fixture.story = 'failing';
		await refresh();
		await page.getByText('The log lines, as of').waitFor();
		expect(await page.getByTestId('line').count()).toBeGreaterThan(10);
		expect(await asOf()).toBe(before);
		fixture.story = 'shop';
		await page.getByTestId('stale').waitFor({ state: 'detached' });
	});

	const QUESTIONS: [string, () => Promise<unknown>][] = [
		[
			'range',
			async () => {
				await page.getByTestId('range').click();
				await page.getByRole('button', { name: 'Last 3 h' }).click();
			},
		],
		['time, dragged over the histogram,', () => browser.dragOver(histogram())],
		['severity', () => histogram().getByRole('button', { name: 'warn' }).click()],
		[
			'word',
			() =>
				page
					.getByLabel('Search the lines')
					.fill('retry')
					.then(() => page.keyboard.press('Enter')),
		],
	];
	test.each(QUESTIONS)('another %s is loading, not the old lines', async (_what, change) => {
		await seeAll();
		fixture.story = 'slow';
		await change();
		await page.getByTestId('loading').waitFor();
		expect(await page.getByTestId('line').count()).toBe(0);
		expect(await histogram().count()).toBe(0);
	});

	test.each(QUESTIONS)('another %s that fails has failed, and is no old list', async (_what, change) => {
		await seeAll();
		fixture.story = 'failing';
		await change();
		await page.getByTestId('failed').waitFor();
		expect(await page.getByTestId('line').count()).toBe(0);
		expect(await page.getByTestId('stale').count()).toBe(0);
	});

	test('a tail that fails says so and keeps the lines', async () => {
		await see('shop', '/logs?tail=1');
		await page.getByTestId('line').first().waitFor();
		fixture.story = 'failing';
		await page.getByTestId('tail-failed').waitFor();
		expect(await page.getByTestId('line').count()).toBeGreaterThan(10);
		fixture.story = 'shop';
		await page.getByTestId('tail-failed').waitFor({ state: 'detached' });
	});

	test('a session that ends leads to the sign-in page', async () => {
		await see('shop', '/logs?severity=warn');
		await page.getByTestId('line').first().waitFor();
		await endSession(page, fixture);
		await page.getByRole('button', { name: 'Ask for newer lines' }).click();
		await page.getByRole('heading', { name: 'Sign in' }).waitFor();
		await page.getByLabel('Token').fill(FIXTURE_TOKEN);
		await page.getByRole('button', { name: 'Sign in' }).click();
		await page.getByTestId('line').first().waitFor();
		await until(
			() => (new URL(page.url()).searchParams.get('severity') === 'warn' ? true : undefined),
			() => 'the filter is lost',
		);
	});
});

test('nothing was written to the console but what was asked for', () => {
	expect(browser.complaints.filter((text) => !/\b(401|403|501|503)\b/.test(text))).toEqual([]);
});
