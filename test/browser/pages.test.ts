import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ApplicationReport, ServiceMap } from '../product/api-types.ts';
import { Product } from '../product/product.ts';
import { bareShop, type Shop } from '../product/shop.ts';
import { until } from '../product/waiting.ts';
import { Chromium, SIZES } from './chromium.ts';

// A person signs in with the printed link, looks at the map and opens an application. Screenshots are kept to be looked at.

const KEPT = 4_000;
const FRESH = 400;

const product = new Product();
let shop: Shop;
let browser: Chromium;
let page: Chromium['page'];

beforeAll(async () => {
	await product.start();
	shop = await bareShop();
	await Promise.all([shop.keepAlive(KEPT), shop.newConnections(FRESH)]);
	product.flush();
	// The agent may have sent a part of them before it was told to; what the clients saw comes last.
	for (const [name, asked] of [
		[shop.names.client, KEPT],
		[shop.names.visitor, FRESH],
	] as const) {
		let seen = 0;
		await until(
			async () => {
				const map = await product.api<ServiceMap>('/api/map');
				const { id } = map.applications.find((each) => each.name === name)!;
				const report = await product.api<ApplicationReport>(`/api/applications/${encodeURIComponent(id)}`);
				seen = Object.values(report.requests.totals).reduce((sum, count) => sum + count, 0);
				return seen === asked ? true : undefined;
			},
			() => `${seen} of ${asked} requests of ${name} are known`,
		);
	}
	browser = await Chromium.start();
	page = browser.page;
});

afterAll(async () => {
	await browser?.close();
	shop?.close();
	await product.remove();
});

const shoot = (name: string) => browser.shoot(name);
const row = (name: string) => page.locator(`[data-testid=application-row][data-name="${name}"]`);
const link = (from: string, to: string) =>
	page.locator(`[data-testid=edge-row][data-from="${from}"][data-to="${to}"]`);
/** The number that a figure shows, before it was rounded for the eye. */
const figure = async (within: ReturnType<typeof row>, name: string) =>
	Number(await within.getByTestId(name).getAttribute('value'));

describe('signing in', () => {
	test('without a session there is only the sign-in page, and a wrong token is told in a sentence', async () => {
		await page.goto(product.run().url);
		await page.getByRole('heading', { name: 'Sign in' }).waitFor();
		await page.getByLabel('Token').fill('wrong');
		await page.getByRole('button', { name: 'Sign in' }).click();
		await page.getByText('This token is not valid').waitFor();
		await shoot('sign-in-1440');
		// The browser itself notes each 401 that was asked for here.
		expect(browser.complaints.every((text) => text.includes('401'))).toBe(true);
		browser.complaints.length = 0;
	});

	test('the printed link signs in, and the token leaves the address', async () => {
		await page.goto(product.signInUrl);
		await page.locator('[data-testid=map][data-ready=true]').waitFor();
		expect(page.url()).not.toContain('token');
		const cookie = (await browser.context.cookies()).find(({ name }) => name === 'codexray_session');
		expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict' });
	});
});

describe('service map', () => {
	test('shows every application and link with its figures', async () => {
		const { names } = shop;
		await page.getByRole('button', { name: 'Table' }).click();
		for (const name of Object.values(names)) await row(name).waitFor();
		await link(names.client, names.front).waitFor();
		await link(names.visitor, names.front).waitFor();
		await link(names.front, names.back).waitFor();
		expect(await row(names.front).getByTestId('status').getAttribute('data-status')).toBe('crit');
		expect(await row(names.front).textContent()).toMatch(/10\s%/);
		expect(await figure(link(names.client, names.front), 'errors')).toBeCloseTo(0.1, 5);
		expect(await link(names.front, names.back).textContent()).toContain('http');
		expect(await link(names.front, names.back).textContent()).toMatch(/\d+(\.\d+)?\s?ms/);
		await shoot('map-table-1440');
		await page.getByRole('button', { name: 'Map', exact: true }).click();
	});

	test('a selected application has a panel with callers and callees', async () => {
		await page.locator('[data-testid=map][data-ready=true]').waitFor();
		await shoot('map-1440');
		const map = await product.api<ServiceMap>('/api/map');
		const front = map.applications.find(({ name }) => name === shop.names.front)!;
		await page.goto(`${product.run().url}/?app=${encodeURIComponent(front.id)}`);
		await page.getByTestId('panel-name').waitFor();
		expect(await page.getByTestId('panel-name').textContent()).toBe(shop.names.front);
		const panel = page.getByTestId('panel');
		await panel.locator(`[data-name="${shop.names.client}"]`).waitFor();
		await panel.locator(`[data-name="${shop.names.back}"]`).waitFor();
		await shoot('map-selected-1440');
	});
});

describe('the canvas of the map', () => {
	test('is painted at once when its size or the theme changes', async () => {
		await page.goto(product.signInUrl);
		await page.locator('[data-testid=map][data-ready=true]').waitFor();
		const frames = await watchFrames();
		for (const size of [{ width: 1000, height: 700 }, SIZES.wide, SIZES.desktop]) {
			await page.setViewportSize(size);
			await frames.ahead();
		}
		await page.getByRole('button', { name: 'Switch to the dark theme' }).click();
		expect(await frames.ahead()).toBe('rgb(14, 18, 22)');
		await page.getByRole('button', { name: 'Switch to the light theme' }).click();
		await frames.ahead();
		expect(await frames.wrong()).toEqual([]);
		await page.evaluate(() => localStorage.clear());
	});

	/** Looks at each frame as it is shown: do corners and lower edge of the canvas have the ground of the page? */
	async function watchFrames() {
		interface Watch {
			seen: number;
			ground: string;
			wrong: string[];
		}
		const watch = await page.evaluateHandle(() => {
			const watch: Watch = { seen: 0, ground: '', wrong: [] };
			const probe = document.body.appendChild(document.createElement('div'));
			probe.style.position = 'fixed';
			const look = () => {
				const canvas = document.querySelector('canvas')!;
				const { width, height } = canvas;
				const pen = canvas.getContext('2d')!;
				watch.ground = getComputedStyle(document.body).backgroundColor;
				watch.seen++;
				for (const [x, y] of [
					[3, 3],
					[width - 4, 3],
					[3, height - 4],
					[width - 4, height - 4],
					[width >> 1, height - 4],
				]) {
					const found = `rgb(${[...pen.getImageData(x!, y!, 1, 1).data.slice(0, 3)].join(', ')})`;
					if (found !== watch.ground)
						watch.wrong.push(`frame ${watch.seen}, ${width}x${height}: ${found} at ${x},${y}`);
				}
			};
			// What was observed last is told last, after the page's own painting: then the frame is shown.
			new ResizeObserver(look).observe(probe);
			const next = () => {
				// Another size, so that the observer is told of this frame.
				probe.style.width = `${1 + (watch.seen % 2)}px`;
				requestAnimationFrame(next);
			};
			requestAnimationFrame(next);
			return watch;
		});
		return {
			wrong: () => watch.evaluate(({ wrong }) => wrong),
			/** Waits until two more frames were looked at: the first may have been under way. Returns the page's ground. */
			async ahead(): Promise<string> {
				const before = await watch.evaluate(({ seen }) => seen);
				await until(
					async () => ((await watch.evaluate(({ seen }) => seen)) >= before + 2 ? true : undefined),
					() => 'no frame is shown',
				);
				return watch.evaluate(({ ground }) => ground);
			},
		};
	}
});

describe('application page', () => {
	test('says how it does, who calls it and what it calls, with exact totals', async () => {
		await page.goto(product.run().url);
		await page.getByRole('button', { name: 'Table' }).click();
		await row(shop.names.front).getByRole('link').click();
		await page.getByTestId('headline').waitFor();
		expect(await page.getByTestId('application-name').textContent()).toBe(shop.names.front);
		expect(await page.getByTestId('headline').textContent()).toMatch(/10\s% of requests/);
		const clients = page.getByTestId('clients');
		await clients.locator(`[data-name="${shop.names.client}"]`).waitFor();
		await page.getByTestId('dependencies').locator(`[data-name="${shop.names.back}"]`).waitFor();
		const totals = (await page.getByTestId('totals').textContent())!.replaceAll(/[\s\u202f\u00a0]/g, '');
		// 4 400 requests: of ten, eight are 2xx, one is 4xx and one 5xx.
		expect(totals).toContain('3520');
		expect(totals).toContain('440');
		await page.locator('[data-testid=instance-row]').first().waitFor();
		await page.locator('.uplot canvas').first().waitFor();
		await browser.shoot('application-1440', { fullPage: true });
	});

	test('a neighbour is one click away, and back is back', async () => {
		await page.getByTestId('dependencies').locator(`[data-name="${shop.names.back}"]`).click();
		await until(
			async () =>
				(await page.getByTestId('application-name').textContent()) === shop.names.back ? true : undefined,
			() => 'the neighbour did not open',
		);
		await page.goBack();
		await until(
			async () =>
				(await page.getByTestId('application-name').textContent()) === shop.names.front ? true : undefined,
			() => 'back did not go back',
		);
	});
});

describe('on a phone and in the dark', () => {
	test('nothing is wider than the screen', async () => {
		await page.setViewportSize(SIZES.phone);
		const map = await product.api<ServiceMap>('/api/map');
		const front = map.applications.find(({ name }) => name === shop.names.front)!;
		const { url } = product.run();
		for (const [name, path] of [
			['map-390', '/'],
			['map-selected-390', `/?app=${encodeURIComponent(front.id)}`],
			['application-390', `/applications/${encodeURIComponent(front.id)}`],
		] as const) {
			await page.goto(`${url}${path}`);
			await page.locator('[data-testid=map][data-ready=true], [data-testid=headline]').first().waitFor();
			// Let the layout of the map and the charts come to rest.
			await page.waitForLoadState('networkidle').catch(() => {});
			expect(await browser.overflow(), name).toBeLessThanOrEqual(0);
			await browser.shoot(name, { fullPage: name.startsWith('application') });
		}
		await page.setViewportSize(SIZES.desktop);
		await page.emulateMedia({ colorScheme: 'dark' });
		await page.goto(`${url}/?app=${encodeURIComponent(front.id)}`);
		await page.locator('[data-testid=map][data-ready=true]').waitFor();
		await page.getByTestId('panel-name').waitFor();
		await shoot('map-dark-1440');
	});

	test('the browser complained about nothing', () => {
		expect(browser.complaints).toEqual([]);
	});
});
