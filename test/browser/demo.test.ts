import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DATABASE_PACKAGES, unpackDebian } from '../../setup/debian-packages.mjs';
import type { ServiceMap } from '../product/api-types.ts';
import { Product, root } from '../product/product.ts';
import { until } from '../product/waiting.ts';
import { Chromium, SIZES } from './chromium.ts';

// What a newcomer sees after `npm start -- --demo`: a shop that lives, on the map, in logs, traces and profiles.

const LINKS = [
	['shop-visitors', 'shop-front'],
	['shop-front', 'shop-api'],
	['shop-api', 'postgres'],
	['shop-api', 'redis-server'],
	['shop-worker', 'postgres'],
	['shop-worker', 'redis-server'],
] as const;

const product = new Product();
let browser: Chromium;
let startedAt = 0;

beforeAll(async () => {
	await unpackDebian(root, 'databases', DATABASE_PACKAGES);
	startedAt = Date.now();
	await product.start(['--demo']);
	browser = await Chromium.start();
});
afterAll(async () => {
	await browser?.close();
	await product.remove();
});

test('each of its applications and links is on the map within a minute', async () => {
	let map: ServiceMap | undefined;
	const missing = () => {
		const id = (name: string) => map?.applications.find((each) => each.name === name)?.id;
		return LINKS.filter(
			([from, to]) => !map?.edges.some((edge) => edge.from === id(from) && edge.to === id(to)),
		);
	};
	await until(
		async () => {
			map = await product.api<ServiceMap>('/api/map');
			return missing().length === 0 ? true : undefined;
		},
		() => `links are missing: ${missing().map((link) => link.join(' -> '))}`,
		90_000,
	);
	expect((Date.now() - startedAt) / 1000).toBeLessThan(60);
});

test('its Redis refuses nothing that clients say at first', async () => {
	const ratio = await until(
		async () => {
			const { applications } = await product.api<ServiceMap>('/api/map');
			return applications.find(({ name }) => name === 'redis-server')?.errorRatio ?? undefined;
		},
		() => 'Redis has no requests',
	);
	expect(ratio).toBe(0);
});

test('its logs come from files and from the SDK, with errors and warnings', async () => {
	const found = async (query: string) =>
		(
			await product.api<{ logs: { service: string; severityText: string; traceId: string }[] }>(
				`/api/logs?from=${startedAt}&to=${Date.now() + 60_000}&limit=100&${query}`,
			)
		).logs;
	const wait = (query: string) =>
		until(
			async () => (await found(query))[0],
			() => `no log record for ${query}`,
		);
	expect((await wait('text=is taken')).service).toBe('shop-api');
	expect((await wait('text=order&service=/host/shop-worker')).severityText).toMatch(/info|warning|error/);
	expect((await wait('text=slow&service=/host/shop-front')).severityText).toBe('warning');
	expect((await wait('text=duplicate key')).traceId).toMatch(/^[0-9a-f]{32}$/);
});

test('a trace leads from the SDK to the database', async () => {
	const range = () => `from=${startedAt}&to=${Date.now() + 60_000}`;
	const spans = await until(
		async () => {
			const { traces } = await product.api<{ traces: { traceId: string }[] }>(
				`/api/traces?${range()}&service=shop-api&limit=50`,
			);
			for (const { traceId } of traces) {
				const { spans } = await product.api<{
					spans: { service: string; attributes: Record<string, string> }[];
				}>(`/api/traces/${traceId}`);
				if (spans.some(({ attributes }) => attributes['db.system'] === 'postgresql')) return spans;
			}
			return undefined;
		},
		() => 'no trace has a query',
	);
	expect(spans.map(({ service }) => service)).toContain('shop-api');
});

test('and it looks alive', async () => {
	const { page } = browser;
	await page.goto(product.signInUrl);
	const map = page.locator('[data-testid=map][data-ready=true]');
	await map.waitFor();
	for (const [name, size] of Object.entries({ 1440: SIZES.desktop, 390: SIZES.phone })) {
		await page.setViewportSize(size);
		await page.goto(`${product.run().url}/`);
		await map.waitFor();
		// Its layout comes to rest.
		await page.waitForTimeout(1_000);
		await browser.shoot(`demo-map-${name}`);
		await page.goto(`${product.run().url}/logs`);
		await page.getByText('order').first().waitFor();
		await browser.shoot(`demo-logs-${name}`);
	}
	expect(browser.complaints).toEqual([]);
});

test('Ctrl-C leaves nothing behind', async () => {
	expect(await product.stop()).toBe(0);
	await until(
		async () => {
			// The brackets keep pgrep's own shell from being found.
			const words = ['-c', "pgrep -f '[c]odexray-demo|[d]emo/shop' || true"];
			const left = execFileSync('sh', words, { encoding: 'utf8' }).trim();
			return left === '' ? true : undefined;
		},
		() => 'processes of the demo are left',
	);
});
