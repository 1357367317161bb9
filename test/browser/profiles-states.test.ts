import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { contrast, type Rgb } from '../../web/testing/contrast.ts';
import { LEDGER_SERVICE } from '../../web/testing/fixture-profiles.ts';
import { FIXTURE_TOKEN, type FixtureServer } from '../../web/testing/fixture-server.ts';
import { until } from '../product/waiting.ts';
import { type Chromium, SIZES } from './chromium.ts';
import { endSession, FixturePages, tryAgain } from './fixture-pages.ts';

// The profiles page and what it says while there is nothing to show: invented profiles of the fixture server.

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

const see = async (story: FixtureServer['story'], path = '/profiles') => {
	fixture.story = story;
	await page.goto(fixture.url + path);
};
const param = (key: string) => new URL(page.url()).searchParams.get(key);
const flame = () => page.getByTestId('flame');
const refresh = () => page.getByRole('button', { name: 'Ask for newer profiles' }).click();
const compareWith = (words: string) => page.getByLabel('Compare with').selectOption(words);
const spoken = () => page.getByTestId('spoken').textContent();
const press = async (...keys: string[]) => {
	for (const key of keys) await page.keyboard.press(key);
};

describe('states', () => {
	test('loading: a skeleton, then what is waited for', async () => {
		await see('slow');
		await page.getByTestId('loading').waitFor();
		await page.getByText('Waiting for what is profiled.').waitFor();
	});

	test('failed: the words of the server, and the graph once it comes', async () => {
		await see('failing');
		await page.getByTestId('failed').waitFor();
		expect(await page.getByTestId('failed').textContent()).toContain('CXR_STORE_UNAVAILABLE');
		expect(await page.getByTestId('failed').textContent()).toContain(
			'Metrics and the service map are not affected.',
		);
		await tryAgain(page, fixture, /\/api\/profiles\/services\?/);
		await flame().waitFor();
	});

	test('not allowed', async () => {
		await see('denied');
		await page.getByTestId('not-allowed').waitFor();
		expect(await page.getByTestId('not-allowed').textContent()).toContain('the role viewer');
	});

	test('empty: why, and what makes it not so', async () => {
		await see('empty');
		await page.getByTestId('profiles-empty').waitFor();
		expect(await page.getByTestId('profiles-empty').textContent()).toContain('/v1/profiles');
		// The first profile comes by itself.
		fixture.story = 'shop';
		await flame().waitFor();
	});

	test('empty in this time', async () => {
		await see('empty', `/profiles?service=${LEDGER_SERVICE}`);
		await page.getByText('No sample in this time').waitFor();
	});

	test('off: the reason, and what it takes', async () => {
		await see('off');
		await page.getByTestId('off').waitFor();
		expect(await page.getByTestId('off').textContent()).toContain('chdb is not installed');
		expect(await page.getByTestId('off').textContent()).toContain('--clickhouse-url');
	});

	test('a session that ends leads to the sign-in page, and back to the same place', async () => {
		await see('shop', '/profiles?focus=runtime.gcBgMarkWorker');
		await flame().waitFor();
		await endSession(page, fixture);
		await refresh();
		await page.getByRole('heading', { name: 'Sign in' }).waitFor();
		await page.getByLabel('Token').fill(FIXTURE_TOKEN);
		await page.getByRole('button', { name: 'Sign in' }).click();
		await flame().waitFor();
		expect(param('focus')).toBe('runtime.gcBgMarkWorker');
	});
});

describe('asking again', () => {
	test('a refresh keeps the graph until the new one is there, also while comparing', async () => {
		for (const path of ['/profiles', '/profiles?compare=before']) {
			await see('shop', path);
			await flame().waitFor();
			fixture.story = 'slow';
			await refresh();
			await page.waitForTimeout(700);
			expect(await flame().count(), path).toBe(1);
			expect(await page.getByTestId('loading').count()).toBe(0);
		}
	});

	test('a refresh that fails says so, and keeps the graph', async () => {
		await see('shop', '/profiles?compare=day');
		await flame().waitFor();
		fixture.story = 'failing';
		await refresh();
		await page.getByText('The flame graph, as of').waitFor();
		expect(await flame().count()).toBe(1);
		expect(await page.getByTestId('failed').count()).toBe(0);
		expect(await page.getByTestId('stale').count()).toBe(1);
		// It is asked again without a click.
		fixture.story = 'shop';
		await page.getByTestId('stale').waitFor({ state: 'detached' });
	});

	const QUESTIONS: [string, () => Promise<unknown>][] = [
		[
			'range',
			() =>
				page
					.getByTestId('range')
					.click()
					.then(() => page.getByRole('button', { name: 'Last 3 h' }).click()),
		],
		['time, dragged over the chart,', () => browser.dragOver(page.getByTestId('over-time'))],
		['type', () => page.getByLabel('What').selectOption('Heap in use')],
		['service', () => page.getByLabel('Service', { exact: true }).selectOption('checkout-5d8f/main')],
		['base', () => compareWith('same time yesterday')],
	];
	test.each(QUESTIONS)('another %s is loading, not the old graph', async (_what, change) => {
		await see('shop');
		await flame().waitFor();
		fixture.story = 'slow';
		await change();
		await page.getByTestId('loading').waitFor();
		expect(await flame().count()).toBe(0);
	});

	test.each(QUESTIONS)('another %s that fails has failed, and is not an old graph', async (_what, change) => {
		await see('shop');
		await flame().waitFor();
		fixture.story = 'failing';
		await change();
		await page.getByTestId('failed').waitFor();
		expect(await flame().count()).toBe(0);
		expect(await page.getByText('The flame graph, as of').count()).toBe(0);
	});

	test('what is found and gone into asks for nothing', async () => {
		await see('shop');
		await flame().waitFor();
		await page.waitForLoadState('networkidle');
		let asked = 0;
		const count = (request: { url(): string }) => {
			if (request.url().includes('/api/profiles/')) asked++;
		};
		page.on('request', count);
		await page.getByLabel('Find').fill('mall');
		await page.getByTestId('function').first().click();
		await page.waitForTimeout(300);
		page.off('request', count);
		expect(asked).toBe(0);
	});
});

test('of fifty thousand nodes the graph is seen first, its table and chart are built after that', async () => {
	await see('large', '/logs');
	const frames = await page.evaluateHandle(() => {
		const seen: Record<string, number> = {};
		let frame = 0;
		const next = () => {
			frame++;
			requestAnimationFrame(next);
		};
		next();
		new MutationObserver(() => {
			for (const name of ['[data-testid=flame]', '[data-testid=function]', '[data-testid=over-time] .uplot'])
				if (document.querySelector(name)) seen[name] ??= frame;
		}).observe(document.body, { childList: true, subtree: true });
		return seen;
	});
	await page.getByRole('link', { name: 'Profiles' }).first().click();
	await page.getByTestId('function').first().waitFor();
	await page.getByTestId('over-time').locator('.uplot').waitFor();
	const [graph, table, chart] = Object.values(await frames.jsonValue());
	expect(table).toBeGreaterThan(graph!);
	expect(chart).toBeGreaterThan(graph!);
});

describe('comparing', () => {
	test('a base without a profile is said, and nothing is called more', async () => {
		await see('shop');
		await flame().waitFor();
		await drawn((seen) => expect(seen).toContain('--fl-app'));
		await compareWith('same time last week');
		await page.getByTestId('no-base').waitFor();
		expect(param('compare')).toBe('week');
		expect(await page.getByTestId('no-base').textContent()).toContain('holds no profile');
		expect(await page.getByRole('columnheader', { name: 'Change' }).count()).toBe(0);
		await drawn((seen) => expect(seen).toEqual(['--df-0']));
		await compareWith('time before');
		await page.getByRole('columnheader', { name: 'Change' }).waitFor();
		await drawn((seen) => expect(seen).toEqual(expect.arrayContaining(['--df-up-3', '--df-down-3'])));
	});

	test('code without a name has a colour of its own, which the legend names', async () => {
		await see('shop');
		await flame().waitFor();
		await drawn((seen) => expect(seen).toContain('--fl-unnamed'));
		expect(await page.getByTestId('flame-legend').textContent()).toContain('without a name');
	});

	test('a time of its own is typed, and stays in the address', async () => {
		await see('shop', '/profiles?compare=before');
		await flame().waitFor();
		await compareWith('custom time');
		expect(Number(param('baseTo')) - Number(param('baseFrom'))).toBe(3600e3);
		await page.getByLabel('Compare from').fill('nonsense');
		await page.getByLabel('Compare from').press('Enter');
		expect(await page.getByRole('alert').textContent()).toContain('From is not a time');
		await page.getByLabel('Compare from').fill('2020-01-01 10:00');
		await page.getByLabel('Compare from').press('Enter');
		await page.waitForURL(
			({ searchParams }) => Number(searchParams.get('baseFrom')) === new Date(2020, 0, 1, 10).getTime(),
		);
		await page.getByLabel('Compare with').selectOption('nothing');
		expect([param('compare'), param('baseFrom')]).toEqual([null, null]);
	});
});

describe('the address', () => {
	test('holds the service and the type that were not chosen, without a step of history', async () => {
		await see('shop', '/logs');
		const steps = () => page.evaluate(() => history.length);
		const before = await steps();
		await page.getByRole('link', { name: 'Profiles' }).first().click();
		await flame().waitFor();
		await until(
			() =>
				param('service') === LEDGER_SERVICE && param('type') === 'ebpf:cpu:nanoseconds' ? true : undefined,
			() => `the address is ${page.url()}`,
		);
		expect(await steps()).toBe(before + 1);
		await page.goBack();
		expect(new URL(page.url()).pathname).toBe('/logs');
	});

	test('goes into a function that calls itself, level by level', async () => {
		await see('shop');
		await flame().focus();
		await press('ArrowDown', 'ArrowRight');
		expect(await spoken()).toContain('Walk');
		await press('ArrowDown', 'ArrowDown', 'Enter');
		await page.waitForURL(({ searchParams }) => searchParams.has('focus'));
		const walk = param('focus')!.split(',');
		expect(walk).toHaveLength(3);
		await page.reload();
		await page.getByRole('button', { name: 'Back to all' }).waitFor();
		await flame().focus();
		await press('ArrowUp');
		expect(await spoken()).toContain('Walk');
		expect(param('focus')!.split(',')).toEqual(walk);
	});

	test('arrow keys stay in what is gone into', async () => {
		await see('shop', '/profiles?focus=runtime.gcBgMarkWorker');
		await page.getByRole('button', { name: 'Back to all' }).waitFor();
		await flame().focus();
		await press('ArrowRight', 'ArrowRight', 'ArrowLeft', 'ArrowLeft', 'ArrowLeft');
		expect(await spoken()).toContain('runtime.gcBgMarkWorker');
	});

	test('of a stack that is gone opens what is left of it', async () => {
		await see('shop', '/profiles?focus=runtime.gcBgMarkWorker,gone');
		await page.getByRole('button', { name: 'Back to all' }).waitFor();
		await flame().focus();
		await press('ArrowDown');
		expect(await spoken()).toContain('runtime.gcDrain');
	});
});

describe('the tables', () => {
	test('of functions is sorted by each column, both ways', async () => {
		await see('shop', '/profiles?compare=before');
		const head = (name: string) => page.getByRole('columnheader', { name });
		const first = () => page.getByTestId('function').first().getAttribute('aria-label');
		await page.getByTestId('function').first().waitFor();
		expect(await head('Own').getAttribute('aria-sort')).toBe('descending');
		expect(await first()).toBe('encoding/json.structEncoder.encode');
		await head('Function').getByRole('button').click();
		expect([
			await head('Function').getAttribute('aria-sort'),
			await head('Own').getAttribute('aria-sort'),
		]).toEqual(['ascending', null]);
		expect(await first()).toBe('[anon]');
		await head('Function').getByRole('button').click();
		expect(await head('Function').getAttribute('aria-sort')).toBe('descending');
		expect(await first()).toBe('write');
		await head('Change').getByRole('button').click();
		expect(await first()).toBe('ledger/audit.(*Trail).Encode');
		await head('Change').getByRole('button').click();
		expect(param('sort')).toBe('change');
		expect(await first()).toBe('old.path');
	});

	test('have rows for fingers on a phone', async () => {
		await see('shop');
		const height = async () => (await page.getByRole('row').nth(1).boundingBox())!.height;
		await page.getByTestId('function').first().waitFor();
		expect(await height()).toBe(28);
		await page.setViewportSize(SIZES.phone);
		await until(
			async () => ((await height()) === 40 ? true : undefined),
			() => 'the rows are not 40 px high',
		);
	});

	test('the chart over time is a table too', async () => {
		await see('shop');
		const chart = page.getByTestId('over-time');
		await chart.getByRole('button', { name: 'Table' }).click();
		expect(await chart.locator('tbody tr').count()).toBe(60);
		expect(await chart.locator('tbody tr').nth(20).textContent()).toContain('no sample');
	});
});

/** The colours of flames and changes that are seen on the canvas, by their tokens. */
function colours(): Promise<string[]> {
	return page.evaluate(() => {
		const canvas = document.querySelector<HTMLCanvasElement>('[data-testid=flame] canvas')!;
		const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
		const seen = new Set<string>();
		for (let at = 0; at < data.length; at += 4)
			if (data[at + 3] === 255) seen.add(data.slice(at, at + 3).join(','));
		const style = getComputedStyle(canvas);
		const names = ['app', 'lib', 'runtime', 'kernel', 'unnamed'].map((name) => `--fl-${name}`);
		const steps = ['0', ...[1, 2, 3].flatMap((step) => [`up-${step}`, `down-${step}`])].map(
			(name) => `--df-${name}`,
		);
		return [...names, ...steps].filter((name) => {
			const hex = style.getPropertyValue(name).trim();
			return seen.has([1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)).join(','));
		});
	});
}

/** Waits until the colours on the canvas, which is painted after its frame is there, pass a check. */
async function drawn(check: (seen: string[]) => void): Promise<void> {
	await until(
		async () => {
			check(await colours());
			return true;
		},
		() => 'the graph is not drawn so',
		20_000,
	);
}

/** The ground of a row that is all one bar, and its pixel that stands out most. */
async function groundAndInk(row: number): Promise<[Rgb, Rgb]> {
	const pixels = await page.evaluate((at) => {
		const canvas = document.querySelector<HTMLCanvasElement>('[data-testid=flame] canvas')!;
		const surface = document.createElement('canvas');
		[surface.width, surface.height] = [canvas.width, canvas.height];
		const pen = surface.getContext('2d')!;
		// A dimmed bar lets the card shine through.
		pen.fillStyle = getComputedStyle(canvas.closest('.card')!).backgroundColor;
		pen.fillRect(0, 0, surface.width, surface.height);
		pen.drawImage(canvas, 0, 0);
		return [...pen.getImageData(2, at * 20 + 2, 120, 16).data];
	}, row);
	const at = (i: number): Rgb => [pixels[i]!, pixels[i + 1]!, pixels[i + 2]!];
	const ground = at(0);
	let ink = ground;
	for (let i = 0; i < pixels.length; i += 4) if (contrast(at(i), ground) > contrast(ink, ground)) ink = at(i);
	return [ground, ink];
}

test.each(['light', 'dark'] as const)('labels that a search dims can be read: %s', async (scheme) => {
	await page.emulateMedia({ colorScheme: scheme });
	await see('shop', '/profiles?find=zzz&focus=runtime.gcBgMarkWorker,runtime.gcDrain');
	await page.getByRole('button', { name: 'Back to all' }).waitFor();
	for (const row of [1, 2])
		await until(
			async () => (contrast(...(await groundAndInk(row))) >= 4.5 ? true : undefined),
			() => `row ${row} cannot be read`,
			20_000,
		);
	await page.emulateMedia({ colorScheme: 'light' });
});

test('looks right in three widths, light and dark', async () => {
	const VIEWS = {
		graph: '/profiles',
		compare: '/profiles?compare=before',
		search: '/profiles?find=json',
		'no-base': '/profiles?compare=week',
	};
	for (const scheme of ['light', 'dark'] as const) {
		await page.emulateMedia({ colorScheme: scheme });
		for (const [name, path] of Object.entries(VIEWS)) {
			await page.setViewportSize(SIZES.desktop);
			await see('shop', path);
			await flame().waitFor();
			for (const [size, viewport] of Object.entries(SIZES)) {
				await page.setViewportSize(viewport);
				await page.waitForTimeout(150);
				expect(await browser.overflow(), `${name} ${size}`).toBeLessThanOrEqual(0);
				await browser.shoot(`profiles-${name}-${size}-${scheme}`);
			}
		}
	}
	await page.emulateMedia({ colorScheme: 'light' });
});

test('nothing was written to the console but what was asked for', () => {
	expect(browser.complaints.filter((text) => !/\b(401|403|501|503)\b/.test(text))).toEqual([]);
});
