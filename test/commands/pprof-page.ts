import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type PlainProfile, pprofBody } from '../../core-as/testing/pprof-body.ts';
import { Chromium } from '../browser/chromium.ts';

const TYPES: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };

/** The example page out of a folder of files, in Chromium. */
export class PprofPage {
	readonly browser: Chromium;
	readonly #server: Server;
	/** What was asked for, of this server or another. */
	readonly requests: string[] = [];

	private constructor(browser: Chromium, server: Server) {
		this.browser = browser;
		this.#server = server;
		browser.page.on('request', (request) => this.requests.push(request.url()));
	}

	static async open(dir: string): Promise<PprofPage> {
		const server = createServer((request, response) => {
			const path = normalize(new URL(request.url!, 'http://page').pathname);
			try {
				const bytes = readFileSync(join(dir, path === '/' ? 'index.html' : path));
				response.setHeader(
					'content-type',
					TYPES[extname(path)] ?? (path === '/' ? 'text/html' : 'text/plain'),
				);
				response.end(bytes);
			} catch {
				response.statusCode = 404;
				response.end();
			}
		});
		await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
		const browser = await Chromium.start();
		const page = new PprofPage(browser, server);
		await browser.page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
		return page;
	}

	/** Chooses files for `now` or `base`. */
	async choose(side: 'now' | 'base', files: { name: string; buffer: Buffer }[]): Promise<void> {
		const mimeType = 'application/octet-stream';
		await this.browser.page.setInputFiles(
			`#${side}`,
			files.map((file) => ({ ...file, mimeType })),
		);
	}

	/** Drops a file at `x` px from the left. */
	async drop(file: { name: string; buffer: Buffer }, x: number): Promise<void> {
		const transfer = await this.browser.page.evaluateHandle(
			({ name, bytes }) => {
				const made = new DataTransfer();
				made.items.add(new File([Uint8Array.from(bytes)], name));
				return made;
			},
			{ name: file.name, bytes: [...file.buffer] },
		);
		await this.browser.page.dispatchEvent('body', 'drop', { dataTransfer: transfer, clientX: x });
	}

	async text(selector: string): Promise<string> {
		return (await this.browser.page.locator(selector).textContent()) ?? '';
	}

	/** The table of functions by their names: own, total, change where there is a base. */
	async functions(): Promise<Record<string, string[]>> {
		const rows = await this.browser.page.locator('#functions tr').all();
		const cells = await Promise.all(rows.map((row) => row.locator('td').allTextContents()));
		return Object.fromEntries(cells.map(([name, ...figures]) => [name!.split(' ')[0]!, figures.map(plain)]));
	}

	/** What the button saves. */
	async save(): Promise<{ name: string; bytes: Buffer }> {
		const coming = this.browser.page.waitForEvent('download');
		await this.browser.page.click('#save');
		const download = await coming;
		return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
	}

	async close(): Promise<void> {
		await this.browser.close();
		this.#server.closeAllConnections();
		await new Promise((closed) => this.#server.close(closed));
	}
}

/** Figures with ordinary blanks and signs. */
function plain(figure: string): string {
	return figure.trim().replaceAll('\u202f', ' ').replace('−', '-');
}

const frame = (name: string) => ({ name, file: `/srv/shop/${name.split('.')[0]}.go`, line: 7 });

/** CPU profile of stacks, root first, by milliseconds. */
export function cpuProfile(stacks: Record<string, number>, times = 1): PlainProfile {
	return {
		types: [
			{ type: 'samples', unit: 'count' },
			{ type: 'cpu', unit: 'nanoseconds' },
		],
		timeNanos: 1_700_000_000_000_000_000n,
		durationNanos: 60_000_000_000n,
		samples: Object.entries(stacks).map(([stack, milliseconds]) => ({
			frames: stack.split(' ').toReversed().map(frame),
			values: [(milliseconds / 10) * times, milliseconds * times * 1e6],
		})),
	};
}

export function pprofFile(name: string, profile: PlainProfile): { name: string; buffer: Buffer } {
	const body = pprofBody(profile);
	return { name, buffer: name.endsWith('.gz') ? gzipSync(body) : Buffer.from(body) };
}
