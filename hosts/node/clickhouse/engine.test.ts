import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EngineError } from '../../../app/server/clickhouse/engine.ts';
import { migrate } from '../../../app/server/clickhouse/migrate.ts';
import { COLUMNS, migrations, SIGNALS } from '../../../app/server/clickhouse/schema.ts';
import { createCodec } from '../../../core-as/facade/index.ts';
import { builtModules } from '../../../core-as/testing/modules.ts';
import { attribute, otlpBody } from '../../../core-as/testing/otlp-body.ts';
import { until } from '../../../test/product/waiting.ts';
import { programFile } from '../commands/paths.ts';
import { freePort } from '../free-port.ts';
import type { ClickhouseEngine } from './clickhouse-engine.ts';
import type { EmbeddedEngine } from './embedded-engine.ts';
import { engineMemory, writeEngineConfig } from './engine-config.ts';
import { pinnedNode, remoteEngine } from './open-engine.ts';
import { answering, startEngine } from './testing/started-engine.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'codexray-engine-'));
let embedded: EmbeddedEngine;
let engine: ClickhouseEngine;

beforeAll(async () => {
	({ embedded, engine } = await startEngine(dataDir));
	await migrate(engine, 'codexray_test');
}, 60_000);
afterAll(async () => {
	await engine.close();
	rmSync(dataDir, { recursive: true, force: true });
});

/** Two rows of (UInt64, DateTime64(9)) on two days. */
function twoDays(): Uint8Array {
	const bytes = new Uint8Array(32);
	const view = new DataView(bytes.buffer);
	view.setBigUint64(0, 1n, true);
	view.setBigInt64(8, 1_700_000_000_000_000_000n, true);
	view.setBigUint64(16, 2n, true);
	view.setBigInt64(24, 1_700_086_400_000_000_000n, true);
	return bytes;
}

const rows = async (table: string) =>
	Number((await engine.select<{ n: string }>(`SELECT count() AS n FROM ${table}`, {}))[0]!.n);

describe('the embedded engine', () => {
	it('takes a quarter of the machine, at most 2 GB', () => {
		expect(engineMemory(4e9)).toBe(1e9);
		expect(engineMemory(64e9)).toBe(2e9);
	});

	it('lets nobody in without the password, which is not on disk', async () => {
		const { url, username, password } = embedded.address!;
		const ask = (headers: Record<string, string>, body: string) =>
			fetch(url, { method: 'POST', headers, body }).then((answer) => answer.status);
		expect(await ask({ 'X-ClickHouse-User': username, 'X-ClickHouse-Key': 'wrong' }, 'SELECT 1')).not.toBe(
			200,
		);
		expect(await ask({}, 'SELECT count() FROM codexray_test.logs')).not.toBe(200);
		expect(await ask({}, 'CREATE DATABASE other')).not.toBe(200);
		for (const file of ['users.xml', 'config.xml'])
			expect(readFileSync(join(dataDir, 'clickhouse-config', file), 'utf8')).not.toContain(password);
	});

	it('has the tables of the schema, made once', async () => {
		await migrate(engine, 'codexray_test');
		expect(
			await engine.select('SELECT max(version) AS version FROM codexray_test.schema_version', {}),
		).toEqual([{ version: migrations('codexray_test').length }]);
		for (const signal of SIGNALS) {
			const columns = await engine.select(
				"SELECT name, type FROM system.columns WHERE database = 'codexray_test' AND table = {table:String} AND default_kind != 'MATERIALIZED' ORDER BY position",
				{ table: signal },
			);
			expect(columns).toEqual(COLUMNS[signal].map(({ name, type }) => ({ name, type })));
		}
	});

	it('brings tables of version 1 to this one, with their rows, and takes blocks of then', async () => {
		const name = 'codexray_old';
		const old = (sql: string) =>
			sql
				.replace(/,\s*string_serialization_version = '\w+'/, '')
				.replace(/\n\tpattern_hash .*/, '')
				.replace('DateTime64(9) EPHEMERAL', 'DateTime64(9) CODEC(Delta(8), ZSTD(1))');
		await engine.command(`CREATE DATABASE ${name}`);
		await engine.command(
			`CREATE TABLE ${name}.schema_version (version UInt32, applied_at DateTime DEFAULT now()) ENGINE = MergeTree ORDER BY version`,
		);
		for (const sql of migrations(name)[0]!) await engine.command(old(sql));
		await engine.command(`INSERT INTO ${name}.schema_version (version) VALUES (1)`);
		await engine.command(
			`INSERT INTO ${name}.logs (timestamp, observed_timestamp, body, attributes) VALUES (now64(9), now64(9), 'before', map('pattern.hash', 'ab'))`,
		);
		await migrate(engine, name);
		const codec = createCodec(await builtModules());
		const now = BigInt(Date.now()) * 1_000_000n;
		const body = otlpBody('Logs', {
			resourceLogs: [
				{
					scopeLogs: [
						{
							logRecords: [
								{
									timeUnixNano: String(now),
									body: { stringValue: 'after' },
									attributes: [attribute('pattern.hash', 'cd')],
								},
							],
						},
					],
				},
			],
		});
		const { block } = codec.decodeLogs(body, { now, oldest: 0n, newest: now });
		const into = { table: `${name}.logs`, columns: COLUMNS.logs.map((column) => column.name) };
		await engine.insert(into, [block], 'after');
		await engine.command(`OPTIMIZE TABLE ${name}.logs FINAL`);
		expect(await engine.select(`SELECT body, pattern_hash FROM ${name}.logs ORDER BY body DESC`, {})).toEqual(
			[
				{ body: 'before', pattern_hash: 'ab' },
				{ body: 'after', pattern_hash: 'cd' },
			],
		);
		for (const table of ['logs', 'traces', 'trace_times']) {
			const made = (of: string) =>
				engine.select<{ sql: string }>(
					'SELECT create_table_query AS sql FROM system.tables WHERE database = {of:String} AND name = {table:String}',
					{ of, table },
				);
			const [[fresh], [upgraded]] = [await made('codexray_test'), await made(name)];
			// Places of columns differ where one was added, and what is not kept has a codec left; the rest is the same.
			const words = (sql: string) =>
				sql
					.replaceAll(/codexray_\w+\./g, '')
					.replace(/ EPHEMERAL[^`]*/, ' EPHEMERAL ')
					.split(/[\s,()]+/)
					.sort();
			expect(words(upgraded!.sql)).toEqual(words(fresh!.sql));
		}
	});

	it('refuses tables of a newer version in words', async () => {
		await migrate(engine, 'codexray_newer');
		await engine.command('INSERT INTO codexray_newer.schema_version (version) VALUES (99)');
		await expect(migrate(engine, 'codexray_newer')).rejects.toThrow(/newer version.*99/);
	});

	it('adds a batch once per token, also where one of its days is gone', async () => {
		const into = { table: 'codexray_test.numbers', columns: ['n', 'timestamp'] };
		await engine.command(
			`CREATE TABLE ${into.table} (n UInt64, timestamp DateTime64(9)) ENGINE = MergeTree PARTITION BY toDate(timestamp) ORDER BY n SETTINGS non_replicated_deduplication_window = 100`,
		);
		const bytes = twoDays();
		await engine.insert(into, [bytes.subarray(0, 5), bytes.subarray(5)], 'one');
		await engine.insert(into, [bytes], 'one');
		expect(await rows(into.table)).toBe(2);
		await engine.insert(into, [bytes], 'two');
		expect(await rows(into.table)).toBe(4);
		const cut = engine.insert(into, [bytes.subarray(0, 31)], 'three');
		await expect(cut).rejects.toMatchObject({ refusesData: true });
		expect(await rows(into.table)).toBe(4);
		await expect(engine.insert({ ...into, table: 'codexray_test.none' }, [bytes], 'x')).rejects.toMatchObject(
			{
				tableMissing: true,
			},
		);
	});

	it('comes back after kill -9 with what it acknowledged', async () => {
		const before = await rows('codexray_test.numbers');
		const { pid, address } = embedded;
		process.kill(pid!, 'SIGKILL');
		while (embedded.address === address) await new Promise((resolve) => setTimeout(resolve, 5));
		expect(embedded.address).toBe(null);
		await expect(engine.select('SELECT 1', {})).rejects.toBeInstanceOf(EngineError);
		expect(engine.state().ok).toBe(false);
		await answering(embedded);
		expect(await rows('codexray_test.numbers')).toBe(before);
		expect(engine.state()).toEqual({ ok: true, reason: null });
	});
});

it('ends in order when its server is gone', async () => {
	const dir = mkdtempSync(join(tmpdir(), 'codexray-engine-'));
	const port = await freePort();
	const config = await writeEngineConfig(dir, 'password', engineMemory());
	const launcher = programFile('hosts/node/clickhouse/engine-launcher');
	const child = spawn(pinnedNode(), [launcher, join(dir, 'data'), String(port), config]);
	const said = text(child.stderr);
	const ended = once(child, 'exit');
	// A connection that stays would be waited for; a server that is gone has none.
	const ping = () => fetch(`http://127.0.0.1:${port}/ping`, { headers: { Connection: 'close' } });
	await until(
		async () => ((await ping()).ok ? true : undefined),
		() => 'the engine does not answer',
	);
	child.stdin.end();
	expect([await ended, await said]).toEqual([[0, null], '']);
	rmSync(dir, { recursive: true, force: true });
}, 90_000);

it('an engine elsewhere is named by a URL with user and password', () => {
	expect(remoteEngine('https://me:p%40ss@example.test:8443').address).toEqual({
		url: 'https://example.test:8443/',
		username: 'me',
		password: 'p@ss',
	});
	expect(() => remoteEngine('example.test:8123')).toThrow(/http/);
	expect(() => remoteEngine('nonsense')).toThrow(/--clickhouse-url/);
});
