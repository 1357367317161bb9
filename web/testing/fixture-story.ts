// A mock: invented data in the shapes of the server's API, for tests and screenshots of the pages only.
import type {
	ApplicationReport,
	ApplicationSummary,
	EdgeSummary,
	RequestStatus,
	ServerStatus,
	ServiceMap,
	Status,
} from '../src/api/types.ts';
import { storyLost, storySource } from './fixture-source.ts';

/** name:type, namespace by namespace. */
const SHOP: Record<string, string> = {
	storefront:
		'web-edge:http storefront-web:http mobile-bff:http catalog:http search:http recommendations:http cart:http pricing:http reviews:http media:http sessions-redis:redis catalog-postgres:postgres search-index:http',
	payments:
		'checkout:http ledger-api:http payment-gateway:http fraud-score:http invoices:http refunds:http ledger-postgres:postgres payments-kafka:kafka',
	platform:
		'ingress-gateway:http identity:http oidc-proxy:http notifications:http email-sender:http feature-flags:http rate-limiter:http audit-sink:http identity-postgres:postgres config:http',
	data: 'events-kafka:kafka stream-ingest:http warehouse-loader:http clickhouse:http reports:http etl-scheduler:http object-store:http ml-features:http features-redis:redis cron-a:http cron-b:http cron-c:http',
	external: 'acquirer.example:443:http mail.example:25:smtp',
};

/** from>to, requests per second (- none seen), p95 in ms, errors in percent. */
const SHOP_LINKS = `ingress-gateway>web-edge 1840 42 .1|ingress-gateway>mobile-bff 960 61 .1|ingress-gateway>oidc-proxy 120 18 0
web-edge>storefront-web 1620 38 .1|storefront-web>catalog 2210 21 0|storefront-web>search 410 88 .2|storefront-web>cart 530 34 0
storefront-web>recommendations 620 74 0|storefront-web>reviews 280 29 0|storefront-web>sessions-redis 3400 .4 0|storefront-web>feature-flags 1600 2.1 0
storefront-web>checkout 61 1900 4.1|mobile-bff>catalog 1130 22 0|mobile-bff>cart 310 35 0|mobile-bff>checkout 38 1860 4.4|mobile-bff>sessions-redis - - -
mobile-bff>identity 210 15 0|catalog>catalog-postgres 1900 4.1 0|catalog>media 700 12 0|catalog>pricing 2900 6.2 0|pricing>feature-flags 900 1.9 0
search>search-index 820 41 0|recommendations>ml-features 610 28 0|recommendations>catalog 590 19 0|cart>sessions-redis - - -|cart>pricing 810 6 0
reviews>catalog-postgres - - -|media>object-store 690 14 0|checkout>ledger-api 97 2410 6.8|checkout>payment-gateway 88 210 .2|checkout>fraud-score 96 64 0
checkout>cart 99 31 0|checkout>identity 98 14 0|checkout>payments-kafka - - -|ledger-api>ledger-postgres 1240 7.2 .2|ledger-api>payments-kafka - - -
ledger-api>audit-sink 910 3.8 0|payment-gateway>acquirer.example:443 86 184 .3|refunds>ledger-api 6.2 2380 6.1|refunds>payment-gateway 4.1 190 0
invoices>ledger-api 11 2440 7.4|invoices>object-store 9.1 22 0|invoices>notifications 10 8 0|fraud-score>features-redis 410 .3 0|fraud-score>ml-features 96 26 0
oidc-proxy>identity 118 14 0|identity>identity-postgres 290 3 0|identity>audit-sink 320 3.1 0|identity>rate-limiter 410 .6 0|notifications>email-sender 31 120 .4
email-sender>mail.example:25 - - -|notifications>identity 29 12 0|feature-flags>config 52 1.2 0|stream-ingest>events-kafka - - -|etl-scheduler>reports .3 40 0
warehouse-loader>clickhouse 17 310 0|warehouse-loader>object-store 22 48 0|reports>clickhouse 0 - -|stream-ingest>ml-features 210 12 0`;

const FIRST: Record<string, string> = {
	_: '/host/wrk:http front:http back:http',
	external: 'updates.example:80:http',
};
const FIRST_LINKS = '/host/wrk>front 2000 6.1 0|front>back 2000 3.2 1.4|front>updates.example:80 .2 48 0';

const TROUBLE: Record<string, [Status, string]> = {
	'ledger-api': ['crit', '6.8 % of requests fail and p95 latency is 2.41 s.'],
	checkout: ['warn', '4.2 % of requests fail, those that need ledger-api.'],
	refunds: ['warn', '3.7 % of requests fail, those that need ledger-api.'],
	invoices: ['warn', '2.7 % of requests fail, those that need ledger-api.'],
	back: ['warn', '1.4 % of requests fail with 5xx.'],
};
const SILENT = new Set(['reports']);
const KINDS: Record<string, string> = { postgres: 'StatefulSet', redis: 'StatefulSet', kafka: 'StatefulSet' };

export type StoryName =
	| 'shop'
	| 'first'
	| 'empty'
	| 'idle'
	| 'large'
	| 'late'
	| 'failing'
	| 'denied'
	| 'off'
	| 'partial'
	| 'slow'
	| 'source'
	| 'source-failing'
	| 'source-away';

/** Numbers that look random and are the same each time. */
export function random(seed: number): () => number {
	let state = seed >>> 0;
	return () => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return state / 4294967296;
	};
}

function makeApplications(spec: Record<string, string>, now: number): ApplicationSummary[] {
	return Object.entries(spec).flatMap(([namespace, text]) =>
		text.split(' ').map((entry): ApplicationSummary => {
			const cut = entry.lastIndexOf(':');
			const name = entry.slice(0, cut);
			const type = entry.slice(cut + 1);
			const external = namespace === 'external';
			const kind = external
				? 'ExternalService'
				: namespace === '_'
					? 'Container'
					: (KINDS[type] ?? 'Deployment');
			const [status, sentence] = TROUBLE[name] ?? ['ok', null];
			const silent = SILENT.has(name);
			return {
				id: external ? `external:external:ExternalService:${name}` : `_:${namespace}:${kind}:${name}`,
				name,
				namespace,
				kind,
				types: type === 'http' ? ['http'] : [type],
				status: silent ? 'unknown' : status,
				sentence,
				instances: external ? 0 : 1 + (name.length % 4),
				requestsPerSecond: null,
				errorRatio: null,
				latencyP50: null,
				latencyP95: null,
				lastSampleAt: silent ? now - 26 * 60_000 : now - 8000,
			};
		}),
	);
}

function makeEdges(text: string, byName: Map<string, ApplicationSummary>, now: number): EdgeSummary[] {
	return text.split(/[|\n]/).map((line) => {
		const [ends, rate, p95, errors] = line.split(' ') as [string, string, string, string];
		const [from, to] = ends.split('>').map((name) => byName.get(name)?.id ?? '') as [string, string];
		const figure = (value: string, factor: number) => (value === '-' ? null : Number(value) * factor);
		const requests = figure(rate, 1);
		return {
			id: `${from}>${to}`,
			from,
			to,
			protocols: requests === null ? [] : [byName.get(ends.split('>')[1] ?? '')?.types[0] ?? 'http'],
			requestsPerSecond: requests,
			errorRatio: figure(errors, 0.01),
			latencyP50: figure(p95, 0.0003),
			latencyP95: figure(p95, 0.001),
			connectsPerSecond: requests === null ? 0.4 : requests / 50,
			failedConnectsPerSecond: 0,
			activeConnections: 20,
			bytesSentPerSecond: (requests ?? 40) * 420,
			bytesReceivedPerSecond: (requests ?? 40) * 2100,
			lastSampleAt: now - 8000,
		};
	});
}

/** What arrives at an application is the sum of its links, or else what it sends; p95 is the worst of them. */
function sumUp(applications: ApplicationSummary[], edges: EdgeSummary[]): void {
	for (const app of applications) {
		if (app.status === 'unknown') continue;
		const links = (end: 'from' | 'to') =>
			edges.filter((edge) => edge[end] === app.id && edge.requestsPerSecond !== null);
		const inbound = links('to').length ? links('to') : links('from');
		if (inbound.length === 0) continue;
		const sum = inbound.reduce((total, edge) => total + (edge.requestsPerSecond ?? 0), 0);
		const failed = inbound.reduce((t, edge) => t + (edge.requestsPerSecond ?? 0) * (edge.errorRatio ?? 0), 0);
		const p95 = inbound.flatMap((edge) => edge.latencyP95 ?? []);
		app.requestsPerSecond = sum;
		app.errorRatio = sum > 0 ? failed / sum : null;
		app.latencyP95 = p95.length ? Math.max(...p95) : null;
		app.latencyP50 = app.latencyP95 === null ? null : app.latencyP95 * 0.3;
	}
}

function makeLarge(): { spec: Record<string, string>; links: string } {
	const next = random(7);
	const spec: Record<string, string> = {};
	const names: string[] = [];
	for (let i = 0; i < 24; i++) {
		const own = Array.from({ length: 10 + Math.floor(next() * 6) }, (_, j) => `svc-${i}-${j}`);
		names.push(...own);
		spec[`team-${String(i).padStart(2, '0')}`] = own.map((name) => `${name}:http`).join(' ');
	}
	const links = new Set<string>();
	names.forEach((from, i) => {
		for (let n = 0; n < 2; n++) {
			const near = next() < 0.85;
			const to =
				names[
					near
						? Math.min(names.length - 1, i + 1 + Math.floor(next() * 5))
						: Math.floor(next() * names.length)
				];
			if (to && to !== from)
				links.add(`${from}>${to} ${Math.round(next() * 900)} ${Math.round(next() * 90)} 0`);
		}
	});
	return { spec, links: [...links].join('|') };
}

export function storyMap(story: StoryName, from: number, to: number, now: number): ServiceMap {
	const base = { from, to, step: 15_000 };
	if (story === 'empty') return { ...base, applications: [], edges: [] };
	const small = story === 'first' || story === 'idle';
	const large = story === 'large' ? makeLarge() : null;
	const applications = makeApplications(large?.spec ?? (small ? FIRST : SHOP), now);
	if (story === 'idle')
		return { ...base, applications: applications.filter((app) => app.namespace !== 'external'), edges: [] };
	const byName = new Map(applications.map((app) => [app.name, app]));
	const edges = makeEdges(large?.links ?? (small ? FIRST_LINKS : SHOP_LINKS), byName, now);
	sumUp(applications, edges);
	return { ...base, applications, edges };
}

export function storyStatus(story: StoryName, now: number): ServerStatus {
	const none = story === 'empty';
	const agent = (node: string, lastSampleAt: number | null) => ({
		node: `${node}-machine`,
		hostname: node,
		kernel: '6.18.5',
		lastSampleAt,
		features: none ? AGENT_FEATURES : [],
	});
	const agents = none
		? [agent('build-7', null)]
		: [agent('pay-1', now - 8000), agent('pay-2', now - (story === 'late' ? 240_000 : 9000))];
	return {
		version: '0.1.0',
		startedAt: now - 9000,
		project: { id: 'default', name: 'default' },
		ingest: {
			lastSampleAt: none ? null : now - 8000,
			series: none ? 0 : 4120,
			samplesPerSecond: none ? 0 : 274,
		},
		metricSource: storySource(story),
		lostMetrics: storyLost(story, now),
		features: ['logs', 'traces', 'profiles'].map((feature) => ({
			...{ feature, ok: true, state: 'works' as const },
			...{ tier: null, reason: null, missing: null, works: null, command: null },
			...(story === 'off' || story === 'partial' ? TROUBLES[story] : {}),
		})),
		agents,
	};
}

/** Why logs, traces and profiles do not work. */
const TROUBLES = {
	off: {
		...{ ok: false, state: 'off' as const },
		reason: 'The optional package chdb is not installed.',
		missing: 'npm packages: chdb',
		works: 'Metrics, the service map and the pages of applications.',
		command: 'npm install --include=optional',
	},
	partial: {
		...{ ok: false, state: 'off' as const },
		reason: 'The embedded ClickHouse is not running: it ended with code 137.',
		works:
			'Metrics, the service map and the pages of applications. What is sent waits on disk until it works again.',
	},
};

/** An agent that may not load what it needs. */
const REFUSED = {
	...{
		ok: false,
		state: 'off' as const,
		tier: null,
		reason: 'load sockets: Operation not permitted (errno 1)',
	},
	missing: 'root, or the capabilities CAP_BPF, CAP_PERFMON, CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH',
	command:
		'sudo /opt/codexray/bin/node /opt/codexray/hosts/node/commands/codexray.js up --data /var/lib/codexray',
};
const AGENT_FEATURES = [
	{
		feature: 'connections',
		...REFUSED,
		works: 'Containers, logs and the metrics of the node; there are no edges.',
	},
	{
		...{ feature: 'processes', ok: true, state: 'works' as const, tier: 'tracepoint', reason: null },
		...{ missing: null, works: null, command: null },
	},
	{
		feature: 'socket-data',
		...REFUSED,
		works: 'Edges, connections and their failures; requests, errors, latencies and spans are missing.',
	},
];
const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, null];

export function storyReport(
	story: StoryName,
	id: string,
	from: number,
	to: number,
	now: number,
): Omit<ApplicationReport, 'resources'> | null {
	const map = storyMap(story, from, to, now);
	const application = map.applications.find((app) => app.id === id);
	if (!application) return null;
	const byId = new Map(map.applications.map((app) => [app.id, app]));
	const neighbours = (key: 'from' | 'to') =>
		map.edges
			.filter((edge) => edge[key === 'from' ? 'to' : 'from'] === id)
			.flatMap((edge) => {
				const other = byId.get(edge[key]);
				return other ? [{ application: other, edge }] : [];
			});
	const clients = neighbours('from');
	const dependencies = neighbours('to');
	const side = clients.some(({ edge }) => edge.requestsPerSecond !== null) ? 'inbound' : 'outbound';
	const rate = application.requestsPerSecond ?? 0;
	const next = random(id.length * 31);
	const step = (to - from) / 120;
	const times = Array.from({ length: 120 }, (_, i) => Math.round(from + (i + 1) * step));
	const gap = (i: number) => i >= 64 && i < 70;
	const bad = (i: number) => application.status === 'crit' && i > 48;
	const wobble = times.map(() => 0.9 + next() * 0.2);
	const errors = (i: number) => (bad(i) ? 0.068 : application.status === 'warn' ? 0.03 : 0);
	const series = (share: (i: number) => number) =>
		times.map((_, i) => (gap(i) || rate === 0 ? null : rate * (wobble[i] as number) * share(i)));
	const database = ['postgres', 'redis'].includes(application.types[0] ?? '');
	const byStatus: { status: RequestStatus; perSecond: (number | null)[] }[] = database
		? [
				{ status: 'ok', perSecond: series((i) => 0.998 - errors(i)) },
				{ status: 'failed', perSecond: series((i) => 0.002 + errors(i)) },
			]
		: [
				{ status: '2xx', perSecond: series((i) => 0.97 - errors(i)) },
				{ status: '4xx', perSecond: series(() => 0.03) },
				{ status: '5xx', perSecond: series(errors) },
			];
	const p95 = application.latencyP95 ?? 0.006;
	const curve = (factor: number) =>
		times.map((_, i) =>
			gap(i) || rate === 0
				? null
				: (bad(i) || application.status !== 'crit' ? p95 : 0.062) * factor * (wobble[i] as number),
		);
	const p50 = curve(0.3);
	const counts = times.map((_, i) =>
		BOUNDS.map((bound, b) => {
			const middle = p50[i];
			if (middle === null || middle === undefined) return null;
			const at = Math.log((bound ?? 20) / middle);
			return Math.round(
				rate * 30 * Math.exp(-((at - 0.3) ** 2) / 1.1) * (0.8 + next() * 0.4) * (b < 12 ? 1 : 0),
			);
		}),
	);
	const totals: Partial<Record<RequestStatus, number>> = {};
	for (const { status, perSecond } of byStatus) {
		const sum = perSecond.reduce<number>((total, value) => total + (value ?? 0) * (step / 1000), 0);
		totals[status] = Math.round(sum);
	}
	return {
		from,
		to,
		step,
		application,
		instances: Array.from({ length: application.instances }, (_, i) => ({
			id: `${id}/${i}`,
			name: `${application.name}-${(7919 * (i + 3)).toString(36)}`,
			node: i % 2 ? 'pay-2' : 'pay-1',
			nodeId: i % 2 ? 'pay-2-machine:pay-2' : 'pay-1-machine:pay-1',
			containerId: `/k8s/${application.namespace}/${application.name}-${i}/main`,
			listens: [`10.1.${i}.7:8080`],
			lastSampleAt: i === 2 ? now - 7 * 60_000 : now - 8000,
		})),
		clients,
		dependencies,
		requests: { side, times, byStatus, totals },
		latency: { times, p50, p95: curve(1), p99: curve(1.6), heatmap: { bounds: BOUNDS, counts } },
	};
}
