/** Figures of `codexray top`: at most six characters each. */

export const NOTHING = '-';

/** Per second. */
export function rateText(rate: number | null): string {
	if (rate === null) return NOTHING;
	if (rate === 0) return '0';
	if (rate < 0.05) return '<0.1';
	if (rate < 99.95) return rate.toFixed(1);
	if (rate < 9_999.5) return rate.toFixed(0);
	if (rate < 999_500) return `${(rate / 1e3).toFixed(rate < 99_950 ? 1 : 0)}k`;
	return `${(rate / 1e6).toFixed(1)}M`;
}

export function secondsText(seconds: number | null): string {
	if (seconds === null) return NOTHING;
	if (seconds < 0.000_999_5) return `${(seconds * 1e6).toFixed(0)}us`;
	if (seconds < 0.009_995) return `${(seconds * 1e3).toFixed(1)}ms`;
	if (seconds < 0.9995) return `${(seconds * 1e3).toFixed(0)}ms`;
	if (seconds < 99.95) return `${seconds.toFixed(1)}s`;
	return `${(seconds / 60).toFixed(0)}min`;
}

export function countText(count: number | null): string {
	if (count === null) return NOTHING;
	return count < 10_000 ? String(count) : `${(count / 1e3).toFixed(0)}k`;
}
