// A mock: invented log lines in the shapes of the server's API, for tests and screenshots of the pages only.
import type {
	LogFilters,
	LogHistogram,
	LogList,
	LogPatterns,
	LogRecord,
	LogServices,
	Severity,
} from '../src/api/log-types.ts';
import { isLevel, LEVELS, SEVERITIES, severityOf } from '../src/logs/severity.ts';

interface Template {
	severity: number;
	service: string;
	body: (n: number) => string;
	/** Only in the last third of the hour. */
	late?: boolean;
}

const SERVICES: Record<string, string> = {
	'/k8s/payments/ledger-api-7c9dz/main': '_:payments:Deployment:ledger-api',
	'/k8s/payments/ledger-api-7c9df/main': '_:payments:Deployment:ledger-api',
	'/k8s/payments/checkout-5d8f/main': '_:payments:Deployment:checkout',
};
const [LEDGER, LEDGER_2, CHECKOUT] = Object.keys(SERVICES) as [string, string, string];

const TEMPLATES: Template[] = [
	{
		severity: 9,
		service: LEDGER,
		body: (n) => `entry posted journal=J${800000 + n} amount=${(n % 900) + 0.38} EUR in ${n % 400}ms`,
	},
	{
		severity: 9,
		service: LEDGER_2,
		body: (n) => `GET /v1/accounts/acc_${n.toString(16)}/balance 200 ${n % 90}ms`,
	},
	{ severity: 9, service: CHECKOUT, body: (n) => `\x1b[32mINFO\x1b[0m order ${n} accepted` },
	{
		severity: 5,
		service: LEDGER,
		body: (n) => `pool: acquired connection ${n % 20} of 20 after ${n % 1900}ms`,
	},
	{
		severity: 13,
		service: LEDGER_2,
		body: (n) => `retrying write to ledger-postgres, attempt ${(n % 3) + 1} of 3`,
	},
	{
		severity: 17,
		service: LEDGER,
		late: true,
		body: (n) =>
			`posting entry failed: context deadline exceeded after 2.0s (journal=J${800000 + n}, account=acc_${n.toString(16)})`,
	},
	{
		severity: 21,
		service: LEDGER_2,
		late: true,
		body: (n) =>
			`panic: journal ${n} is sealed\n\ngoroutine ${n} [running]:\nledger/journal.(*Writer).Append(0xc000${n}, 0x1f)\n\t/src/ledger/journal/writer.go:218 +0x1d4\nmain.main()\n\t/src/ledger/main.go:44 +0x8c`,
	},
	{ severity: 0, service: CHECKOUT, body: (n) => `Listening on :${8000 + (n % 2)}` },
];

const hex = (n: number, digits: number) =>
	((n * 2654435761) >>> 0).toString(16).padStart(8, '0').repeat(4).slice(0, digits);

/** Line number n is at n * EVERY_MS since the epoch: any range has its lines, the same each time. */
const EVERY_MS = 350;

function lineAt(n: number, newest: number): LogRecord {
	const late = n * EVERY_MS > newest - 20 * 60_000;
	const wanted = TEMPLATES[
		[0, 1, 2, 0, 1, 3, 0, 4, 1, 5, 2, 0, 1, 5, 3, 0, n % 23 === 0 ? 6 : 1, n % 7 === 0 ? 7 : 0][
			n % 18
		] as number
	] as Template;
	const template = wanted.late && !late ? (TEMPLATES[0] as Template) : wanted;
	const traced = template.severity >= 13 || n % 3 === 0;
	return {
		id: n.toString(36),
		time: n * EVERY_MS,
		timeNs: `${n * EVERY_MS}000000`,
		severityNumber: template.severity,
		severityText: template.severity ? severityOf(template.severity).toUpperCase() : '',
		service: template.service,
		body: template.body(n % 100_000),
		traceId: traced ? hex(n, 32) : '',
		spanId: traced ? hex(n, 16) : '',
		eventName: '',
		patternHash: template.severity ? hex(TEMPLATES.indexOf(template) + 1, 32) : '',
		scope: { name: '', version: '' },
		attributes: {
			'log.iostream': template.severity >= 17 ? 'stderr' : 'stdout',
			journal: `J${800000 + (n % 100_000)}`,
		},
		resource: { 'service.name': template.service, 'container.id': template.service, 'host.name': 'pay-2' },
	};
}

function fits(line: LogRecord, filters: LogFilters): boolean {
	const least = filters.severity ? LEVELS.indexOf(filters.severity) * 4 + 1 : 0;
	const words = (filters.text ?? '').toLowerCase().split(/\s+/).filter(Boolean);
	const all: Record<string, string> = { ...line.resource, ...line.attributes };
	return (
		line.severityNumber >= least &&
		(!filters.service || line.service === filters.service) &&
		(!filters.application || SERVICES[line.service] === filters.application) &&
		(!filters.pattern || line.patternHash === filters.pattern) &&
		(!filters.traceId || line.traceId === filters.traceId) &&
		words.every((word) => line.body.toLowerCase().includes(word)) &&
		(filters.attribute ?? []).every((pair) => {
			const cut = pair.indexOf('=');
			return all[pair.slice(0, cut)] === pair.slice(cut + 1);
		})
	);
}

/** All lines of the question, newest first. */
function* linesOf(from: number, to: number, now: number, filters: LogFilters): Generator<LogRecord> {
	for (let n = Math.ceil(Math.min(to, now) / EVERY_MS) - 1; n * EVERY_MS >= from; n--) {
		const line = lineAt(n, now);
		if (fits(line, filters)) yield line;
	}
}

/** The answer of a route under `/api/logs`, or null where there is none. */
export function storyLogs(path: string, params: URLSearchParams, empty: boolean, now: number): unknown {
	const from = Number(params.get('from'));
	const to = Number(params.get('to'));
	const severity = params.get('severity');
	const filters: LogFilters = {
		application: params.get('application'),
		service: params.get('service'),
		severity: isLevel(severity) ? severity : null,
		text: params.get('text'),
		pattern: params.get('pattern'),
		traceId: params.get('traceId'),
		attribute: params.getAll('attribute'),
	};
	const lines = () => (empty ? [] : linesOf(from, to, now, filters));
	if (path === '/api/logs') return list(lines(), from, to, params);
	if (path === '/api/logs/histogram') return histogram(lines(), from, to);
	if (path === '/api/logs/patterns') return patterns(lines(), from, to);
	if (path === '/api/logs/services') return services(lines());
	return null;
}

function list(lines: Iterable<LogRecord>, from: number, to: number, params: URLSearchParams): LogList {
	const limit = Number(params.get('limit') ?? 100);
	const before = Number.parseInt(params.get('before') ?? '', 36);
	const logs: LogRecord[] = [];
	for (const line of lines) {
		if (Number.isFinite(before) && Number.parseInt(line.id, 36) >= before) continue;
		logs.push(line);
		if (logs.length === limit) return { from, to, logs, next: line.id };
	}
	return { from, to, logs, next: null };
}

function steps(from: number, to: number, most: number) {
	const step = Math.max(1000, Math.ceil((to - from) / most / 1000) * 1000);
	const first = Math.floor(from / step) * step;
	const times: number[] = [];
	for (let at = first; at < to; at += step) times.push(at);
	return { step, times: times.map((at) => at + step), slot: (at: number) => Math.floor((at - first) / step) };
}

function histogram(lines: Iterable<LogRecord>, from: number, to: number): LogHistogram {
	const { step, times, slot } = steps(from, to, 120);
	const counts = new Map(SEVERITIES.map((severity): [Severity, number[]] => [severity, times.map(() => 0)]));
	let total = 0;
	for (const line of lines) {
		const own = counts.get(severityOf(line.severityNumber)) as number[];
		const at = slot(line.time);
		own[at] = (own[at] ?? 0) + 1;
		total++;
	}
	const bySeverity = [...counts].reverse().map(([severity, list]) => ({ severity, counts: list }));
	return { from, to, step, times, bySeverity, total };
}

function patterns(lines: Iterable<LogRecord>, from: number, to: number): LogPatterns {
	const { times, slot } = steps(from, to, 40);
	const found = new Map<string, LogPatterns['patterns'][number]>();
	let total = 0;
	let unclustered = 0;
	for (const line of lines) {
		total++;
		if (line.patternHash === '') {
			unclustered++;
			continue;
		}
		let own = found.get(line.patternHash);
		if (!own) {
			own = {
				hash: line.patternHash,
				severity: severityOf(line.severityNumber),
				sample: line.body,
				count: 0,
				services: [],
				lastAt: line.time,
				times,
				counts: times.map(() => 0),
			};
			found.set(line.patternHash, own);
		}
		own.count++;
		if (!own.services.includes(line.service)) own.services.push(line.service);
		const at = slot(line.time);
		own.counts[at] = (own.counts[at] ?? 0) + 1;
	}
	return {
		total,
		unclustered,
		found: found.size,
		patterns: [...found.values()].sort((a, b) => b.count - a.count),
	};
}

function services(lines: Iterable<LogRecord>): LogServices {
	const found = new Map<string, LogServices['services'][number]>();
	for (const line of lines) {
		const own = found.get(line.service) ?? {
			service: line.service,
			application: SERVICES[line.service] ?? null,
			counts: {},
		};
		const severity = severityOf(line.severityNumber);
		own.counts[severity] = (own.counts[severity] ?? 0) + 1;
		found.set(line.service, own);
	}
	return { services: [...found.values()] };
}
