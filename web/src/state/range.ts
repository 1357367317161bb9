import { formatSpan } from '../format/times.ts';

/** The spans that the picker offers, shortest first. The key is what the address holds. */
export const SPANS = {
	'15m': { ms: 15 * 60e3, words: '15 min' },
	'1h': { ms: 3600e3, words: '1 h' },
	'3h': { ms: 3 * 3600e3, words: '3 h' },
	'12h': { ms: 12 * 3600e3, words: '12 h' },
	'1d': { ms: 24 * 3600e3, words: '1 d' },
	'7d': { ms: 7 * 24 * 3600e3, words: '7 d' },
} as const;

export type SpanKey = keyof typeof SPANS;
export type TimeRange = { kind: 'last'; span: SpanKey } | { kind: 'between'; from: number; to: number };

export const DEFAULT_RANGE: TimeRange = { kind: 'last', span: '1h' };

/** Reads `range=3h` or `from=MS&to=MS`; anything else is the last hour. */
export function readRange(params: URLSearchParams): TimeRange {
	const span = params.get('range');
	if (span && Object.hasOwn(SPANS, span)) return { kind: 'last', span: span as SpanKey };
	const from = Number(params.get('from') ?? Number.NaN);
	const to = Number(params.get('to') ?? Number.NaN);
	if (Number.isFinite(from) && Number.isFinite(to) && to > from) return { kind: 'between', from, to };
	return DEFAULT_RANGE;
}

/** What the address holds for a range; null removes the parameter. */
export function rangeParams(range: TimeRange): {
	range: string | null;
	from: string | null;
	to: string | null;
} {
	if (range.kind === 'between') return { range: null, from: String(range.from), to: String(range.to) };
	return { range: range.span === '1h' ? null : range.span, from: null, to: null };
}

/** From and to in ms at the moment `now`. */
export function boundsOf(range: TimeRange, now: number): { from: number; to: number } {
	if (range.kind === 'between') return { from: range.from, to: range.to };
	return { from: now - SPANS[range.span].ms, to: now };
}

/** `Last 1 h` and `13:37 to 14:37`, or only the latter for a fixed range. */
export function describeRange(range: TimeRange, now: number): { name: string; span: string } {
	const { from, to } = boundsOf(range, now);
	const span = formatSpan(from, to, now);
	return range.kind === 'last' ? { name: SPANS[range.span].words, span } : { name: '', span };
}

/** Why two typed ends are no range, or null. Both in ms, NaN when not readable. */
export function rangeFault(from: number, to: number, now: number): string | null {
	if (Number.isNaN(from)) return 'From is not a time such as 2026-11-22 13:37.';
	if (Number.isNaN(to)) return 'To is not a time such as 2026-11-22 14:37.';
	if (to <= from) return 'To must be later than From.';
	if (from > now) return 'From lies in the future.';
	return null;
}
