/** Options of the node agent, from the command line and the environment. */

import { parseArgs } from 'node:util';
import { DEFAULT_EPHEMERAL_PORTS, type PortRange } from './connections/destination-policy.ts';
import { AgentError } from './errors.ts';

export interface AgentOptions {
	listen: { host: string; port: number };
	/** Where each signal is sent; undefined sends nothing. */
	metricsEndpoint: string | undefined;
	logsEndpoint: string | undefined;
	tracesEndpoint: string | undefined;
	profilesEndpoint: string | undefined;
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
	/** Processes that are never reported, beside the agent itself. */
	ownPids: number[];
	/** Where Wasm, BPF objects and the addon lie; undefined is the checkout's `build`. */
	buildDir: string | undefined;
}

interface Option {
	flag: string;
	value: string;
	fallback?: string;
	/** May be given several times; in the environment values are separated by line feeds. */
	multiple?: boolean;
	help: string;
}

/** The environment twin of a flag is its name in capitals, and that with CODEXRAY_ before it, which wins. */
export const AGENT_OPTIONS: readonly Option[] = [
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
		multiple: true,
		help: 'only containers whose id matches one of these',
	},
	{
		flag: 'container-denylist',
		value: 'REGEX',
		multiple: true,
		help: 'no containers whose id matches one of these',
	},
	{ flag: 'own-pids', value: 'PID,...', help: 'processes that are never reported' },
	{ flag: 'build-dir', value: 'DIR', help: 'where the built parts lie' },
];

type Environment = Record<string, string | undefined>;

/** Throws CXR_AGENT_OPTION with a sentence that says what to write instead. */
export function readAgentOptions(argv: string[], env: Environment): AgentOptions {
	const flags = parseFlags(argv);
	const all = (flag: string): string[] => {
		const given = flags.get(flag);
		if (given !== undefined) return given;
		const name = flag.toUpperCase().replaceAll('-', '_');
		const option = AGENT_OPTIONS.find((each) => each.flag === flag);
		// An empty variable means that it is not set, as Kubernetes manifests leave them.
		const text = env[`CODEXRAY_${name}`] || env[name] || option?.fallback;
		if (text === undefined) return [];
		return option?.multiple ? text.split('\n').filter((line) => line.trim() !== '') : [text];
	};
	// Said twice, the last word counts.
	const one = (flag: string): string | undefined => all(flag).at(-1);
	const collector = one('collector-endpoint');
	const endpoint = (signal: string): string | undefined => {
		const own = one(`${signal}-endpoint`);
		if (own !== undefined) return parseUrl(`${signal}-endpoint`, own).href;
		if (collector === undefined) return undefined;
		return new URL(`${parseUrl('collector-endpoint', collector).href.replace(/\/+$/, '')}/v1/${signal}`).href;
	};
	return {
		listen: parseListen(one('listen')!),
		metricsEndpoint: endpoint('metrics'),
		logsEndpoint: endpoint('logs'),
		tracesEndpoint: endpoint('traces'),
		profilesEndpoint: endpoint('profiles'),
		apiKey: one('api-key'),
		apiKeyFile: one('api-key-file'),
		scrapeIntervalMs: parseInterval(one('scrape-interval')!),
		minContainerAgeMs: parseDuration('min-container-age', one('min-container-age')!),
		dataDir: one('wal-dir')!,
		maxSpoolBytes: parseSize(one('max-spool-size')!),
		ephemeralPorts: parsePortRanges(one('ephemeral-port-range')!),
		containerAllowlist: all('container-allowlist').map((text) => parseRegExp('container-allowlist', text)),
		containerDenylist: all('container-denylist').map((text) => parseRegExp('container-denylist', text)),
		ownPids: parsePids(one('own-pids')),
		buildDir: one('build-dir'),
	};
}

/** For `--help`. */
export function describeAgentOptions(): string {
	const left = (option: Option) => `  --${option.flag} ${option.value}`;
	const width = Math.max(...AGENT_OPTIONS.map((option) => left(option).length)) + 2;
	return AGENT_OPTIONS.map((option) => {
		const fallback = option.fallback === undefined ? '' : ` (default ${option.fallback})`;
		const name = option.flag.toUpperCase().replaceAll('-', '_');
		return `${left(option).padEnd(width)}${option.help}${fallback}\n${''.padEnd(width)}CODEXRAY_${name}, ${name}`;
	}).join('\n');
}

function parseFlags(argv: string[]): Map<string, string[]> {
	const options = Object.fromEntries(
		AGENT_OPTIONS.map(({ flag }) => [flag, { type: 'string' as const, multiple: true as const }]),
	);
	try {
		const { values } = parseArgs({ args: argv, options, strict: true, allowPositionals: false });
		return new Map(
			Object.entries(values).filter((entry): entry is [string, string[]] => entry[1] !== undefined),
		);
	} catch (error) {
		throw new AgentError('CXR_AGENT_OPTION', `${(error as Error).message.split('. ')[0]}.`);
	}
}

function wrong(flag: string, text: string, want: string): AgentError {
	return new AgentError('CXR_AGENT_OPTION', `--${flag} ${JSON.stringify(text)}: write ${want}.`);
}

function parseListen(text: string): { host: string; port: number } {
	const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text);
	const port = Number(match?.[3]);
	if (match === null || port > 65_535) throw wrong('listen', text, 'HOST:PORT, for example 127.0.0.1:10300');
	return { host: match[1] ?? (match[2] || '127.0.0.1'), port };
}

function parseUrl(flag: string, text: string): URL {
	const url = URL.canParse(text) ? new URL(text) : undefined;
	if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
		throw wrong(flag, text, 'an http or https URL, for example http://127.0.0.1:8080');
	}
	return url;
}

const DURATION_UNITS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** `15s`, `500ms`, `1m30s`, `0`; milliseconds. */
function parseDuration(flag: string, text: string): number {
	if (text === '0') return 0;
	if (!/^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/.test(text)) {
		throw wrong(flag, text, 'a duration, for example 500ms, 15s or 1m30s');
	}
	let total = 0;
	for (const [, number, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) {
		total += Number(number) * DURATION_UNITS[unit!]!;
	}
	return total;
}

function parseInterval(text: string): number {
	const interval = parseDuration('scrape-interval', text);
	if (interval < 1_000) throw wrong('scrape-interval', text, 'at least 1s');
	return interval;
}

const SIZE_UNITS: Record<string, number> = { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 };

/** `500MB`, `2GiB`, `1048576`; units are powers of 1024. */
function parseSize(text: string): number {
	const match = /^(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?$/i.exec(text);
	const bytes = match === null ? 0 : Math.floor(Number(match[1]) * SIZE_UNITS[match[2]!.toUpperCase()]!);
	// Less holds no request of 5 000 series for sure.
	if (bytes < 1024 ** 2) throw wrong('max-spool-size', text, 'a size of at least 1MB, for example 500MB');
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
				throw wrong('ephemeral-port-range', text, 'FIRST-LAST, for example 32768-60999');
			}
			return { first, last };
		});
}

function parseRegExp(flag: string, text: string): RegExp {
	try {
		return new RegExp(text);
	} catch (error) {
		throw wrong(flag, text, `a regular expression (${(error as Error).message})`);
	}
}

function parsePids(text: string | undefined): number[] {
	return (text ?? '')
		.split(',')
		.filter((part) => part.trim() !== '')
		.map((part) => {
			const pid = Number(part);
			if (!Number.isInteger(pid) || pid <= 0)
				throw wrong('own-pids', text!, 'process ids, for example 12,34');
			return pid;
		});
}
