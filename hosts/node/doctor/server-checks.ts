/** What the server could do here, found out by doing it in a directory that is thrown away. */

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../app/clock.ts';
import { type Feature, featureOf } from '../../../app/features/feature.ts';
import { silentLogger } from '../../../app/logging/logger.ts';
import { rootDir } from '../commands/paths.ts';
import { setupCommand } from '../host-facts.ts';
import { loadCoreModules } from '../wasm/core-modules.ts';

/** How long an engine may take to answer. */
const ENGINE_MS = 60_000;
const POLL_MS = 50;
const NO_METRICS = 'The node agent, and codexray top.';

export interface ServerChecksOptions {
	buildDir: string;
	/** An engine elsewhere; none: the embedded one. */
	clickhouseUrl?: string | undefined;
}

/** Never rejects. */
export async function checkServer(o: ServerChecksOptions): Promise<Feature[]> {
	const dir = mkdtempSync(join(tmpdir(), 'codexray-doctor-'));
	try {
		const engine = checkEngine(dir, o.clickhouseUrl);
		return [
			checkPackages(),
			await checkCore(o.buildDir),
			await checkDuckdb(dir),
			await engine,
			checkPages(o.buildDir),
		];
	} finally {
		rmSync(dir, { recursive: true, force: true });
	}
}

/** npm packages that this program names and that are not there. */
function checkPackages(): Feature {
	const file = join(rootDir, 'package.json');
	const { dependencies = {}, optionalDependencies = {} } = JSON.parse(readFileSync(file, 'utf8')) as Record<
		string,
		Record<string, string>
	>;
	const require = createRequire(file);
	const isThere = (name: string) =>
		(require.resolve.paths(name) ?? []).some((dir) => existsSync(join(dir, name, 'package.json')));
	const needed = Object.keys(dependencies).filter((name) => !isThere(name));
	const optional = Object.keys(optionalDependencies).filter((name) => !isThere(name));
	const missing = [...needed, ...optional];
	if (missing.length === 0)
		return featureOf({ feature: 'packages', ok: true, tier: `node ${process.version}` });
	return featureOf({
		feature: 'packages',
		ok: needed.length === 0,
		reason: `${missing.length} npm ${missing.length === 1 ? 'package is' : 'packages are'} not installed`,
		missing: missing.join(', '),
		works: needed.length === 0 ? 'Everything but what needs them.' : null,
		command: needed.length === 0 ? 'npm install --include=optional' : setupCommand(),
	});
}

async function checkCore(buildDir: string): Promise<Feature> {
	try {
		await loadCoreModules(join(buildDir, 'core'));
		return featureOf({ feature: 'core', ok: true });
	} catch (error) {
		return featureOf({
			...{ feature: 'core', ok: false, reason: wordsOf(error), missing: 'the WebAssembly components' },
			...{ works: 'Nothing: agent and server need them.', command: setupCommand() },
		});
	}
}

async function checkDuckdb(dir: string): Promise<Feature> {
	try {
		const { DuckdbChunkTable } = await import('../chunks/duckdb-chunk-table.ts');
		const table = await DuckdbChunkTable.open(join(dir, 'chunks'));
		await table.close();
		return featureOf({ feature: 'duckdb', ok: true });
	} catch (error) {
		return featureOf({
			...{ feature: 'duckdb', ok: false, reason: wordsOf(error), works: NO_METRICS },
			missing: `npm packages: @duckdb/node-api and its library for ${process.platform}-${process.arch}`,
			command: setupCommand(),
		});
	}
}

async function checkEngine(dir: string, url: string | undefined): Promise<Feature> {
	const feature = 'engine';
	const tier = url === undefined ? 'embedded' : 'remote';
	const works = 'Metrics, the service map and the pages of applications.';
	try {
		const { openEngine } = await import('../clickhouse/open-engine.ts');
		const opened = await openEngine({
			dataDir: dir,
			log: silentLogger,
			...(url === undefined ? {} : { url }),
		});
		if ('off' in opened) {
			const { off: reason, missing, command } = opened;
			return featureOf({ feature, ok: false, reason, missing, command, works });
		}
		const failure = await firstAnswer(() => opened.select('SELECT 1', {}));
		await opened.close();
		if (failure === undefined) return featureOf({ feature, ok: true, tier });
		return featureOf({
			...{ feature, ok: false, reason: failure, works },
			missing:
				url === undefined
					? 'an embedded ClickHouse that starts'
					: 'a ClickHouse that answers at --clickhouse-url',
		});
	} catch (error) {
		return featureOf({ feature, ok: false, reason: wordsOf(error), works });
	}
}

/** Undefined once it answered, else why it did not. */
async function firstAnswer(ask: () => Promise<unknown>): Promise<string | undefined> {
	const end = Date.now() + ENGINE_MS;
	for (;;) {
		try {
			await ask();
			return undefined;
		} catch (error) {
			// The embedded one needs a moment, one elsewhere is there or not.
			if (!/starting/.test(wordsOf(error)) || Date.now() > end) return wordsOf(error);
		}
		await systemClock.sleep(POLL_MS);
	}
}

function checkPages(buildDir: string): Feature {
	if (existsSync(join(buildDir, 'web', 'index.html'))) return featureOf({ feature: 'pages', ok: true });
	return featureOf({
		...{ feature: 'pages', ok: false, reason: 'they are not built', missing: 'the built pages' },
		...{ works: 'Agents, ingestion and the HTTP API.', command: setupCommand() },
	});
}

function wordsOf(error: unknown): string {
	return (error as Error).message.split('\n')[0]!;
}
