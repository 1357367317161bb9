import type { TimeBounds } from '../api/client.ts';
import type { ParamChanges } from '../state/address.ts';

/** What a profile is compared with; the key is what `compare` holds in the address. */
export const BASES = {
	before: 'time before',
	day: 'same time yesterday',
	week: 'same time last week',
	custom: 'custom time',
} as const;
export type BaseKind = keyof typeof BASES;

/** `from` and `to` are in ms. */
export type Base = { kind: Exclude<BaseKind, 'custom'> } | ({ kind: 'custom' } & TimeBounds);

/** Reads `compare=week`, or `compare=custom&baseFrom=MS&baseTo=MS`; null: nothing is compared. */
export function readBase(params: URLSearchParams): Base | null {
	const kind = params.get('compare');
	if (kind === null || !Object.hasOwn(BASES, kind)) return null;
	if (kind !== 'custom') return { kind: kind as Exclude<BaseKind, 'custom'> };
	const from = Number(params.get('baseFrom') ?? Number.NaN);
	const to = Number(params.get('baseTo') ?? Number.NaN);
	return Number.isFinite(from) && Number.isFinite(to) && to > from ? { kind, from, to } : { kind: 'before' };
}

/** What the address holds for a base; null removes a parameter. */
export function baseParams(base: Base | null): ParamChanges {
	const custom = base?.kind === 'custom' ? base : null;
	return {
		compare: base?.kind ?? null,
		baseFrom: custom ? String(Math.round(custom.from)) : null,
		baseTo: custom ? String(Math.round(custom.to)) : null,
	};
}

/** The time that a base means for the time from `from` to `to`. */
export function baseBounds(base: Base, { from, to }: TimeBounds): TimeBounds {
	if (base.kind === 'custom') return { from: base.from, to: base.to };
	if (base.kind === 'before') return { from: from - (to - from), to: from };
	const days = base.kind === 'day' ? 1 : 7;
	return { from: daysBefore(from, days), to: daysBefore(to, days) };
}

/** The same time of day: a day on which the clocks change has not 24 hours. */
function daysBefore(ms: number, days: number): number {
	const date = new Date(ms);
	return date.setDate(date.getDate() - days);
}
