import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { FIXTURE_TOKEN, type FixtureServer } from '../../web/testing/fixture-server.ts';
import { checkoutBefore, traceIdBefore } from '../../web/testing/fixture-traces.ts';
import { until } from '../product/waiting.ts';
import { type Chromium, SIZES } from './chromium.ts';
import { endSession, FixturePages, tryAgain } from './fixture-pages.ts';

// The pages of traces and what they say while there is nothing to show: invented spans of the fixture server.

const MINUTE = 60_000;
let pages: FixturePages;
let browser: Chromium;
let page: Chromium['page'];
let fixture: FixtureServer;

beforeAll(async () => {
	pages = await FixturePages.start();
	({ browser, page, fixture } = pages);
});
beforeEach(() => page.setViewportSize(SIZES.desktop));
afterAll(() => pages?.close());

const see = async (story: FixtureServer['story'], path = '/traces') => {
	fixture.story = story;
	await page.goto(fixture.url + path);
};
const param = (key: string) => new URL(page.url()).searchParams.get(key);
const text = (id: string) => page.getByTestId(id).textContent();
const traces = () => page.getByTestId('trace');
const heatmap = () => page.getByTestId('heatmap');
const spans = () => page.getByTestId('span');
const refresh = () => page.getByRole('button', { name: 'Ask for newer spans' }).click();
/** The address of a trace that is old enough to be asked for once. */
const oldTrace = () => `/traces/${checkoutBefore(Date.now(), 10 * MINUTE)}`;
/** The address of a trace of which spans may still come. */
const youngTrace = () => `/traces/${traceIdBefore(Date.now(), 0)}`;

describe('the list', () => {
	test('loading: a skeleton, then what is waited for', async () => {
		await see('slow');
		await page.getByTestId('loading').waitFor();
		await page.getByText('Waiting for the traces.').waitFor();
	});

	test('failed: the words of the server, and the traces once they come', async () => {
		await see('failing');
		await page.getByTestId('failed').waitFor();
		expect(await text('failed')).toContain('CXR_STORE_UNAVAILABLE');
		expect(await text('failed')).toContain('Metrics and the service map are not affected.');
		await tryAgain(page, fixture, /\/api\/traces\?/);
		await traces().first().waitFor();
		await heatmap().waitFor();
	});

	test('not allowed', async () => {
		await see('denied');
		await page.getByTestId('not-allowed').waitFor();
		expect(await text('not-allowed')).toContain('the role viewer');
	});

	test('empty: why, how to send, and the first by itself', async () => {
		await see('empty');
		await page.getByTestId('traces-empty').waitFor();
		expect(await text('how-to-send')).toContain(`OTEL_EXPORTER_OTLP_ENDPOINT=${fixture.url}`);
		fixture.story = 'shop';
		await traces().first().waitFor();
	});

	test('what was answered before the first spans came is asked again', async () => {
		// The page of before asks nothing more.
		await page.goto('about:blank');
		fixture.once.set('/api/traces/heatmap', { total: 0 });
		fixture.once.set('/api/traces/services', { services: [] });
		await see('shop');
		await traces().first().waitFor();
		await page.locator('[data-testid=spans]:not([value="0"])').waitFor();
		await page.locator('section', { hasText: 'Operations' }).locator('tbody tr').first().waitFor();
	});

	test('nothing that fits: filters can be taken away', async () => {
		await see('shop', '/traces?attribute=tenant=nobody&range=15m');
		await page.getByTestId('traces-empty').waitFor();
		expect(await text('traces-empty')).toContain('No span fits');
		expect(await page.getByTestId('how-to-send').count()).toBe(0);
		await page.getByRole('button', { name: 'Remove all filters' }).click();
		await traces().first().waitFor();
		expect(new URL(page.url()).search).toBe('?range=15m');
	});

	test('off: the reason, and what it takes', async () => {
		await see('off');
		await page.getByTestId('off').waitFor();
		expect(await text('off')).toContain('chdb is not installed');
		expect(await text('off')).toContain('--clickhouse-url');
	});

	test('a session that ends leads to the sign-in page, and back to the same question', async () => {
		await see('shop', '/traces?status=error');
		await traces().first().waitFor();
		await endSession(page, fixture);
		await refresh();
		await page.getByRole('heading', { name: 'Sign in' }).waitFor();
		await page.getByLabel('Token').fill(FIXTURE_TOKEN);
		await page.getByRole('button', { name: 'Sign in' }).click();
		await traces().first().waitFor();
		expect(param('status')).toBe('error');
	});
});

describe('asking again', () => {
	test('a refresh keeps the traces until the new ones are there', async () => {
		await see('shop');
		await traces().first().waitFor();
		await heatmap().waitFor();
		fixture.story = 'slow';
		const asked = page.waitForRequest(/\/api\/traces\?/);
		await refresh();
		await asked;
		await page.waitForTimeout(500);
		expect(await traces().count()).toBeGreaterThan(5);
		expect(await heatmap().count()).toBe(1);
		expect(await page.getByTestId('loading').count()).toBe(0);
	});

	test('a refresh that fails says so, keeps the traces, and is tried again', async () => {
		await see('shop');
		await heatmap().waitFor();
		fixture.story = 'failing';
		await refresh();
		await page.getByText('The traces, as of').waitFor();
		// The three answers fail together, and are told of once.
		await page.waitForLoadState('networkidle');
		expect(await page.getByTestId('stale').count()).toBe(1);
		expect(await traces().count()).toBeGreaterThan(5);
		expect(await page.getByTestId('failed').count()).toBe(0);
		fixture.story = 'shop';
		await page.getByTestId('stale').first().waitFor({ state: 'detached' });
		expect(await page.getByTestId('stale').count()).toBe(0);
	});

	const SERVICE = 'ledger-api-7c9dz/main';
	/** The heatmap and the services to choose from are answers of their own. */
	const seeAll = async () => {
		await see('shop');
		await heatmap().waitFor();
		await page.getByLabel('Service').locator('option', { hasText: SERVICE }).waitFor({ state: 'attached' });
	};
	const QUESTIONS: [string, () => Promise<unknown>][] = [
		[
			'range',
			async () => {
				await page.getByTestId('range').click();
				await page.getByRole('button', { name: 'Last 3 h' }).click();
			},
		],
		['status', () => page.getByRole('button', { name: 'Failed', exact: true }).click()],
		['service', () => page.getByLabel('Service').selectOption(SERVICE)],
		[
			'duration',
			() =>
				page
					.getByLabel('Longer than')
					.fill('1 s')
					.then(() => page.keyboard.press('Enter')),
		],
	];
	test.each(QUESTIONS)('another %s is loading, not the old traces', async (_what, change) => {
		await seeAll();
		fixture.story = 'slow';
		await change();
		await page.getByTestId('loading').waitFor();
		expect(await traces().count()).toBe(0);
		expect(await heatmap().count()).toBe(0);
	});

	test.each(QUESTIONS)('another %s that fails has failed, and is no old list', async (_what, change) => {
		await seeAll();
		fixture.story = 'failing';
		await change();
		await page.getByTestId('failed').waitFor();
		expect(await traces().count()).toBe(0);
		expect(await page.getByTestId('stale').count()).toBe(0);
	});

	test('a heatmap that fails alone leaves the list, and comes by itself', async () => {
		fixture.busy.add('/api/traces/heatmap');
		await see('shop');
		await page.getByText('The heatmap cannot be shown.').waitFor();
		expect(await traces().count()).toBeGreaterThan(5);
		fixture.busy.clear();
		await heatmap().waitFor();
	});
});

test('a drag over the heatmap asks for the time of the cells it covers', async () => {
	await see('shop');
	await heatmap().waitFor();
	const canvas = heatmap().locator('canvas');
	await canvas.scrollIntoViewIfNeeded();
	const box = (await canvas.boundingBox())!;
	await page.mouse.move(box.x + box.width - 20, box.y + 100);
	const words = (await page.locator('.tip').textContent())!;
	const [from, to] = /(\d\d:\d\d)(?::00)? to (\d\d:\d\d)/.exec(words)!.slice(1) as [string, string];
	await page.mouse.down();
	await page.mouse.up();
	await until(
		() => (param('from') === null ? undefined : true),
		() => 'no time is chosen',
	);
	const clock = (key: string) => new Date(Number(param(key))).toTimeString().slice(0, 5);
	expect([clock('from'), clock('to')]).toEqual([from, to]);
});

describe('a trace', () => {
	test('loading: a skeleton, then what is waited for', async () => {
		await see('slow', oldTrace());
		await page.getByTestId('loading').waitFor();
		await page.getByText(/Waiting for the trace c/).waitFor();
	});

	test('failed: the words of the server, and the spans once they come', async () => {
		await see('failing', oldTrace());
		await page.getByTestId('failed').waitFor();
		expect(await text('failed')).toContain('CXR_STORE_UNAVAILABLE');
		fixture.story = 'shop';
		await spans().first().waitFor();
	});

	test('not allowed', async () => {
		await see('denied', oldTrace());
		await page.getByTestId('not-allowed').waitFor();
		expect(await text('not-allowed')).toContain('the role viewer');
	});

	test('off: the reason, and what it takes', async () => {
		await see('off', oldTrace());
		await page.getByTestId('off').waitFor();
		expect(await text('off')).toContain('Traces are off on this server.');
		expect(await text('off')).toContain('chdb is not installed');
	});

	test('that does not exist is said in words, and shown should it come', async () => {
		await see('empty', oldTrace());
		await page.getByTestId('missing').waitFor();
		expect(await text('missing')).toContain('There is no trace c');
		expect(await page.getByRole('link', { name: 'Log lines of this trace' }).getAttribute('href')).toContain(
			'traceId=c',
		);
		expect(await text('missing')).toContain('No spans of this trace are stored.');
		fixture.story = 'shop';
		await spans().first().waitFor();
	});

	test('that is no trace id is no page', async () => {
		await see('shop', '/traces/nonsense');
		await page.getByRole('heading', { name: 'There is no such page' }).waitFor();
	});

	test('that has more spans than an answer holds says so', async () => {
		await see('large', `${oldTrace()}?fold=0`);
		await spans().first().waitFor();
		const words = (await text('truncated'))!.replaceAll(/\s/g, ' ');
		expect(words).toContain('Only the first 10 000 spans');
		expect(await spans().count()).toBeLessThan(80);
		await see('shop', oldTrace());
		await spans().first().waitFor();
		expect(await page.getByTestId('truncated').count()).toBe(0);
	});

	test('that is young is asked for again; a failure of that says so and keeps the spans', async () => {
		await see('shop', youngTrace());
		await spans().first().waitFor();
		fixture.story = 'failing';
		await page.getByTestId('stale').waitFor();
		expect(await spans().count()).toBeGreaterThan(0);
		fixture.story = 'shop';
		await page.getByTestId('stale').waitFor({ state: 'detached' });
	});

	test('a session that ends leads to the sign-in page, and back to the same span', async () => {
		const address = youngTrace();
		await see('shop', address);
		await spans().first().locator('[data-walk]').click();
		const span = param('span');
		expect(span).not.toBeNull();
		fixture.forget();
		await page.getByRole('heading', { name: 'Sign in' }).waitFor();
		await page.getByLabel('Token').fill(FIXTURE_TOKEN);
		await page.getByRole('button', { name: 'Sign in' }).click();
		await page.getByTestId('span-details').waitFor();
		expect(new URL(page.url()).pathname).toBe(address);
		expect(param('span')).toBe(span);
	});
});

test.each(['light', 'dark'] as const)('looks right in three widths: %s', async (scheme) => {
	await page.emulateMedia({ colorScheme: scheme });
	const trace = checkoutBefore(Date.now(), 10 * MINUTE);
	const VIEWS: [name: string, story: FixtureServer['story'], path: string, ready: string][] = [
		['traces', 'shop', '/traces', 'heatmap'],
		['traces-empty', 'empty', '/traces', 'traces-empty'],
		['traces-off', 'off', '/traces', 'off'],
		['trace', 'shop', `/traces/${trace}`, 'span'],
		['trace-large', 'large', `/traces/${trace}?fold=0`, 'span'],
		['trace-missing', 'empty', `/traces/${trace}`, 'missing'],
	];
	for (const [name, story, path, ready] of VIEWS) {
		await see(story, path);
		for (const [size, viewport] of Object.entries(SIZES)) {
			await page.setViewportSize(viewport);
			await page.getByTestId(ready).first().waitFor();
			await page.waitForTimeout(150);
			expect(await browser.overflow(), `${name} ${size}`).toBeLessThanOrEqual(0);
			await browser.shoot(`states-${name}-${size}-${scheme}`);
		}
	}
	await page.emulateMedia({ colorScheme: 'light' });
});

test('nothing was written to the console but what was asked for', () => {
	expect(browser.complaints.filter((words) => !/\b(401|403|404|501|503)\b/.test(words))).toEqual([]);
});
