import type { ApplicationSummary, Status } from '../api/types.ts';

export const STATUS_WORDS: Record<Status, string> = {
	crit: 'Failing',
	warn: 'Degraded',
	ok: 'Healthy',
	unknown: 'No data',
};

/** Worst first. */
export const STATUS_ORDER: readonly Status[] = ['crit', 'warn', 'unknown', 'ok'];

/** One status is one shape in a box of 12 x 12: in HTML as SVG, on the canvas drawn from the same outline. */
export const STATUS_OUTLINES: Record<Status, string> = {
	crit: 'M3.6.4h4.8l3.2 3.2v4.8l-3.2 3.2H3.6L.4 8.4V3.6Z',
	warn: 'M6 1.3 11.1 10.6H.9Z',
	ok: 'M10.2 6A4.2 4.2 0 1 1 1.8 6 4.2 4.2 0 0 1 10.2 6Z',
	unknown: 'M10.2 6A4.2 4.2 0 1 1 1.8 6 4.2 4.2 0 0 1 10.2 6Z',
};

export const isExternal = (application: Pick<ApplicationSummary, 'kind'>) =>
	application.kind === 'ExternalService';

/** Errors of at least one percent are trouble, and so is a p95 over the objective until applications have their own. */
export const ERROR_OBJECTIVE = 0.01;
export const LATENCY_OBJECTIVE = 1;

/** How loudly a figure speaks: trouble is red, degraded is amber. */
export function errorTone(ratio: number | null): '' | 'meh' | 'bad' {
	if (ratio === null || ratio < ERROR_OBJECTIVE) return '';
	return ratio >= 5 * ERROR_OBJECTIVE ? 'bad' : 'meh';
}

export function latencyTone(p95: number | null): '' | 'meh' {
	return p95 !== null && p95 > LATENCY_OBJECTIVE ? 'meh' : '';
}

/** `_` and the empty text both stand for "none". */
export function namespaceName(namespace: string): string {
	if (namespace === '' || namespace === '_') return 'no namespace';
	return namespace;
}
