import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { LiveEdge } from '../../app/node-agent/live/live-view.ts';
import { Postgres, Redis } from '../databases/databases.ts';
import { root } from '../product/product.ts';
import { bareShop, type Shop } from '../product/shop.ts';
import { Terminal } from '../product/terminal.ts';
import { until } from '../product/waiting.ts';

// `codexray top` in a real terminal, over real requests of the shop.

const ENTRY = join(root, 'hosts/node/commands/codexray.ts');
const NOBODY = ['--reuid=65534', '--regid=65534', '--clear-groups'];
/** Throws from outside of everything, as a fault would. */
const CRASH = `data:text/javascript,process.on('SIGUSR2', () => { throw new Error('planted crash') })`;

let shop: Shop;
let failing: NodeJS.Timeout;
/** A port of which nobody listens, below those that clients get. */
const closedPort = 20_000 + Math.floor(Math.random() * 9_000);

beforeAll(async () => {
	shop = await bareShop();
	// Ends with the shop.
	shop.keepAlive(10_000_000).catch(() => {});
	failing = setInterval(() => connect(closedPort, '127.0.0.1').on('error', () => {}), 200);
});
afterAll(() => {
	clearInterval(failing);
	shop?.close();
});

const suffix = () => shop.names.client.split('-')[1]!;

/** Cells of the rows that hold `text`. */
const rows = (lines: string[], text: string) =>
	lines
		.slice(2, -1)
		.filter((line) => line.includes(text))
		.map((line) => line.trim().split(/\s+/));

describe('for scripts', () => {
	const execute = promisify(execFile);
	/** Never synchronously: a timer of this process makes the connections that fail. */
	const run = (...args: string[]) =>
		execute(process.execPath, [ENTRY, 'top', ...args]).then(
			({ stdout, stderr }) => ({ stdout, stderr, status: 0 }),
			(error) => ({
				stdout: error.stdout as string,
				stderr: error.stderr as string,
				status: error.code as number,
			}),
		);

	test('--once --json: edges with rates, latencies and routes', async () => {
		const { stdout, stderr, status } = await run('--once', '--json', '--for', '3s');
		expect(stderr).toBe('');
		expect(status).toBe(0);
		const view = JSON.parse(stdout);
		expect(Object.keys(view)).toEqual(['host', 'time', 'seconds', 'lost', 'features', 'edges']);
		expect(view.seconds).toBeGreaterThanOrEqual(3);
		expect(view.features.map(({ ok }: { ok: boolean }) => ok)).toEqual([true, true, true]);
		const edge = (client: string, server: string) =>
			view.edges.find(
				(each: { client: string; server: string }) => each.client === client && each.server === server,
			);
		const { names } = shop;
		for (const [client, server] of [
			[names.client, names.front],
			[names.front, names.back],
		]) {
			const found = edge(`/host/${client}`, `/host/${server}`);
			expect(found, stdout).toMatchObject({ protocols: ['http'], activeConnections: 20 });
			expect(found.requestsPerSecond).toBeGreaterThan(10);
			// Of ten requests one is a 500.
			expect(found.errorsPerSecond / found.requestsPerSecond).toBeCloseTo(0.1, 1);
			// The back takes 15 ms for nine of ten and 40 ms for one.
			expect(found.latency.p50).toBeGreaterThan(0.015);
			expect(found.latency.max).toBeGreaterThanOrEqual(found.latency.p95);
			expect(found.detailed).toBeGreaterThan(0.9);
			expect(found.details).toMatchObject([{ protocol: 'http', detail: 'GET /{id}' }]);
		}
		expect(edge('/host/node', `127.0.0.1:${closedPort}`)).toMatchObject({
			...{ protocols: [], requestsPerSecond: 0, activeConnections: 0 },
			failedConnectsPerSecond: expect.closeTo(5, -1),
		});
	});

	test('statements of real databases, without their literals; those that fail', async () => {
		// One after the other: both may unpack their packages first.
		const postgres = await Postgres.start();
		const redis = await Redis.start();
		try {
			postgres.psql('CREATE TABLE orders (id int, note text)');
			redis.cli('RPUSH', 'list:1', 'secret');
			let looking = true;
			const looked = run('--once', '--json', '--for', '4s').finally(() => {
				looking = false;
			});
			while (looking) {
				postgres.pgbench('prepared', "SELECT count(*) FROM orders WHERE note = 'secret';\n", 5, 100);
				redis.cli('SET', 'user:42', 'secret');
				expect(() => redis.cli('-e', 'INCR', 'list:1')).toThrow();
				await new Promise((resolve) => setImmediate(resolve));
			}
			const { stdout, stderr } = await looked;
			expect(stderr).toBe('');
			expect(stdout).not.toContain('secret');
			const { edges } = JSON.parse(stdout) as { edges: LiveEdge[] };
			const edge = (client: string, server: string) =>
				edges.find((each) => each.client === client && each.server === server);
			expect(edge('/host/pgbench', '/host/postgres'), stdout).toMatchObject({
				...{ protocols: ['postgres'], errorsPerSecond: 0 },
				details: expect.arrayContaining([
					expect.objectContaining({
						detail: 'SELECT count(*) FROM orders WHERE note = ?',
						protocol: 'postgresql',
					}),
				]),
			});
			const commands = edges.find(({ client }) => client === '/host/redis-cli');
			expect(commands, stdout).toMatchObject({ protocols: ['redis'] });
			const failing = commands!.details.find(({ detail }) => detail.startsWith('INCR'));
			expect(failing!.errorsPerSecond).toBeCloseTo(failing!.requestsPerSecond, 5);
			expect(commands!.details).toContainEqual(
				expect.objectContaining({ detail: 'SET user:? ...', protocol: 'redis', errorsPerSecond: 0 }),
			);
		} finally {
			await Promise.all([postgres.stop(), redis.stop()]);
		}
	});

	test('--once prints the table', async () => {
		const { stdout, status } = await run('--once', '--for', '1s');
		expect(status).toBe(0);
		expect(stdout).toMatch(/^CLIENT +SERVER +PROTO +REQ\/Sv +ERR\/S +P50 +P95 +MAX +OPEN +FAIL\/S\n/);
		expect(stdout).toMatch(new RegExp(`^${shop.names.client} +${shop.names.front} +http `, 'm'));
		expect(stdout).not.toContain('\x1b');
	});

	test.each([
		[[], 'needs a terminal'],
		[['--json'], '--json goes with --once'],
		[['--once', '--for', 'long'], 'write a duration'],
		[['--interval', '1ms'], 'at least 100ms'],
	])('%j is refused in a sentence', async (args, sentence) => {
		const { stderr, status } = await run(...args);
		expect(status).toBe(2);
		expect(stderr).toContain(sentence);
	});

	test('without root: what is missing, and the command', () => {
		const words = [...NOBODY, process.execPath, ENTRY, 'top', '--once'];
		const { stderr, status } = spawnSync('setpriv', words, { encoding: 'utf8' });
		expect(status).toBe(1);
		expect(stderr).toContain('CAP_BPF');
		expect(stderr).toContain(`Run: sudo ${process.execPath} ${ENTRY} top --once`);
		expect(stderr).toContain(`${ENTRY} doctor`);
		expect(stderr).not.toContain('    at ');
	});
});

describe('in a terminal', () => {
	const dir = mkdtempSync(join(tmpdir(), 'codexray-top-'));
	let terminal: Terminal;
	beforeEach(() => {
		terminal = new Terminal(110, 24);
	});
	afterEach(() => terminal.close());
	afterAll(() => rmSync(dir, { recursive: true, force: true }));

	const settings = (when: string) => readFileSync(join(dir, when), 'utf8');

	/** Starts it between two looks at the terminal's settings. */
	async function open(env = ''): Promise<void> {
		// What the test before has left must not be taken for what comes.
		for (const when of ['before', 'after']) rmSync(join(dir, when), { force: true });
		const at = (when: string) => `stty -g > ${join(dir, when)}`;
		terminal.run(
			`${at('before')}; ${env} ${process.execPath} ${ENTRY} top; echo "left with $?"; ${at('after')}`,
		);
		await terminal.see(
			(lines) =>
				/^codexray top .* req\/s .* last \d+ s$/.test(lines[0] ?? '') && lines[1]?.startsWith('CLIENT'),
		);
		expect(terminal.modes()).toEqual({ alternate: true, cursor: false });
	}

	/** As it found it: settings, screen, cursor, and what stood there before. */
	async function expectLeft(code: number): Promise<string[]> {
		await terminal.see((lines) => lines.some((line) => line.includes(`left with ${code}`)));
		const after = await until(
			() => settings('after').trim() || undefined,
			() => 'stty has said nothing',
		);
		expect(after).toBe(settings('before').trim());
		expect(terminal.modes()).toEqual({ alternate: false, cursor: true });
		const lines = terminal.lines();
		expect(lines.join('\n')).toContain('stty -g >');
		expect(lines.join('\n')).not.toContain('CLIENT');
		return lines;
	}

	/** Where none is set. */
	async function filter(text: string): Promise<void> {
		terminal.type('/');
		await terminal.see((lines) => lines.at(-1)?.startsWith('/_'));
		terminal.type(text);
		await terminal.see((lines) => lines.at(-1)?.startsWith(`/${text}_`));
		terminal.press('Enter');
		await terminal.see((lines) => lines.at(-1)?.startsWith(`filter: ${text} `));
	}

	async function clearFilter(): Promise<void> {
		terminal.press('Escape');
		await terminal.see((lines) => lines.at(-1)?.startsWith('q quit'));
	}

	test('shows edges, sorts, filters, opens, pauses, resizes; q leaves the terminal as it was', async () => {
		await open();
		const { names } = shop;
		expect(terminal.lines()[1]).toMatch(
			/^CLIENT +SERVER +PROTO +REQ\/Sv +ERR\/S +P50 +P95 +MAX +OPEN +FAIL\/S$/,
		);

		await filter(suffix());
		const [, , protocol, requests, errors, p50, , , connections, fails] = await terminal.see((lines) =>
			rows(lines, names.front).find(([client, , , rate]) => client === names.client && Number(rate) > 10),
		);
		expect([protocol, connections, fails]).toEqual(['http', '20', '0']);
		expect(Number(errors) / Number(requests)).toBeCloseTo(0.1, 1);
		expect(p50).toMatch(/^\d+ms$/);

		const order = (...wanted: string[]) =>
			terminal.see(
				(lines) => JSON.stringify(rows(lines, suffix()).map(([name]) => name)) === JSON.stringify(wanted),
			);
		terminal.type('c');
		await terminal.see((lines) => lines[1]?.startsWith('CLIENT^'));
		await order(names.client, names.front);
		terminal.type('c');
		await order(names.front, names.client);

		terminal.press('Down');
		terminal.press('Enter');
		await terminal.see((lines) => lines[1] === `${names.client} -> ${names.front}`);
		terminal.press('Escape');
		await terminal.see((lines) => lines[1]?.startsWith('CLIENTv'));

		await filter(String(closedPort));
		const failed = await terminal.see((lines) =>
			rows(lines, `127.0.0.1:${closedPort}`).find((cells) => Number(cells.at(-1)) > 1),
		);
		expect(failed.slice(0, 5)).toEqual(['node', `127.0.0.1:${closedPort}`, 'tcp', '-', '-']);
		await clearFilter();
		await filter(suffix());
		terminal.press('Home', 'Enter');
		await terminal.see((lines) => lines[1]?.startsWith(`${names.front} -> ${names.back}`));
		terminal.press('Escape');

		terminal.type('p');
		await terminal.see((lines) => lines[0]?.endsWith('PAUSED'));
		terminal.type('?');
		await terminal.see((lines) =>
			lines.some((line) => line.includes('the same letter again turns the order')),
		);
		terminal.type('?p');
		await terminal.see((lines) => /last \d+ s$/.test(lines[0] ?? ''));

		terminal.resize(60, 12);
		const small = await terminal.see(
			(lines) =>
				lines.length === 12 &&
				lines[1]?.endsWith('FAIL/S') &&
				// The bottom is drawn last.
				lines[11]?.startsWith('q quit') &&
				lines,
		);
		expect(small[1]).not.toContain('MAX');
		terminal.resize(110, 24);
		await terminal.see((lines) => lines.length === 24 && lines[1]?.includes('MAX'));

		terminal.type('q');
		await expectLeft(0);
	});

	test('routes of an edge', async () => {
		await open();
		await filter(shop.names.client);
		await terminal.see((lines) => rows(lines, shop.names.client).length === 1);
		terminal.press('Enter');
		const route = await terminal.see((lines) => lines.find((line) => line.startsWith('GET /{id} ')));
		expect(terminal.lines()[2]).toMatch(/^ROUTE OR STATEMENT +PROTO +REQ\/Sv +ERR\/S +P50 +P95 +MAX$/);
		expect(route).toMatch(/^GET \/\{id\} +http +\d+(\.\d)? +\d+(\.\d)? +\d+ms +\d+ms +\d+ms$/);
		terminal.press('C-c');
		await expectLeft(0);
	});

	test('Ctrl-Z gives the terminal back for a while', async () => {
		terminal.run(`${process.execPath} ${ENTRY} top`);
		await terminal.see((lines) => lines[1]?.startsWith('CLIENT'));
		terminal.press('C-z');
		await terminal.see((lines) => lines.some((line) => line.includes('Stopped')));
		expect(terminal.modes()).toEqual({ alternate: false, cursor: true });
		terminal.run('fg');
		await terminal.see((lines) => lines[1]?.startsWith('CLIENT'));
		expect(terminal.modes()).toEqual({ alternate: true, cursor: false });
		terminal.type('q');
		await until(
			() => (terminal.child() === undefined ? true : undefined),
			() => 'it has not ended',
		);
		expect(terminal.modes()).toEqual({ alternate: false, cursor: true });
	});

	test.each([
		{ way: 'SIGTERM', signal: 'SIGTERM', code: 0 },
		{ way: 'SIGHUP', signal: 'SIGHUP', code: 0 },
		{ way: 'a crash', signal: 'SIGUSR2', code: 1 },
	] as const)('$way leaves the terminal as it was', async ({ signal, code }) => {
		await open(code === 0 ? '' : `NODE_OPTIONS="--import=${CRASH.replaceAll(' ', '%20')}"`);
		process.kill(terminal.child()!, signal);
		const lines = await expectLeft(code);
		// The words of a crash must not go with the screen.
		expect(lines.join('\n').includes('planted crash')).toBe(code !== 0);
	});
});
