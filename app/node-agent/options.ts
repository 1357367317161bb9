/** Options of the node agent, from the command line and the environment. */

import { describeOptions, type Option, readOptions, UsageError } from '../command-line/options.ts';
import {
	parseAddress,
	parseDuration,
	parseRegExp,
	parseSize,
	parseUrl,
	wrongValue,
} from '../command-line/values.ts';
import { DEFAULT_EPHEMERAL_PORTS, type PortRange } from './connections/destination-policy.ts';
import {
	optionVariables,
	RUNTIME_OPTIONS,
	type RuntimePlaces,
	runtimePlaces,
} from './containers/runtime-options.ts';
import { AgentError } from './errors.ts';
import type { CloudOverrides } from './node/cloud/cloud-metadata.ts';

export interface AgentOptions {
	listen: { host: string; port: number };
	/** Where each signal is sent; undefined sends nothing. */
	metricsEndpoint: string | undefined;
	logsEndpoint: string | undefined;
	tracesEndpoint: string | undefined;
	profilesEndpoint: string | undefined;
	/** No logs are read. */
	disableLogParsing: boolean;
	/** Messages that are JSON objects stay as they are. */
	disableJsonLogParsing: boolean;
	/** Patterns of one log and severity that are told apart. */
	logPatternsPerContainer: number;
	/** Share of the exchanges that become spans, 0 to 1. */
	tracesSampling: number;
	apiKey: string | undefined;
	/** File that holds the key; wins over nothing, loses to `apiKey`. */
	apiKeyFile: string | undefined;
	scrapeIntervalMs: number;
	/** 0 reports containers at once. */
	minContainerAgeMs: number;
	/** Where the spool and the agent's own id lie. */
	dataDir: string;
	maxSpoolBytes: number;
	ephemeralPorts: PortRange[];
	containerAllowlist: RegExp[];
	containerDenylist: RegExp[];
	disableProfiling: boolean;
	profileIntervalMs: number;
	/** Share of a profile below which branches of its call tree are cut, 0 to 1. */
	profilesPruneShare: number;
	/** The kernel does not time BPF programs. */
	disableBpfStats: boolean;
	/** Where the node's cgroups are mounted. */
	cgroupRoot: string;
	/** Where runtimes answer what their containers are called. */
	runtimePlaces: RuntimePlaces;
	/** What is said of the node instead of what its cloud says. */
	cloud: CloudOverrides;
	/** Processes that are never reported, beside the agent itself. */
	ownPids: number[];
	/** Where Wasm, BPF objects and the addon lie; undefined is the checkout's `build`. */
	buildDir: string | undefined;
}

type AgentOption = Omit<Option, 'env'>;

/** The environment twin of a flag is its name in capitals, and that with CODEXRAY_ before it, which wins. */
const OPTIONS: readonly AgentOption[] = [
	{
		flag: 'listen',
		value: 'HOST:PORT',
		fallback: '127.0.0.1:10300',
		help: 'where /metrics and /healthz answer; port 0 is any free one',
	},
	{ flag: 'collector-endpoint', value: 'URL', help: 'the server; metrics go to its /v1/metrics, and so on' },
	{
		flag: 'metrics-endpoint',
		value: 'URL',
		help: 'a whole remote-write URL, instead of --collector-endpoint',
	},
	{ flag: 'logs-endpoint', value: 'URL', help: 'a whole OTLP URL for logs, instead of --collector-endpoint' },
	{
		flag: 'traces-endpoint',
		value: 'URL',
		help: 'a whole OTLP URL for traces, instead of --collector-endpoint',
	},
	{
		flag: 'profiles-endpoint',
		value: 'URL',
		help: 'a whole URL for profiles, instead of --collector-endpoint',
	},
	{ flag: 'disable-log-parsing', help: 'reads no logs' },
	{ flag: 'disable-json-log-parsing', help: 'messages that are JSON objects stay as they are' },
	{
		flag: 'log-patterns-per-container',
		value: 'COUNT',
		fallback: '256',
		help: 'patterns of one log and severity that are told apart, at most 1024',
	},
	{
		flag: 'traces-sampling',
		value: 'SHARE',
		fallback: '1',
		help: 'share of the requests without a traceparent that become spans, 0 to 1',
	},
	{ flag: 'api-key', value: 'KEY', help: 'sent as X-Api-Key; better in a file or the environment' },
	{ flag: 'api-key-file', value: 'FILE', help: 'file that holds the key' },
	{ flag: 'scrape-interval', value: 'DURATION', fallback: '15s', help: 'how often metrics are sent' },
	{
		flag: 'min-container-age',
		value: 'DURATION',
		fallback: '30s',
		help: 'containers younger than this are not reported yet; 0 reports all',
	},
	{
		flag: 'wal-dir',
		value: 'DIR',
		fallback: '/var/lib/codexray/node-agent',
		help: 'where what is not sent yet is kept',
	},
	{ flag: 'max-spool-size', value: 'SIZE', fallback: '500MB', help: 'bound of what is kept' },
	{
		flag: 'ephemeral-port-range',
		value: 'FIRST-LAST',
		fallback: `${DEFAULT_EPHEMERAL_PORTS.first}-${DEFAULT_EPHEMERAL_PORTS.last}`,
		help: 'destinations with these ports are not reported, unless a socket of this node listens there',
	},
	{
		flag: 'container-allowlist',
		value: 'REGEX',
		separator: '\n',
		help: 'only containers whose id matches one of these',
	},
	{
		flag: 'container-denylist',
		value: 'REGEX',
		separator: '\n',
		help: 'no containers whose id matches one of these',
	},
	{ flag: 'disable-profiling', help: 'no CPU profiles' },
	{ flag: 'profile-interval', value: 'DURATION', fallback: '60s', help: 'how often CPU profiles are sent' },
	{
		flag: 'profiles-prune-fraction',
		value: 'SHARE',
		fallback: '0.0025',
		help: 'call tree branches below this share of a profile are cut; 0 keeps all',
	},
	{
		flag: 'disable-bpf-stats',
		help: 'BPF programs are not timed; timing, for 1 s of 15, costs some 20 to 40 ns a run, of all programs of the node',
	},
	{
		flag: 'cgroupfs-root',
		value: 'DIR',
		fallback: '/sys/fs/cgroup',
		help: 'where the cgroups of the node are mounted',
	},
	...RUNTIME_OPTIONS,
	{ flag: 'provider', value: 'NAME', help: 'cloud that the node is in, instead of what it finds' },
	{ flag: 'region', value: 'NAME', help: 'region of the node, instead of what the cloud says' },
	{ flag: 'availability-zone', value: 'NAME', help: 'zone of the node, instead of what the cloud says' },
	{ flag: 'instance-type', value: 'NAME', help: 'type of the node, instead of what the cloud says' },
	{
		flag: 'instance-life-cycle',
		value: 'NAME',
		help: 'on-demand, spot or the like, instead of what the cloud says',
	},
	{ flag: 'own-pids', value: 'PID,...', help: 'processes that are never reported' },
	{ flag: 'build-dir', value: 'DIR', help: 'where the built parts lie' },
];

const TABLE: readonly Option[] = OPTIONS.map((option) => ({ ...option, env: optionVariables(option.flag) }));

/** Throws CXR_AGENT_OPTION with a sentence that says what to write instead. */
export function readAgentOptions(argv: string[], env: Record<string, string | undefined>): AgentOptions {
	try {
		return read(argv, env);
	} catch (error) {
		if (!(error instanceof UsageError)) throw error;
		throw new AgentError('CXR_AGENT_OPTION', `${error.message}.`, { cause: error });
	}
}

function read(argv: string[], env: Record<string, string | undefined>): AgentOptions {
	const values = readOptions(TABLE, argv, env);
	const collector = values.one('collector-endpoint');
	const endpoint = (signal: string): string | undefined => {
		const own = values.one(`${signal}-endpoint`);
		if (own !== undefined) return parseUrl(`${signal}-endpoint`, own).href;
		if (collector === undefined) return undefined;
		return new URL(`${parseUrl('collector-endpoint', collector).href.replace(/\/+$/, '')}/v1/${signal}`).href;
	};
	return {
		listen: parseAddress('listen', values.text('listen')),
		metricsEndpoint: endpoint('metrics'),
		logsEndpoint: endpoint('logs'),
		tracesEndpoint: endpoint('traces'),
		profilesEndpoint: endpoint('profiles'),
		disableLogParsing: values.on('disable-log-parsing'),
		disableJsonLogParsing: values.on('disable-json-log-parsing'),
		logPatternsPerContainer: parseCount(
			'log-patterns-per-container',
			values.text('log-patterns-per-container'),
		),
		tracesSampling: parseSampling(values.text('traces-sampling')),
		apiKey: values.one('api-key'),
		apiKeyFile: values.one('api-key-file'),
		scrapeIntervalMs: parseInterval('scrape-interval', values.text('scrape-interval')),
		minContainerAgeMs: parseDuration('min-container-age', values.text('min-container-age')),
		dataDir: values.text('wal-dir'),
		maxSpoolBytes: parseSpoolSize(values.text('max-spool-size')),
		ephemeralPorts: parsePortRanges(values.text('ephemeral-port-range')),
		containerAllowlist: values
			.all('container-allowlist')
			.map((text) => parseRegExp('container-allowlist', text)),
		containerDenylist: values
			.all('container-denylist')
			.map((text) => parseRegExp('container-denylist', text)),
		disableProfiling: values.on('disable-profiling'),
		profileIntervalMs: parseInterval('profile-interval', values.text('profile-interval')),
		profilesPruneShare: parseShare('profiles-prune-fraction', values.text('profiles-prune-fraction')),
		disableBpfStats: values.on('disable-bpf-stats'),
		cgroupRoot: values.text('cgroupfs-root'),
		runtimePlaces: runtimePlaces(values),
		cloud: cloudOverrides({
			provider: values.one('provider'),
			region: values.one('region'),
			availabilityZone: values.one('availability-zone'),
			instanceType: values.one('instance-type'),
			lifeCycle: values.one('instance-life-cycle'),
		}),
		ownPids: parsePids(values.one('own-pids')),
		buildDir: values.one('build-dir'),
	};
}

/** For `--help`. */
export function describeAgentOptions(): string {
	return describeOptions(TABLE);
}

function parseCount(flag: string, text: string): number {
	const count = Number(text);
	if (!/^\d+$/.test(text) || count < 1 || count > 1024)
		throw wrongValue(flag, text, 'a number from 1 to 1024');
	return count;
}

/** As the parent system has it, what lies outside means all. */
function parseSampling(text: string): number {
	const share = Number(text);
	if (text.trim() === '' || Number.isNaN(share))
		throw wrongValue('traces-sampling', text, 'a number from 0 to 1');
	return share < 0 || share > 1 ? 1 : share;
}

function parseInterval(flag: string, text: string): number {
	const interval = parseDuration(flag, text);
	if (interval < 1_000) throw wrongValue(flag, text, 'at least 1s');
	return interval;
}

function parseShare(flag: string, text: string): number {
	const share = text.trim() === '' ? Number.NaN : Number(text);
	if (!(share >= 0 && share <= 1)) throw wrongValue(flag, text, 'a number from 0 to 1');
	return share;
}

function parseSpoolSize(text: string): number {
	const bytes = parseSize('max-spool-size', text);
	// Less holds no request of 5 000 series for sure.
	if (bytes < 1024 ** 2)
		throw wrongValue('max-spool-size', text, 'a size of at least 1MB, for example 500MB');
	return bytes;
}

/** One range or several, separated by blanks or commas. */
function parsePortRanges(text: string): PortRange[] {
	return text
		.split(/[\s,]+/)
		.filter((part) => part !== '')
		.map((part) => {
			const match = /^(\d{1,5})-(\d{1,5})$/.exec(part);
			const [first, last] = [Number(match?.[1]), Number(match?.[2])];
			if (match === null || first > last || last > 65_535) {
				throw wrongValue('ephemeral-port-range', text, 'FIRST-LAST, for example 32768-60999');
			}
			return { first, last };
		});
}

/** Only those that were set: others must not hide what the cloud says. */
function cloudOverrides(given: { [Fact in keyof CloudOverrides]: string | undefined }): CloudOverrides {
	return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

function parsePids(text: string | undefined): number[] {
	return (text ?? '')
		.split(',')
		.filter((part) => part.trim() !== '')
		.map((part) => {
			const pid = Number(part);
			if (!Number.isInteger(pid) || pid <= 0)
				throw wrongValue('own-pids', text!, 'process ids, for example 12,34');
			return pid;
		});
}
