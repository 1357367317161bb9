/** Options of the server, from the command line and the environment. */

import { join, resolve } from 'node:path';
import { type Option, readOptions } from '../../app/command-line/options.ts';
import {
	parseAddress,
	parseDuration,
	parseSize,
	parseUrl,
	wrongValue,
} from '../../app/command-line/values.ts';
import { buildDir, coreDir, defaultDataDir } from './commands/paths.ts';
import type { ServerOptions } from './server.ts';

/** Which engine holds logs, traces and profiles. */
export const ENGINE_OPTIONS: readonly Option[] = [
	{
		flag: 'clickhouse-url',
		value: 'URL',
		env: ['CODEXRAY_CLICKHOUSE_URL'],
		help: 'ClickHouse for logs, traces and profiles, http://[USER[:PASSWORD]@]HOST:8123 (default the embedded one)',
	},
	{
		flag: 'no-engine',
		env: ['CODEXRAY_NO_ENGINE'],
		help: 'no embedded ClickHouse: without a URL, logs, traces and profiles are off',
	},
];

export const SERVER_OPTIONS: readonly Option[] = [
	{
		flag: 'listen',
		value: 'HOST:PORT',
		env: ['CODEXRAY_LISTEN'],
		fallback: '127.0.0.1:8080',
		help: 'where pages, API and ingestion answer; port 0 is any free one',
	},
	{
		flag: 'data',
		value: 'DIR',
		env: ['CODEXRAY_DATA'],
		fallback: `${defaultDataDir}/server`,
		help: 'where it keeps its data',
	},
	{
		flag: 'host-name',
		value: 'NAME',
		env: ['CODEXRAY_HOST_NAMES'],
		separator: ',',
		help: 'also answers under this name; may be repeated',
	},
	...ENGINE_OPTIONS,
	{
		flag: 'max-signal-spool',
		value: 'SIZE',
		env: ['CODEXRAY_MAX_SIGNAL_SPOOL'],
		fallback: '1GiB',
		help: 'bound of what waits for ClickHouse, for each signal',
	},
	{
		flag: 'flush-interval',
		value: 'DURATION',
		env: ['CODEXRAY_FLUSH_INTERVAL'],
		fallback: '5m',
		help: 'how often new samples are written to the chunk store',
	},
];

const MIN_SPOOL_BYTES = 65_536;

/** Throws UsageError with a sentence that says what to write instead. */
export function readServerOptions(
	args: string[],
	env: Record<string, string | undefined>,
): Omit<ServerOptions, 'log'> {
	const values = readOptions(SERVER_OPTIONS, args, env);
	const flushIntervalMs = parseDuration('flush-interval', values.text('flush-interval'));
	if (flushIntervalMs === 0) throw wrongValue('flush-interval', '0', 'a duration above 0, for example 5m');
	const spool = values.text('max-signal-spool');
	const maxSignalSpoolBytes = parseSize('max-signal-spool', spool);
	if (maxSignalSpoolBytes < MIN_SPOOL_BYTES)
		throw wrongValue('max-signal-spool', spool, `at least ${MIN_SPOOL_BYTES} bytes, for example 1GiB`);
	const clickhouseUrl = values.one('clickhouse-url');
	if (clickhouseUrl !== undefined) parseUrl('clickhouse-url', clickhouseUrl);
	return {
		...(clickhouseUrl === undefined ? {} : { clickhouseUrl }),
		noEngine: values.on('no-engine'),
		maxSignalSpoolBytes,
		flushIntervalMs,
		listen: parseAddress('listen', values.text('listen')),
		dataDir: resolve(values.text('data')),
		hostNames: [...values.all('host-name')],
		webDir: join(buildDir, 'web'),
		coreDir,
	};
}
