// A mock: invented traces in the shapes of the server's API, for tests and screenshots of the pages only.
import type {
	Span,
	Trace,
	TraceHeatmap,
	TraceList,
	TraceServices,
	TraceSummary,
} from '../src/api/trace-types.ts';
import { askedTraceFilters, readTraceFilters } from '../src/traces/trace-filters.ts';

/** Trace number n begins at n * EVERY_MS since the epoch: any range has its traces, the same each time. */
const EVERY_MS = 15_000;
/** Checkouts of the last twenty minutes are slow, and each third fails. */
const TROUBLE_MS = 20 * 60_000;
/** Of so many traces one is a checkout. */
const CHECKOUT = 3;
const KEPT_MS = 24 * 3600e3;
/** Spans that the server gives of a trace that has more. */
const MOST_SPANS = 10_000;
const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, null];
const APPLICATIONS: Record<string, string> = {
	'/k8s/storefront/storefront-web-6f7b/main': '_:storefront:Deployment:storefront-web',
	'/k8s/payments/ledger-api-7c9dz/main': '_:payments:Deployment:ledger-api',
	'/k8s/payments/ledger-postgres-0/main': '_:payments:StatefulSet:ledger-postgres',
};
const [STOREFRONT, LEDGER, POSTGRES] = Object.keys(APPLICATIONS) as [string, string, string];
const STEPS = 60;

export const traceIdOf = (n: number) => `c${n.toString(16).padStart(31, '0')}`;
/** The first trace, or checkout, that begins `age` ms before `now` or earlier. */
export const traceIdBefore = (now: number, age: number) => traceIdOf(Math.floor((now - age) / EVERY_MS));
export const checkoutBefore = (now: number, age: number) =>
	traceIdOf(Math.floor((now - age) / EVERY_MS / CHECKOUT) * CHECKOUT);

interface Work {
	id: number;
	/** 0 for the root. */
	parent: number;
	service: string;
	name: string;
	/** ms since the trace began. */
	at: number;
	took: number;
	failed?: boolean;
	attributes?: Record<string, string>;
}

function spansOf(n: number, now: number): Span[] {
	const begin = n * EVERY_MS;
	if (n % CHECKOUT !== 0)
		return [
			{
				...{ id: 1, parent: 0, service: STOREFRONT, name: 'GET /product/:id', at: 0, took: 12 + (n % 40) },
				attributes: { 'http.route': '/product/:id', 'http.response.status_code': '200' },
			},
		].map((work) => spanOf(n, begin, work));
	const late = begin > now - TROUBLE_MS;
	const took = late ? 1800 + (n % 700) : 40 + (n % 60);
	const failed = late && n % 9 === 0;
	const rows = late ? 24 : 3;
	const works: Work[] = [
		{ ...{ id: 1, parent: 0, service: STOREFRONT, name: 'POST /checkout', at: 0, took }, failed },
		{
			...{ id: 2, parent: 1, service: LEDGER, name: 'POST /v1/entries', at: 6, took: took - 12, failed },
			attributes: { 'http.route': '/v1/entries', 'entry.count': String(rows), tenant: `t${n % 4}` },
		},
		...Array.from({ length: rows }, (_, i) => ({
			...{ id: 3 + i, parent: 2, service: POSTGRES, name: 'INSERT entry' },
			...{ at: 8 + (i * (took - 20)) / rows, took: ((took - 20) / rows) * 0.9 },
			attributes: { 'db.system': 'postgresql' },
		})),
	];
	return works.map((work) => spanOf(n, begin, work));
}

/** A report that asks more often than a trace can hold. */
const longSpans = (n: number): Span[] =>
	Array.from({ length: MOST_SPANS }, (_, i) =>
		spanOf(n, n * EVERY_MS, {
			...{ id: i + 1, parent: i === 0 ? 0 : i <= 100 ? 1 : 2 + (i % 100) },
			...{ service: i % 14 === 0 ? LEDGER : POSTGRES, name: i === 0 ? 'GET /report' : `step ${i}` },
			...{ at: i === 0 ? 0 : (i % 100) * 80, took: i === 0 ? 9000 : i <= 100 ? 900 : 7 },
		}),
	);

function spanOf(n: number, begin: number, work: Work): Span {
	const id = (number: number) => (number === 0 ? '' : (n * 20_000 + number).toString(16).padStart(16, '0'));
	const start = begin + work.at;
	return {
		...{ spanId: id(work.id), parentSpanId: id(work.parent), name: work.name, service: work.service },
		kind: work.service === POSTGRES ? 'client' : 'server',
		start,
		startNs: String(BigInt(Math.round(start * 1000)) * 1000n),
		durationNs: String(Math.round(work.took * 1e6)),
		status: work.failed
			? { code: 'error', message: 'context deadline exceeded' }
			: { code: 'unset', message: '' },
		...{ traceState: '', scope: { name: 'codexray-node-agent', version: '' }, events: [], links: [] },
		attributes: work.attributes ?? {},
		resource: { 'service.name': work.service, 'host.name': 'pay-2' },
	};
}

/** The answer of a route under `/api/traces`, or null where there is none. */
export function storyTraces(
	path: string,
	params: URLSearchParams,
	story: 'empty' | 'large' | 'shop',
	now: number,
): TraceList | TraceHeatmap | TraceServices | Trace | null {
	const from = Number(params.get('from'));
	const to = Number(params.get('to'));
	const id = /^\/api\/traces\/([0-9a-f]{32})$/.exec(path)?.[1];
	if (id) return trace(id, story, now);
	const found = story === 'empty' ? [] : matching(params, from, to, now);
	if (path === '/api/traces') return list(found, params, now);
	if (path === '/api/traces/heatmap') return heatmap(found, from, to);
	if (path === '/api/traces/services') return services(found);
	return null;
}

function trace(traceId: string, story: 'empty' | 'large' | 'shop', now: number): Trace | null {
	const n = Number.parseInt(traceId.slice(1), 16);
	const begin = n * EVERY_MS;
	if (story === 'empty' || traceId !== traceIdOf(n) || begin > now || begin < now - KEPT_MS) return null;
	const truncated = story === 'large';
	return { traceId, truncated, spans: truncated ? longSpans(n) : spansOf(n, now) };
}

interface Found {
	n: number;
	span: Span;
}

/** All spans of the question, newest trace first. */
function matching(params: URLSearchParams, from: number, to: number, now: number): Found[] {
	const asked = new URLSearchParams(params);
	for (const end of ['min', 'max']) asked.set(end, params.get(`${end}Duration`) ?? '');
	if (params.get('root') === 'true') asked.set('root', '1');
	const filters = askedTraceFilters(readTraceFilters(asked, params.get('application')));
	const { application, service, name, status, minDuration, maxDuration, attribute = [], root } = filters;
	const fits = (span: Span) =>
		(!application || APPLICATIONS[span.service] === application) &&
		(!service || span.service === service) &&
		(!name || span.name === name) &&
		(!status || (span.status.code === 'error') === (status === 'error')) &&
		Number(span.durationNs) >= (minDuration ?? 0) * 1e6 &&
		Number(span.durationNs) <= (maxDuration ?? Number.POSITIVE_INFINITY) * 1e6 &&
		(!root || span.parentSpanId === '') &&
		attribute.every((pair) =>
			Object.entries(span.attributes).some(([key, value]) => `${key}=${value}` === pair),
		);
	const found: Found[] = [];
	const oldest = Math.max(from, now - KEPT_MS);
	for (let n = Math.ceil(Math.min(to, now) / EVERY_MS) - 1; n * EVERY_MS >= oldest; n--)
		for (const span of spansOf(n, now)) if (fits(span)) found.push({ n, span });
	return found;
}

function list(found: readonly Found[], params: URLSearchParams, now: number): TraceList {
	const limit = Number(params.get('limit') ?? 100);
	const before = Number(params.get('before') ?? Number.POSITIVE_INFINITY);
	const newest = new Map<number, Span>();
	for (const { n, span } of found) if (n < before && !newest.has(n)) newest.set(n, span);
	const page = [...newest].slice(0, limit);
	return {
		traces: page.map(([n, span]) => summary(n, span, now)),
		next: newest.size > limit ? String(page.at(-1)![0]) : null,
	};
}

function summary(n: number, span: Span, now: number): TraceSummary {
	const all = spansOf(n, now);
	const { spanId, service, name, kind, start, durationNs } = span;
	return {
		...{ traceId: traceIdOf(n), spanId, service, name, kind, start, durationNs, status: span.status.code },
		root: all[0]!,
		spans: all.length,
		errors: all.filter(({ status }) => status.code === 'error').length,
		services: [...new Set(all.map((one) => one.service))],
	};
}

function heatmap(found: readonly Found[], from: number, to: number): TraceHeatmap {
	const step = Math.ceil((to - from) / STEPS);
	const empty = () => Array.from({ length: STEPS }, () => BOUNDS.map(() => 0));
	const [counts, errors] = [empty(), empty()];
	let errorTotal = 0;
	for (const { span } of found) {
		const column = Math.min(STEPS - 1, Math.floor((span.start - from) / step));
		const row = BOUNDS.findIndex((bound) => bound === null || Number(span.durationNs) / 1e9 <= bound);
		counts[column]![row]!++;
		if (span.status.code !== 'error') continue;
		errors[column]![row]!++;
		errorTotal++;
	}
	const times = Array.from({ length: STEPS }, (_, i) => from + (i + 1) * step);
	return { ...{ from, to, step, times, counts, errors }, bounds: BOUNDS, total: found.length, errorTotal };
}

function services(found: readonly Found[]): TraceServices {
	const count = (own: readonly Found[]) => ({
		spans: own.length,
		errors: own.filter(({ span }) => span.status.code === 'error').length,
	});
	return {
		services: [...Map.groupBy(found, ({ span }) => span.service)].map(([service, own]) => ({
			...{ service, application: APPLICATIONS[service] ?? null, ...count(own) },
			names: [...Map.groupBy(own, ({ span }) => span.name)].map(([name, same]) => {
				const seconds = same.map(({ span }) => Number(span.durationNs) / 1e9).sort((a, b) => a - b);
				const at = (part: number) => seconds[Math.floor(seconds.length * part)]!;
				return { name, ...count(same), p50: at(0.5), p95: at(0.95) };
			}),
		})),
	};
}
