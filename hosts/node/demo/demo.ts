/**
 * A small shop that lives beside the product: front, API, worker and visitors, Postgres and Redis. Real processes on
 * loopback; what the machine has not is left out, in words.
 */

import { copyFileSync, existsSync, linkSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { missingPackages } from '../../../setup/system-packages.mjs';
import { type ChildProgram, startChild } from '../commands/child-program.ts';
import { buildDir, nodeBinary, rootDir } from '../commands/paths.ts';
import { findDatabasePrograms } from './database-programs.ts';
import { type RunningDatabase, startPostgres, startRedis } from './databases.ts';

const SHOP = join(rootDir, 'hosts/node/demo/shop');
/** Programs appear under the name of their executable. */
const BIN = join(buildDir, 'demo/bin');
const LOGS = '/var/log/codexray-demo';

export interface DemoOptions {
	/** The server, and the key of senders. */
	url: string;
	key: string;
	/** Environment of the shop's programs. */
	env: NodeJS.ProcessEnv;
	say: (line: string) => void;
}

export interface RunningDemo {
	/** Of the shop's front; null where it is a recording. */
	url: string | null;
	stop(): Promise<void>;
}

/** Rejects when the shop itself cannot start; everything that ran by then is stopped. */
export async function startDemo({ url, key, env, say }: DemoOptions): Promise<RunningDemo> {
	const programs: ChildProgram[] = [];
	const databases: RunningDatabase[] = [];
	const stop = async () => {
		// Who asks goes first.
		for (const program of programs.toReversed()) await program.stop();
		for (const { pid } of programs) rmSync(`/tmp/perf-${pid}.map`, { force: true });
		await Promise.all(databases.map((database) => database.stop()));
		if (hasLogs) rmSync(LOGS, { recursive: true, force: true });
	};
	const hasLogs = process.getuid?.() === 0;
	if (hasLogs) mkdirSync(LOGS, { recursive: true });
	try {
		const found = findDatabasePrograms();
		const [postgres, redis] = await Promise.all([
			optional(startPostgres(found), 'Postgres', say),
			optional(startRedis(found), 'Redis', say),
		]);
		for (const database of [postgres, redis]) if (database) databases.push(database);
		const ports = {
			...(postgres && { POSTGRES_PORT: `${postgres.port}` }),
			...(redis && { REDIS_PORT: `${redis.port}` }),
		};
		const run = async (name: string, own: NodeJS.ProcessEnv, flags: string[] = []) => {
			const logFile = hasLogs ? { LOG_FILE: join(LOGS, `${name}.log`) } : {};
			const started = await startChild({
				name: `shop-${name} of the demo`,
				command: executable(`shop-${name}`),
				args: [...flags, join(SHOP, `${name}.cjs`)],
				env: { ...env, ...logFile, ...own },
			});
			programs.push(started);
			return started;
		};
		const telemetry = {
			OTEL_SERVICE_NAME: 'shop-api',
			OTEL_EXPORTER_OTLP_ENDPOINT: url,
			OTEL_EXPORTER_OTLP_HEADERS: `X-API-Key=${key}`,
			OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
			OTEL_METRICS_EXPORTER: 'none',
			OTEL_LOGS_EXPORTER: 'otlp',
		};
		// Names of its functions, for the flame graph.
		const named = ['--perf-basic-prof-only-functions', '--interpreted-frames-native-stack'];
		const api = await run('api', { ...ports, ...telemetry }, named);
		const front = await run('front', { API_URL: `http://127.0.0.1:${api.ready.port}` });
		if (redis) await run('worker', ports);
		await run('visitors', { FRONT_URL: `http://127.0.0.1:${front.ready.port}` });
		return { url: `http://127.0.0.1:${front.ready.port}/`, stop };
	} catch (error) {
		await stop();
		throw error;
	}
}

/** A database that is missing, or does not start, is left out, in words. */
async function optional(
	starting: Promise<RunningDatabase | undefined>,
	name: string,
	say: (line: string) => void,
): Promise<RunningDatabase | undefined> {
	try {
		const database = await starting;
		if (database === undefined) {
			const { command } = missingPackages(['demo']);
			say(
				`The demo runs without ${name}, which is not on this machine.${command ? ` Get it with: ${command}` : ''}`,
			);
		}
		return database;
	} catch (error) {
		say(`The demo runs without ${name}: ${(error as Error).message}`);
		return undefined;
	}
}

/** The pinned Node under a name of its own. */
function executable(name: string): string {
	const path = join(BIN, name);
	if (existsSync(path)) return path;
	mkdirSync(BIN, { recursive: true });
	try {
		linkSync(nodeBinary, path);
	} catch {
		// Another file system.
		copyFileSync(nodeBinary, path);
	}
	return path;
}
