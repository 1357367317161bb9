/** Options of a Prometheus-compatible metric source, from the command line and the environment. */

import { readFileSync } from 'node:fs';
import { type Option, type OptionValues, UsageError } from '../../app/command-line/options.ts';
import { parseDuration, parseUrl, wrongValue } from '../../app/command-line/values.ts';
import type { MetricSourceSettings } from '../../app/server/prometheus-source/metric-source.ts';
import { SOURCE_KINDS, type SourceKind } from '../../app/server/prometheus-source/prometheus-source.ts';
import type { SourceTls } from './source-http.ts';

export const METRIC_SOURCE_OPTIONS: readonly Option[] = [
	{
		flag: 'prometheus-url',
		value: 'URL',
		env: ['CODEXRAY_PROMETHEUS_URL'],
		help: 'copies metrics from this Prometheus, VictoriaMetrics, Thanos or Mimir, http://[USER[:PASSWORD]@]HOST:9090 (default: what is pushed here)',
	},
	{
		flag: 'prometheus-remote-write-url',
		value: 'URL',
		env: ['CODEXRAY_PROMETHEUS_REMOTE_WRITE_URL'],
		help: 'where pushed metrics are forwarded to (default --prometheus-url with /api/v1/write)',
	},
	{
		flag: 'prometheus-kind',
		value: 'KIND',
		env: ['CODEXRAY_PROMETHEUS_KIND'],
		fallback: 'auto',
		help: `how it is read: auto, ${SOURCE_KINDS.join(', ')}`,
	},
	{
		flag: 'prometheus-refresh-interval',
		value: 'DURATION',
		env: ['CODEXRAY_PROMETHEUS_REFRESH_INTERVAL'],
		fallback: '30s',
		help: 'how often new samples are copied',
	},
	{
		flag: 'prometheus-header',
		value: 'NAME=VALUE',
		env: ['CODEXRAY_PROMETHEUS_CUSTOM_HEADERS'],
		separator: ',',
		help: 'sent with each request, for example X-Scope-OrgID=team; may be repeated',
	},
	{
		flag: 'prometheus-parameter',
		value: 'NAME=VALUE',
		env: ['CODEXRAY_PROMETHEUS_PARAMETERS'],
		separator: ',',
		help: 'added to each question, for example dedup=true or max_source_resolution=0s of Thanos; may be repeated',
	},
	{
		flag: 'prometheus-token-file',
		value: 'FILE',
		env: ['CODEXRAY_PROMETHEUS_TOKEN_FILE'],
		help: 'holds a bearer token for it',
	},
	{
		flag: 'prometheus-ca-file',
		value: 'FILE',
		env: ['CODEXRAY_PROMETHEUS_CA_FILE'],
		help: 'certificates (PEM) by which it is known',
	},
	{
		flag: 'prometheus-tls-skip-verify',
		env: ['CODEXRAY_PROMETHEUS_TLS_SKIP_VERIFY'],
		help: 'takes any certificate of it',
	},
];

export interface MetricSourceOptions {
	settings: MetricSourceSettings;
	tls: SourceTls;
}

/** Undefined without a URL. Throws UsageError. */
export function readMetricSource(values: OptionValues): MetricSourceOptions | undefined {
	const url = values.one('prometheus-url');
	if (url === undefined) return undefined;
	parseUrl('prometheus-url', url);
	const remoteWriteUrl = values.one('prometheus-remote-write-url');
	if (remoteWriteUrl !== undefined) parseUrl('prometheus-remote-write-url', remoteWriteUrl);
	const given = values.text('prometheus-kind');
	const kind = SOURCE_KINDS.find((each) => each === given) ?? null;
	if (kind === null && given !== 'auto')
		throw wrongValue('prometheus-kind', given, `auto, ${SOURCE_KINDS.join(', ')}`);
	const interval = values.text('prometheus-refresh-interval');
	const intervalMs = parseDuration('prometheus-refresh-interval', interval);
	if (intervalMs < 1_000) throw wrongValue('prometheus-refresh-interval', interval, 'at least 1s');
	const headers = pairs('prometheus-header', values.all('prometheus-header'));
	for (const [name, value] of Object.entries(headers))
		if (!/^[!#$%&'*+.^_`|~\w-]+$/.test(name) || /[^\t\x20-\x7e\x80-\xff]/.test(value))
			throw new UsageError(`--prometheus-header: ${JSON.stringify(name)} or its value is no HTTP header`);
	const tokenFile = values.one('prometheus-token-file');
	if (tokenFile !== undefined)
		headers.Authorization = `Bearer ${textOf('prometheus-token-file', tokenFile).trim()}`;
	const caFile = values.one('prometheus-ca-file');
	return {
		settings: {
			url,
			...(remoteWriteUrl === undefined ? {} : { remoteWriteUrl }),
			headers,
			parameters: pairs('prometheus-parameter', values.all('prometheus-parameter')),
			kind: kind as SourceKind | null,
			intervalMs,
		},
		tls: {
			...(caFile === undefined ? {} : { ca: textOf('prometheus-ca-file', caFile) }),
			skipVerify: values.on('prometheus-tls-skip-verify'),
		},
	};
}

/** Values may be secrets: messages do not show them. */
function pairs(flag: string, texts: readonly string[]): Record<string, string> {
	const out: Record<string, string> = {};
	for (const text of texts) {
		const at = text.indexOf('=');
		if (at < 1) throw new UsageError(`--${flag}: write NAME=VALUE`);
		out[text.slice(0, at).trim()] = text.slice(at + 1).trim();
	}
	return out;
}

function textOf(flag: string, file: string): string {
	try {
		return readFileSync(file, 'utf8');
	} catch (e) {
		throw new UsageError(`--${flag}: ${(e as Error).message}`);
	}
}
