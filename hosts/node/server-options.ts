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
import { METRIC_SOURCE_OPTIONS, readMetricSource } from './metric-source-options.ts';
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
	...METRIC_SOURCE_OPTIONS,
	{
		flag: 'max-signal-spool',
		value: 'SIZE',
		env: ['CODEXRAY_MAX_SIGNAL_SPOOL'],
		fallback: '1GiB',
		help: 'bound of what waits for ClickHouse, for each signal',
	},
	{
		flag: 'max-series',
		value: 'N',
		env: ['CODEXRAY_MAX_SERIES'],
		fallback: '1000000',
		help: 'series of metrics that are kept; new ones beyond are refused and counted',
	},
	{
		flag: 'flush-interval',
		value: 'DURATION',
		env: ['CODEXRAY_FLUSH_INTERVAL'],
		fallback: '5m',
		help: 'how often new samples are written to the chunk store',
	},
	{
		flag: 'metrics-store',
		value: 'duckdb|clickhouse',
		env: ['CODEXRAY_METRICS_STORE'],
		fallback: 'duckdb',
		help: 'where samples are kept: in files of the data directory, or in the ClickHouse that has logs and traces',
	},
	{
		flag: 'metrics-retention',
		value: 'DURATION',
		env: ['CODEXRAY_METRICS_RETENTION'],
		fallback: '15d',
		help: 'how long samples are kept; off: for ever, and samples of any time since 1970 are taken',
	},
	{
		flag: 'metrics-max-size',
		value: 'SIZE',
		env: ['CODEXRAY_METRICS_MAX_SIZE'],
		help: 'the oldest days of metrics go when they take up more (default no bound)',
	},
];

/** A shorter one would drop hours that are not merged yet. */
const MIN_RETENTION_MS = 2 * 3_600_000;
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
	const retention = values.text('metrics-retention');
	const metricsRetentionMs = retention === 'off' ? null : parseDuration('metrics-retention', retention);
	if (metricsRetentionMs !== null && metricsRetentionMs < MIN_RETENTION_MS)
		throw wrongValue('metrics-retention', retention, 'at least 2h, or off');
	const maxSize = values.one('metrics-max-size');
	const metricsMaxBytes = maxSize === undefined ? null : parseSize('metrics-max-size', maxSize);
	if (metricsMaxBytes === 0) throw wrongValue('metrics-max-size', '0', 'a size above 0, for example 50GiB');
	const metricsStore = values.text('metrics-store');
	if (metricsStore !== 'duckdb' && metricsStore !== 'clickhouse')
		throw wrongValue('metrics-store', metricsStore, 'duckdb or clickhouse');
	const series = values.text('max-series');
	if (!/^[1-9][0-9]{0,7}$/.test(series))
		throw wrongValue('max-series', series, 'a whole number from 1 to 99999999, for example 1000000');
	const clickhouseUrl = values.one('clickhouse-url');
	if (clickhouseUrl !== undefined) parseUrl('clickhouse-url', clickhouseUrl);
	const metricSource = readMetricSource(values);
	return {
		...(metricSource === undefined ? {} : { metricSource }),
		...(clickhouseUrl === undefined ? {} : { clickhouseUrl }),
		noEngine: values.on('no-engine'),
		maxSignalSpoolBytes,
		metricsStore,
		maxSeries: Number(series),
		flushIntervalMs,
		metricsRetentionMs,
		metricsMaxBytes,
		listen: parseAddress('listen', values.text('listen')),
		dataDir: resolve(values.text('data')),
		hostNames: [...values.all('host-name')],
		webDir: join(buildDir, 'web'),
		coreDir,
	};
}
