import type { ApplicationReport, ApplicationSummary, Neighbour } from '../api/types.ts';
import { formatAge, formatRate, formatSeconds, formatShare } from './numbers.ts';
import { isExternal } from './status.ts';
import { formatClock } from './times.ts';

/** One sentence under a status: the server's own where it has one, else what can be said honestly without it. */
export function whyNot(app: ApplicationSummary, now: number): string {
	if (app.sentence) return app.sentence;
	if (app.status === 'ok') return 'Everything that is measured is within its objective.';
	if (app.status === 'unknown') return silence(app, now);
	return app.status === 'crit'
		? 'Fails more than its objective allows.'
		: 'Is worse than its objective allows.';
}

function silence(app: ApplicationSummary, now: number): string {
	if (isExternal(app)) return 'No agent runs there: only what its callers see is known.';
	if (app.lastSampleAt === null) return 'No sample of it lies in this time range.';
	const age = now - app.lastSampleAt;
	if (age > 60_000) return `No samples since ${formatClock(app.lastSampleAt)}, ${formatAge(age)} ago.`;
	return 'No requests were seen, so nothing can be said about errors and latency.';
}

/** Whose view of the requests there is: the application's own, its callers', or, where it only calls, of what it sends. */
export type RequestView = 'answered' | 'callers' | 'sent';

export function requestView({
	requests,
	clients,
	dependencies,
}: Pick<ApplicationReport, 'requests' | 'clients' | 'dependencies'>): RequestView {
	const seen = (list: Neighbour[]) => list.some(({ edge }) => edge.requestsPerSecond !== null);
	if (requests.side === 'inbound') return 'answered';
	if (seen(clients)) return 'callers';
	return seen(dependencies) ? 'sent' : 'answered';
}

/** The figures as a sentence, for the head of an application's page. */
export function figuresSentence(app: ApplicationSummary, view: RequestView): string {
	if (app.requestsPerSecond === null) return 'No requests were seen in this time range.';
	const rate = `It ${view === 'sent' ? 'sends' : 'answers'} ${formatRate(app.requestsPerSecond)}`;
	const seen = view === 'callers' ? ' as its callers see it' : '';
	// The server's own sentence has said what is wrong already.
	if (app.sentence) return `${rate}${seen}.`;
	const errors =
		app.errorRatio === null
			? ''
			: app.errorRatio === 0
				? ', none fails'
				: `, ${formatShare(app.errorRatio)} fail`;
	const latency = app.latencyP95 === null ? '' : `, p95 latency is ${formatSeconds(app.latencyP95)}`;
	return `${rate}${seen}${errors}${latency}.`;
}
