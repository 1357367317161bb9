import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ProfileServices } from '../../web/src/api/profile-types.ts';
import type { ServiceMap } from '../product/api-types.ts';
import { Product } from '../product/product.ts';
import { bareShop, type Shop } from '../product/shop.ts';
import { until } from '../product/waiting.ts';
import { Chromium, SIZES } from './chromium.ts';

// A person looks where CPU time goes: samples of real programs, by the real agent.

const product = new Product();
let shop: Shop;
let browser: Chromium;
let page: Chromium['page'];

beforeAll(async () => {
	await product.start([], { CODEXRAY_PROFILE_INTERVAL: '3s' });
	browser = await Chromium.start();
	page = browser.page;
	await page.goto(product.signInUrl);
	await page.getByRole('link', { name: 'Profiles' }).first().waitFor();
});

afterAll(async () => {
	await browser?.close();
	shop?.close();
	await product.remove();
});

const go = (path: string) => page.goto(`${product.run().url}${path}`);
const param = (key: string) => new URL(page.url()).searchParams.get(key);
const functions = () => page.getByTestId('function');

describe('profiles', () => {
	test('the first profile comes by itself', async () => {
		await go('/profiles');
		shop = await bareShop();
		await shop.keepAlive(6_000);
		await page.getByTestId('flame').waitFor({ timeout: 60_000 });
	});

	test('a service is chosen; its functions are in the table, a click shows one in the graph and in the address', async () => {
		const service = await until(
			async () => {
				const { services } = await product.api<ProfileServices>(
					`/api/profiles/services?from=${Date.now() - 600_000}&to=${Date.now()}`,
				);
				return services.find((one) => one.service.endsWith(shop.names.front))?.service;
			},
			() => 'the front has no profile',
		);
		await go('/profiles');
		await page.getByTestId('flame').waitFor();
		await page.getByRole('combobox', { name: 'Service', exact: true }).selectOption(service);
		await until(
			() => (param('service') === service ? true : undefined),
			() => 'the service is not in the address',
		);
		await functions().first().waitFor();
		const count = await functions().count();
		expect(count).toBeGreaterThan(3);
		await functions().first().click();
		expect(param('focus')).not.toBeNull();
		await page.getByRole('button', { name: 'Back to all' }).click();
		expect(param('focus')).toBeNull();
	});

	test('a search marks functions and says their share; keys walk the graph', async () => {
		await page.getByRole('textbox', { name: 'Find' }).fill('node');
		await page.getByTestId('matched').waitFor();
		expect(await page.getByTestId('matched').textContent()).toMatch(/% have “node”/);
		await page.getByRole('textbox', { name: 'Find' }).fill('');
		await page.getByTestId('flame').focus();
		await page.keyboard.press('ArrowDown');
		await page.keyboard.press('ArrowDown');
		await page.keyboard.press('Enter');
		await page.waitForURL(({ searchParams }) => searchParams.has('focus'));
		await page.keyboard.press('Escape');
		await page.waitForURL(({ searchParams }) => !searchParams.has('focus'));
	});

	test('the link downloads pprof', async () => {
		const [download] = await Promise.all([
			page.waitForEvent('download'),
			page.getByRole('link', { name: 'pprof' }).click(),
		]);
		expect(await download.failure()).toBeNull();
	});

	test('looks right in three widths, light and dark, alone and on the application', async () => {
		for (const [size, viewport] of Object.entries(SIZES)) {
			await page.setViewportSize(viewport);
			await page.waitForTimeout(200);
			expect(await browser.overflow(), size).toBeLessThanOrEqual(0);
			await browser.shoot(`profiles-${size}-light`);
		}
		await page.setViewportSize(SIZES.desktop);
		await page.getByLabel('Compare with').selectOption('time before');
		await page.getByTestId('flame').waitFor();
		await page.waitForTimeout(300);
		await browser.shoot('profiles-compare');
		await page.getByRole('button', { name: /dark/i }).first().click();
		await page.waitForTimeout(200);
		await browser.shoot('profiles-desktop-dark');
		await page.getByRole('button', { name: /light/i }).first().click();
		// Metrics come later than the first profile: the agent takes them every 15 s.
		const id = await until(
			async () => {
				const { applications } = await product.api<ServiceMap>('/api/map');
				return applications.find(({ name }) => name === shop.names.front)?.id;
			},
			() => 'the front is not on the map',
		);
		await go(`/applications/${encodeURIComponent(id)}?tab=profiles`);
		await page.getByTestId('flame').waitFor();
	});

	test('nothing was written to the console', () => {
		expect(browser.complaints).toEqual([]);
	});
});
