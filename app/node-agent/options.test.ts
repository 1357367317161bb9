import { describe, expect, test } from 'vitest';
import { describeAgentOptions, readAgentOptions } from './options.ts';

test('defaults', () => {
	expect(readAgentOptions([], {})).toEqual({
		listen: { host: '127.0.0.1', port: 10300 },
		metricsEndpoint: undefined,
		logsEndpoint: undefined,
		tracesEndpoint: undefined,
		disableLogParsing: false,
		disableJsonLogParsing: false,
		logPatternsPerContainer: 256,
		tracesSampling: 1,
		profilesEndpoint: undefined,
		apiKey: undefined,
		apiKeyFile: undefined,
		scrapeIntervalMs: 15_000,
		minContainerAgeMs: 30_000,
		dataDir: '/var/lib/codexray/node-agent',
		maxSpoolBytes: 500 * 1024 * 1024,
		ephemeralPorts: [{ first: 32_768, last: 60_999 }],
		containerAllowlist: [],
		containerDenylist: [],
		disableProfiling: false,
		disableBpfStats: false,
		profileIntervalMs: 60_000,
		profilesPruneShare: 0.0025,
		cgroupRoot: '/sys/fs/cgroup',
		runtimePlaces: {
			...{ docker: undefined, containerd: undefined, crio: undefined },
			...{ podman: undefined, podmanRoot: undefined },
		},
		cloud: {},
		ownPids: [],
		buildDir: undefined,
	});
});

test('a flag wins over CODEXRAY_NAME, that over NAME', () => {
	const env = { SCRAPE_INTERVAL: '1m', CODEXRAY_SCRAPE_INTERVAL: '30s', LISTEN: ':9000' };
	expect(readAgentOptions([], env)).toMatchObject({
		scrapeIntervalMs: 30_000,
		listen: { host: '127.0.0.1', port: 9000 },
	});
	expect(readAgentOptions(['--scrape-interval', '5s'], env).scrapeIntervalMs).toBe(5_000);
	expect(readAgentOptions([], { CODEXRAY_LISTEN: '', LISTEN: '[::1]:0' }).listen).toEqual({
		host: '::1',
		port: 0,
	});
});

test('the collector endpoint is a base, the metrics endpoint is not', () => {
	const endpoint = (env: Record<string, string>) => readAgentOptions([], env).metricsEndpoint;
	expect(endpoint({ COLLECTOR_ENDPOINT: 'http://a:80/' })).toBe('http://a/v1/metrics');
	expect(endpoint({ COLLECTOR_ENDPOINT: 'https://a/base' })).toBe('https://a/base/v1/metrics');
	const both = { COLLECTOR_ENDPOINT: 'http://a', METRICS_ENDPOINT: 'http://b/api/v1/write' };
	expect(endpoint(both)).toBe('http://b/api/v1/write');
});

test('lists: a flag several times, or lines in the environment', () => {
	const flags = ['--container-denylist', '^/a', '--container-denylist', '^/b'];
	expect(readAgentOptions(flags, {}).containerDenylist).toEqual([/^\/a/, /^\/b/]);
	expect(readAgentOptions([], { CONTAINER_ALLOWLIST: '^/a\n\n^/b' }).containerAllowlist).toEqual([
		/^\/a/,
		/^\/b/,
	]);
	expect(readAgentOptions(['--own-pids', '1,2'], {}).ownPids).toEqual([1, 2]);
	expect(readAgentOptions([], { EPHEMERAL_PORT_RANGE: '1-2, 4-5' }).ephemeralPorts).toEqual([
		{ first: 1, last: 2 },
		{ first: 4, last: 5 },
	]);
});

test('what is said of the node by hand, and nothing else, overrides its cloud', () => {
	const argv = ['--provider', 'Mine', '--availability-zone', 'rack-1', '--instance-life-cycle', 'on-demand'];
	expect(readAgentOptions(argv, { REGION: 'home', INSTANCE_TYPE: 'big' }).cloud).toEqual({
		provider: 'Mine',
		region: 'home',
		availabilityZone: 'rack-1',
		instanceType: 'big',
		lifeCycle: 'on-demand',
	});
});

describe('what cannot be used is told in words', () => {
	test.each([
		[['--listen', '10300'], 'HOST:PORT'],
		[['--listen', 'a:99999'], 'HOST:PORT'],
		[['--collector-endpoint', 'a:80'], 'http or https'],
		[['--scrape-interval', '15'], 'a duration'],
		[['--scrape-interval', '10ms'], 'at least 1s'],
		[['--max-spool-size', '10'], 'at least 1MB'],
		[['--ephemeral-port-range', '5-1'], 'FIRST-LAST'],
		[['--container-denylist', '('], 'regular expression'],
		[['--own-pids', 'x'], 'process ids'],
		[['--nonsense'], '--nonsense'],
		[['word'], 'word'],
	])('%j', (argv, words) => {
		expect(() => readAgentOptions(argv, {})).toThrow(words);
		expect(() => readAgentOptions(argv, {})).toThrow('CXR_AGENT_OPTION');
	});
});

test('help names every option and its variable', () => {
	expect(describeAgentOptions()).toContain('CODEXRAY_MIN_CONTAINER_AGE, MIN_CONTAINER_AGE');
});
