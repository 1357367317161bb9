import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { attribute } from '../../core-as/testing/otlp-body.ts';
import type { ApplicationReport, ServiceMap } from '../product/api-types.ts';
import { Product } from '../product/product.ts';
import { bareShop, type Shop } from '../product/shop.ts';
import { nanos } from '../product/signal-server.ts';
import { until } from '../product/waiting.ts';
import { Chromium, SIZES } from './chromium.ts';
import { bodyOf, type Line, otlpLines, patternOf, SPAN, storyLines, TRACE } from './log-lines.ts';

// A person reads logs: sent by OTLP to a real server with its engine, of an application that the agent found.

const product = new Product();
const OTHER = 'billing';
let shop: Shop;
let browser: Chromium;
let page: Chromium['page'];
let front: { id: string; service: string };
let lines: Line[] = [];

beforeAll(async () => {
	await product.start();
	shop = await bareShop();
	await shop.keepAlive(400);
	product.flush();
	front = await until(
		async () => {
			const map = await product.api<ServiceMap>('/api/map');
			const id = map.applications.find(({ name }) => name === shop.names.front)?.id;
			if (!id) return undefined;
			const report = await product.api<ApplicationReport>(`/api/applications/${encodeURIComponent(id)}`);
			const service = report.instances[0]?.containerId;
			return service ? { id, service } : undefined;
		},
		() => 'the front is not on the map',
	);
	browser = await Chromium.start();
	page = browser.page;
	await page.goto(product.signInUrl);
	await page.getByRole('link', { name: 'Logs' }).first().waitFor();
});

afterAll(async () => {
	await browser?.close();
	shop?.close();
	await product.remove();
});

async function send(path: string, body: string): Promise<void> {
	const headers = { 'X-API-Key': product.key, 'Content-Type': 'application/json' };
	const response = await fetch(`${product.run().url}${path}`, { method: 'POST', headers, body });
	expect(response.status, await response.text()).toBe(200);
}

const go = (path: string) => page.goto(`${product.run().url}${path}`);
const line = (text: string) => page.getByTestId('line').filter({ hasText: text });
const first = () => page.getByTestId('line').first();
const total = async () => Number(await page.getByTestId('total').getAttribute('value'));
const param = (key: string) => new URL(page.url()).searchParams.get(key);
/** Waits for the histogram to count this many lines. */
const counted = (wanted: number) =>
	until(
		async () =>
			(await page.getByTestId('total').count()) === 1 && (await total()) === wanted ? true : undefined,
		() => `the histogram does not count ${wanted} lines`,
	);
const many = (which: (line: Line) => boolean) => lines.filter(which).length;

describe('logs', () => {
	test('without a line the page says how to send, and shows the first one by itself', async () => {
		await go('/logs?range=15m');
		await page.getByTestId('how-to-send').waitFor();
		expect(await page.getByTestId('how-to-send').textContent()).toContain(product.run().url);
		await browser.shoot('logs-empty-1440');
		lines = storyLines(Date.now(), front.service, OTHER);
		await send('/v1/logs', otlpLines(lines));
		const span = { traceId: TRACE, spanId: SPAN, name: 'POST /checkout', kind: 2, status: { code: 2 } };
		const times = {
			startTimeUnixNano: nanos(lines[2]!.time - 5),
			endTimeUnixNano: nanos(lines[2]!.time + 2000),
		};
		const resource = { attributes: [attribute('service.name', front.service)] };
		await send(
			'/v1/traces',
			JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans: [{ ...span, ...times }] }] }] }),
		);
		await first().waitFor();
	});

	test('lines come newest first, the histogram counts all of them, and only those in view exist', async () => {
		await go('/logs');
		await counted(3000);
		expect(await first().textContent()).toContain(bodyOf(lines[0]!));
		expect(await page.getByTestId('line').count()).toBeLessThan(80);
		const heights = await page.getByTestId('line').evaluateAll((rows) => rows.map((row) => row.clientHeight));
		expect(new Set(heights)).toEqual(new Set([26]));
		await browser.shoot('logs-1440');
	});

	test('scrolling reads on to the oldest line', async () => {
		const end = page.getByTestId('list-end');
		await until(
			async () => {
				await page.evaluate(() => document.getElementById('main')!.scrollBy(0, 1e6));
				return (await end.textContent())!.includes('no older ones') ? true : undefined;
			},
			() => 'the end of the list does not come',
		);
		expect((await end.textContent())!.replaceAll(/\D/g, '')).toBe('3000');
		await line(bodyOf(lines.at(-1)!)).waitFor();
		expect(await page.getByTestId('line').count()).toBeLessThan(80);
	});

	test('words, severities and services narrow all that is shown, and back undoes it', async () => {
		await go('/logs');
		await counted(3000);
		await page.keyboard.press('/');
		await page.keyboard.type('deadline EXCEEDED');
		await page.keyboard.press('Enter');
		await counted(many(({ kind }) => kind === 'failed'));
		expect(param('text')).toBe('deadline EXCEEDED');
		await page.locator('[data-testid=line][data-severity=info]').first().waitFor({ state: 'detached' });
		expect(await first().getAttribute('data-severity')).toBe('error');
		await page.goBack();
		await counted(3000);
		await page.getByTestId('histogram').getByRole('button', { name: 'warn' }).click();
		await counted(many(({ kind }) => ['retry', 'failed', 'panic'].includes(kind)));
		expect(param('severity')).toBe('warn');
		await page.getByRole('button', { name: 'Service', exact: true }).click();
		await page.getByTestId('service').filter({ hasText: OTHER }).click();
		await counted(
			many(({ kind, service }) => ['retry', 'failed', 'panic'].includes(kind) && service === OTHER),
		);
		await page.getByRole('button', { name: `Remove the filter service = ${OTHER}` }).click();
		await page.getByRole('button', { name: 'Remove the filter severity ≥ warn' }).click();
		await counted(3000);
	});

	test('a pattern shows its lines', async () => {
		await page.getByRole('button', { name: 'Patterns' }).click();
		const pattern = page.locator(`[data-testid=pattern][data-hash="${patternOf('failed')}"]`);
		await pattern.waitFor();
		expect(await page.getByTestId('pattern').count()).toBe(6);
		const count = many(({ kind }) => kind === 'failed');
		expect(Number(await pattern.getByTestId('count').getAttribute('value'))).toBe(count);
		await browser.shoot('logs-patterns-1440');
		await pattern.getByRole('link').click();
		await counted(count);
		expect(param('pattern')).toBe(patternOf('failed'));
		await first().waitFor();
		expect(param('view')).toBeNull();
	});

	test('an open line shows all that is known, filters by it, and leads to its trace and application', async () => {
		const failed = lines.find(({ kind, service }) => kind === 'failed' && service === front.service)!;
		await go('/logs?severity=error');
		await line(bodyOf(failed)).click();
		const details = page.getByTestId('details');
		expect(await details.getByTestId('attributes').textContent()).toContain(`J${failed.n}`);
		expect(await details.getByTestId('resource').textContent()).toContain('pay-2');
		await browser.shoot('logs-open-1440');
		await details.getByRole('button', { name: `Only journal = J${failed.n}` }).click();
		await counted(1);
		expect(new URL(page.url()).searchParams.getAll('attribute')).toEqual([`journal=J${failed.n}`]);
		// The line is open still: it is in the address.
		expect(await details.getByTestId('application-link').getAttribute('href')).toContain(
			encodeURIComponent(front.id).replaceAll('%3A', ':'),
		);
		await details.getByTestId('trace-link').click();
		await until(
			() => (page.url().includes(`/traces/${TRACE}`) ? true : undefined),
			() => 'the trace does not open',
		);
		await page.getByText('POST /checkout').first().waitFor();
	});

	test('lines of several are one row with a badge, and wrap when they shall', async () => {
		await go('/logs?severity=fatal');
		const panic = lines.find(({ kind }) => kind === 'panic')!;
		expect(await line(`panic: journal J${panic.n}`).getByTestId('more-lines').textContent()).toMatch(
			/\+\s4\slines/,
		);
		await page.getByRole('button', { name: 'Wrap' }).click();
		await until(
			async () => ((await first().evaluate((row) => row.clientHeight)) > 60 ? true : undefined),
			() => 'the line does not wrap',
		);
		expect(await first().textContent()).toContain('main.go:218');
	});

	test('a link shows the same to somebody else', async () => {
		const failed = lines.filter(({ kind }) => kind === 'failed')[3]!;
		const from = lines.at(-1)!.time - 1;
		const fixed = `from=${from}&to=${lines[0]!.time + 1}`;
		await go(`/logs?${fixed}&text=deadline&severity=error&wrap=1`);
		await line(bodyOf(failed)).click();
		await page.getByTestId('details').waitFor();
		const other = await browser.context.newPage();
		await other.goto(page.url());
		await other.getByTestId('details').waitFor();
		expect(await other.getByTestId('body').textContent()).toBe(bodyOf(failed));
		expect(await other.getByLabel('Search the lines').inputValue()).toBe('deadline');
		expect(await other.getByRole('button', { name: 'Wrap' }).getAttribute('aria-pressed')).toBe('true');
		expect(await other.getByTestId('total').getAttribute('value')).toBe(
			String(many(({ kind }) => kind === 'failed')),
		);
		await other.close();
	});

	test('a line far down is read for and shown, and what was around it too', async () => {
		const far = lines[700]!;
		const fixed = `from=${lines.at(-1)!.time - 1}&to=${lines[0]!.time + 1}`;
		const found = await product.api<{ logs: { id: string; body: string }[] }>(
			`/api/logs?${fixed}&attribute=${encodeURIComponent(`journal=J${far.n}`)}`,
		);
		await go(`/logs?${fixed}&line=${encodeURIComponent(found.logs[0]!.id)}`);
		await page.getByTestId('details').waitFor();
		expect(await page.getByTestId('body').textContent()).toBe(bodyOf(far));
		const box = (await page.getByTestId('details').boundingBox())!;
		expect(box.y).toBeGreaterThan(130);
		expect(box.y).toBeLessThan(700);
		await page.getByRole('button', { name: '30 s around it' }).click();
		const since = (other: Line) => other.time - far.time;
		const near = (other: Line) =>
			other.service === far.service && since(other) >= -15_000 && since(other) < 15_000;
		await counted(many(near));
		expect(await page.getByTestId('body').textContent()).toBe(bodyOf(far));
	});

	test('closing a line and a new question leave the reader where they should', async () => {
		await go('/logs');
		await counted(3000);
		await first().waitFor();
		const top = () => page.getByTestId('lines').evaluate((list) => list.getBoundingClientRect().top);
		await page.mouse.move(700, 600);
		await page.mouse.wheel(0, 2000);
		await until(
			async () => ((await top()) < -1000 ? true : undefined),
			() => 'the list does not scroll',
		);
		const row = page.getByTestId('line').nth(20);
		await row.click();
		const before = await top();
		await page.getByTestId('details').waitFor();
		await page.keyboard.press('Enter');
		await page.getByTestId('details').waitFor({ state: 'detached' });
		expect(await top()).toBe(before);
		await page.keyboard.press('/');
		await page.keyboard.type('attempt');
		await page.keyboard.press('Enter');
		await counted(many(({ kind }) => kind === 'retry'));
		expect(await top()).toBeGreaterThan(0);
	});

	test('a drag over the histogram chooses a time', async () => {
		await go('/logs');
		await counted(3000);
		await browser.dragOver(page.getByTestId('histogram'));
		await until(
			() => (param('from') ? true : undefined),
			() => 'the range is not in the address',
		);
		const [from, to] = [Number(param('from')), Number(param('to'))];
		expect(to - from).toBeGreaterThan(15 * 60_000);
		expect(to - from).toBeLessThan(25 * 60_000);
		await counted(many(({ time }) => time >= from && time < to));
	});

	test('the arrow keys walk the lines, Enter opens one and Escape closes it', async () => {
		await go('/logs');
		await first().focus();
		for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowDown');
		await page.keyboard.press('Enter');
		expect(await page.getByTestId('body').textContent()).toBe(bodyOf(lines[3]!));
		await page.keyboard.press('Tab');
		await page.keyboard.press('Escape');
		await page.getByTestId('details').waitFor({ state: 'detached' });
		await line(bodyOf(lines[3]!)).focus();
		await page.keyboard.press('End');
		await until(
			async () => {
				const focused = await page.evaluate(() => document.activeElement?.textContent ?? '');
				const box = await page.locator(':focus').boundingBox();
				return focused.includes(bodyOf(lines[199]!)) && box && box.y < 900 ? true : undefined;
			},
			() => 'the last loaded line has no focus',
		);
	});

	test('what is shown can be downloaded as JSON lines', async () => {
		await go('/logs?severity=fatal');
		await first().waitFor();
		const [download] = await Promise.all([
			page.waitForEvent('download'),
			page.getByRole('button', { name: 'Download' }).click(),
		]);
		const text = readFileSync(await download.path(), 'utf8');
		const panic = lines.find(({ kind }) => kind === 'panic')!;
		expect(
			text
				.trimEnd()
				.split('\n')
				.map((one) => JSON.parse(one).body),
		).toEqual([bodyOf(panic)]);
	});

	test('the tail shows new lines at the top, and lets them wait for a reader further down', async () => {
		const later = (n: number): Line => ({ time: Date.now(), service: OTHER, kind: 'balance', n });
		await go('/logs');
		await first().waitFor();
		await page.getByRole('button', { name: 'Tail' }).click();
		await send('/v1/logs', otlpLines([later(70_001)]));
		await line('/v1/accounts/70001/balance').waitFor();
		expect(await first().textContent()).toContain('70001');
		await page.mouse.move(700, 600);
		await page.mouse.wheel(0, 1500);
		const held = await until(
			async () => {
				const top = await page.getByTestId('lines').evaluate((list) => list.getBoundingClientRect().top);
				return top < 0 ? top : undefined;
			},
			() => 'the list does not scroll',
		);
		await send('/v1/logs', otlpLines([later(70_002), later(70_003)]));
		await page.getByTestId('new-lines').waitFor();
		await until(
			async () =>
				(await page.getByTestId('new-lines').textContent())!.includes('2 new lines') ? true : undefined,
			() => 'two new lines do not wait',
		);
		expect(await page.getByTestId('lines').evaluate((list) => list.getBoundingClientRect().top)).toBe(held);
		await browser.shoot('logs-tail-1440');
		await page.getByTestId('new-lines').click();
		await line('70003').waitFor();
		expect(await line('70002').count()).toBe(1);
		expect(await line('70001').count()).toBe(1);
		await page.getByRole('button', { name: 'Tailing' }).click();
		lines = [later(70_003), later(70_002), later(70_001), ...lines];
	});

	test('the page of an application shows its own lines', async () => {
		await go(`/applications/${encodeURIComponent(front.id)}`);
		await page.getByRole('navigation', { name: 'Parts' }).getByRole('link', { name: 'Logs' }).click();
		await counted(many(({ service }) => service === front.service));
		expect(param('tab')).toBe('logs');
		await browser.shoot('application-logs-1440');
		await page.getByRole('navigation', { name: 'Parts' }).getByRole('link', { name: 'Overview' }).click();
		await page.getByTestId('requests').waitFor();
	});

	test.each(['light', 'dark'] as const)(
		'%s, from a phone to a wide screen, nothing is wider than the window',
		async (scheme) => {
			await page.emulateMedia({ colorScheme: scheme });
			const failed = lines.find(({ kind }) => kind === 'failed')!;
			for (const [size, viewport] of Object.entries(SIZES)) {
				await page.setViewportSize(viewport);
				for (const [name, path] of [
					['logs', '/logs'],
					['logs-patterns', '/logs?view=patterns'],
					['application-logs', `/applications/${encodeURIComponent(front.id)}?tab=logs`],
				] as const) {
					await go(path);
					await page.locator('[data-testid=line], [data-testid=pattern]').first().waitFor();
					if (name === 'logs') await line(bodyOf(failed)).first().click();
					await page.locator('[data-testid=histogram] canvas').waitFor();
					expect(await browser.overflow(), `${name} ${size}`).toBeLessThanOrEqual(0);
					await browser.shoot(`${name}-${viewport.width}-${scheme}`);
				}
			}
			await page.setViewportSize(SIZES.desktop);
		},
	);

	test('the browser complained about nothing', () => {
		expect(browser.complaints).toEqual([]);
	});
});
