import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { attribute } from '../../core-as/testing/otlp-body.ts';
import { Product } from '../product/product.ts';
import { nanos } from '../product/signal-server.ts';
import { until } from '../product/waiting.ts';
import { Chromium, SIZES } from './chromium.ts';

// A person looks for slow and failing requests: spans sent by OTLP to a real server with its engine.

const product = new Product();
const now = Date.now();
const BIG = 'b16b00b5b16b00b5b16b00b5b16b00b5';
const BIG_SPANS = 10_000;
let browser: Chromium;
let page: Chromium['page'];

interface SpanInput {
	trace: string;
	id: string;
	parent?: string;
	service: string;
	name: string;
	/** ms */
	start: number;
	took: number;
	failed?: boolean;
	attributes?: Record<string, string>;
}

const hex = (n: number, length: number) => n.toString(16).padStart(length, '0');

/** Forty checkouts, of which each fifth fails after two seconds, with what they call. */
function checkouts(): SpanInput[] {
	return Array.from({ length: 40 }, (_, i) => {
		const failed = i % 5 === 0;
		const trace = `c${hex(i, 31)}`;
		const start = now - 1_800_000 + i * 40_000;
		const took = failed ? 2000 + i : 60 + i;
		const id = (n: number) => `${hex(i + 1, 8)}${hex(n, 8)}`;
		const calls = Array.from({ length: 12 }, (_, n) => ({
			...{ trace, id: id(10 + n), parent: id(2), service: 'ledger-db', name: 'INSERT entry' },
			...{ start: start + 12 + n * 3, took: 2, attributes: { 'db.system': 'postgresql' } },
		}));
		return [
			{ trace, id: id(1), service: 'storefront', name: 'POST /checkout', start, took, failed },
			{
				...{
					trace,
					id: id(2),
					parent: id(1),
					service: 'ledger',
					name: 'POST /v1/entries',
					start: start + 10,
				},
				...{ took: took - 15, failed, attributes: { 'http.route': '/v1/entries', attempt: String(i) } },
			},
			{ trace, id: id(3), parent: 'feedfeedfeedfeed', service: 'audit', name: 'write', start, took: 5 },
			...calls,
		];
	}).flat();
}

/** A request that asks ten thousand times, in a tree of a hundred branches. */
function bigTrace(): SpanInput[] {
	return Array.from({ length: BIG_SPANS }, (_, i) => ({
		...{
			trace: BIG,
			id: hex(i + 1, 16),
			service: `part-${i % 14}`,
			name: i === 0 ? 'GET /report' : `step ${i}`,
		},
		...(i === 0 ? {} : { parent: hex(i <= 100 ? 1 : 2 + (i % 100), 16) }),
		...{ start: now - 600_000 + (i === 0 ? 0 : (i % 100) * 80), took: i === 0 ? 9000 : i <= 100 ? 900 : 7 },
	}));
}

function otlp(spans: SpanInput[]): string {
	return JSON.stringify({
		resourceSpans: [...Map.groupBy(spans, ({ service }) => service)].map(([service, own]) => ({
			resource: { attributes: [attribute('service.name', service)] },
			scopeSpans: [
				{
					scope: { name: 'shop' },
					spans: own.map(({ trace, id, parent, name, start, took, failed, attributes = {} }) => ({
						...{ traceId: trace, spanId: id, name, kind: parent ? 1 : 2 },
						...(parent ? { parentSpanId: parent } : {}),
						...{ startTimeUnixNano: nanos(start), endTimeUnixNano: nanos(start + took) },
						attributes: Object.entries(attributes).map(([key, value]) => attribute(key, value)),
						...(failed ? { status: { code: 2, message: 'deadline exceeded' } } : {}),
					})),
				},
			],
		})),
	});
}

beforeAll(async () => {
	// The agent would add what the browser asks the server.
	await product.start([], { CODEXRAY_CONTAINER_DENYLIST: '.*' });
	browser = await Chromium.start();
	page = browser.page;
	await page.goto(product.signInUrl);
	await page.getByRole('link', { name: 'Traces' }).first().waitFor();
});

afterAll(async () => {
	await browser?.close();
	await product.remove();
});

async function send(spans: SpanInput[]): Promise<void> {
	const headers = { 'X-API-Key': product.key, 'Content-Type': 'application/json' };
	const response = await fetch(`${product.run().url}/v1/traces`, {
		method: 'POST',
		headers,
		body: otlp(spans),
	});
	expect(response.status, await response.text()).toBe(200);
}

const go = (path: string) => page.goto(`${product.run().url}${path}`);
const param = (key: string) => new URL(page.url()).searchParams.get(key);
const traces = () => page.getByTestId('trace');
const spans = () => page.getByTestId('span');
const counted = (wanted: number) =>
	until(
		async () => {
			const total = page.getByTestId('spans');
			return (await total.count()) === 1 && Number(await total.getAttribute('value')) === wanted
				? true
				: undefined;
		},
		() => `the heatmap does not count ${wanted} spans`,
	);

describe('the list', () => {
	test('says what to do while there is none, and shows the first by itself', async () => {
		await go('/traces?service=nobody');
		await page.getByTestId('traces-empty').waitFor();
		await go('/traces?service=storefront');
		await page.getByTestId('traces-empty').waitFor();
		await send(checkouts());
		await traces().first().waitFor();
		// The heatmap is asked for beside the list, and may have been answered before the spans were there.
		await go('/traces?service=storefront');
		await counted(40);
	});

	test('narrows to what failed, to an operation, to a duration and an attribute, and keeps it in the address', async () => {
		await go('/traces');
		await counted(40 * 15);
		await page.getByRole('button', { name: 'Failed', exact: true }).click();
		await counted(16);
		expect(param('status')).toBe('error');
		await page.getByRole('button', { name: 'POST /v1/entries', exact: true }).click();
		await counted(8);
		expect([param('service'), param('name')]).toEqual(['ledger', 'POST /v1/entries']);
		await page.getByLabel('Longer than').fill('2.01 s');
		await page.getByLabel('Longer than').press('Enter');
		await counted(3);
		await page.getByLabel('Attribute').fill('attempt = 35');
		await page.getByLabel('Attribute').press('Enter');
		await counted(1);
		await page.goBack();
		await counted(3);
		await page.getByLabel('Attribute').fill('nonsense');
		await page.getByLabel('Attribute').press('Enter');
		expect(await page.getByRole('alert').textContent()).toContain('key=value');
		await page.getByRole('button', { name: 'Remove all filters' }).click();
		await counted(40 * 15);
		await page.getByRole('button', { name: 'Root spans' }).click();
		await counted(40);
	});

	test('a drag over the heatmap chooses a time and durations', async () => {
		await go('/traces?service=storefront');
		await counted(40);
		await page.waitForTimeout(200);
		const box = (await page.getByTestId('heatmap').boundingBox())!;
		await page.mouse.move(box.x + 60, box.y + 2);
		await page.mouse.down();
		await page.mouse.move(box.x + box.width - 4, box.y + 60, { steps: 4 });
		await page.mouse.up();
		await counted(8);
		expect(Number(param('min'))).toBeGreaterThan(100);
		expect(Number(param('from'))).toBeGreaterThan(now - 3_700_000);
	});

	test('looks right in three widths, light and dark', async () => {
		await go('/traces');
		await counted(40 * 15);
		for (const [size, viewport] of Object.entries(SIZES)) {
			await page.setViewportSize(viewport);
			await page.waitForTimeout(150);
			expect(await browser.overflow(), size).toBeLessThanOrEqual(0);
			await browser.shoot(`traces-${size}-light`);
		}
		await page.setViewportSize(SIZES.desktop);
		await page.getByRole('button', { name: /dark/i }).first().click();
		await page.waitForTimeout(200);
		await browser.shoot('traces-desktop-dark');
		await page.getByRole('button', { name: /light/i }).first().click();
	});
});

describe('a trace', () => {
	test('opens at the span that was found, with its details', async () => {
		await go('/traces?service=ledger&status=error');
		await traces().first().click();
		await page.getByTestId('span-details').waitFor();
		expect(page.url()).toContain('/traces/c');
		const details = page.getByTestId('span-details');
		expect(await details.textContent()).toContain('deadline exceeded');
		expect(await details.textContent()).toContain('http.route');
		expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('POST /checkout');
		expect(await page.getByText('of the time was spent in ledger').count()).toBe(1);
	});

	test('repeats fold into one row, a missing parent is said, the critical path stands alone', async () => {
		expect(await spans().count()).toBe(4);
		expect(await spans().filter({ hasText: '× 12' }).count()).toBe(1);
		await page.getByLabel('Fold repeats').uncheck();
		expect(await spans().count()).toBe(15);
		await page.getByLabel('Critical path only').check();
		expect(await spans().filter({ hasText: 'audit' }).count()).toBe(0);
		expect([param('fold'), param('critical')]).toEqual(['0', '1']);
		await page.getByLabel('Critical path only').uncheck();
		await page.getByLabel('Fold repeats').check();
		await spans().filter({ hasText: 'audit' }).getByRole('button').last().click();
		expect(await page.getByTestId('span-details').textContent()).toContain('feedfeedfeedfeed');
	});

	test('arrow keys walk, Escape closes, a search finds', async () => {
		await page.keyboard.press('Escape');
		await page.getByTestId('span-details').waitFor({ state: 'detached' });
		await spans().first().locator('[data-walk]').focus();
		await page.keyboard.press('ArrowDown');
		await page.keyboard.press('Enter');
		await page.waitForURL(({ searchParams }) => searchParams.has('span'));
		await page.getByLabel('Find spans').fill('db.system=postgresql');
		await page.getByLabel('Find spans').press('Enter');
		expect(await page.getByTestId('hits').textContent()).toBe('12 spans');
		expect(param('find')).toBe('db.system=postgresql');
	});

	test('looks right in three widths, light and dark', async () => {
		for (const [size, viewport] of Object.entries(SIZES)) {
			await page.setViewportSize(viewport);
			await page.waitForTimeout(150);
			expect(await browser.overflow(), size).toBeLessThanOrEqual(0);
			await browser.shoot(`trace-${size}-light`);
		}
		await page.setViewportSize(SIZES.desktop);
		await page.getByRole('button', { name: /dark/i }).first().click();
		await page.waitForTimeout(200);
		await browser.shoot('trace-desktop-dark');
		await page.getByRole('button', { name: /light/i }).first().click();
	});

	test('ten thousand spans: few rows exist, the last is reached by one key', async () => {
		await send(bigTrace());
		await until(
			async () => {
				const trace = await product.api<{ spans: unknown[] }>(`/api/traces/${BIG}`).catch(() => undefined);
				return trace?.spans.length === BIG_SPANS ? true : undefined;
			},
			() => 'the big trace does not come',
		);
		await go(`/traces/${BIG}?fold=0`);
		await spans().first().waitFor();
		expect(await page.getByText(/10\s?000 spans/).count()).toBeGreaterThan(0);
		expect(await spans().count()).toBeLessThan(80);
		await spans().first().locator('[data-walk]').focus();
		await page.keyboard.press('End');
		await until(
			async () => ((await page.locator('[aria-posinset="10000"]').count()) === 1 ? true : undefined),
			() => 'the last span is not reached',
		);
		expect(await spans().count()).toBeLessThan(80);
		await browser.shoot('trace-big');
	});

	test('a trace that is not there is said in words', async () => {
		await go(`/traces/${'e'.repeat(32)}`);
		await page.getByText('There is no trace eeeeeeee').waitFor();
	});

	test('nothing was written to the console', () => {
		expect(browser.complaints.filter((text) => !/404/.test(text))).toEqual([]);
	});
});
