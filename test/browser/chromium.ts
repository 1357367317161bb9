import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Locator, type Page } from 'playwright-core';
import { root } from '../product/product.ts';

const SHOTS = join(root, 'build', 'screenshots');
const EXECUTABLE = process.env.CODEXRAY_TEST_CHROMIUM ?? '/usr/bin/chromium';

export const SIZES = {
	desktop: { width: 1440, height: 900 },
	phone: { width: 390, height: 844 },
	wide: { width: 2560, height: 1300 },
};

/** A browser with a profile of its own and one page. Screenshots are kept under build/screenshots, to be looked at. */
export class Chromium {
	/** What the page wrote as errors, and what it threw. */
	readonly complaints: string[] = [];
	readonly context: BrowserContext;
	readonly page: Page;
	readonly #profile: string;

	private constructor(context: BrowserContext, page: Page, profile: string) {
		this.context = context;
		this.page = page;
		this.#profile = profile;
		page.on('console', (message) => {
			// When an interface of the machine comes or goes, Chromium gives up what it fetches; the pages ask again by themselves.
			if (message.type() === 'error' && !message.text().includes('net::ERR_NETWORK_CHANGED'))
				this.complaints.push(message.text());
		});
		page.on('pageerror', (error) => this.complaints.push(error.message));
	}

	static async start(): Promise<Chromium> {
		mkdirSync(SHOTS, { recursive: true });
		const profile = mkdtempSync(join(tmpdir(), 'codexray-browser-'));
		const context = await chromium.launchPersistentContext(profile, {
			executablePath: EXECUTABLE,
			headless: true,
			viewport: SIZES.desktop,
			args: [
				'--no-sandbox',
				'--disable-gpu',
				'--disable-quic',
				'--no-first-run',
				'--disable-background-networking',
				'--disable-component-update',
				'--disable-sync',
			],
		});
		return new Chromium(context, await context.newPage(), profile);
	}

	async shoot(name: string, options: { fullPage?: boolean } = {}): Promise<void> {
		await this.page.screenshot({ path: join(SHOTS, `${name}.png`), ...options });
	}

	/** Chooses the middle third of a chart's time. */
	async dragOver(chart: Locator): Promise<void> {
		const plot = chart.locator('.u-over');
		await plot.scrollIntoViewIfNeeded();
		const { x, y, width } = (await plot.boundingBox())!;
		await this.page.mouse.move(x + width / 3, y + 20);
		await this.page.mouse.down();
		await this.page.mouse.move(x + (width * 2) / 3, y + 20, { steps: 5 });
		await this.page.mouse.up();
	}

	/** px by which the page, or the part of it that scrolls, is wider than its window. */
	async overflow(): Promise<number> {
		return this.page.evaluate(() => {
			const main = document.getElementById('main');
			const inside = main ? main.scrollWidth - main.clientWidth : 0;
			return Math.max(inside, document.documentElement.scrollWidth - innerWidth);
		});
	}

	async close(): Promise<void> {
		await this.context.close();
		rmSync(this.#profile, { recursive: true, force: true });
	}
}
