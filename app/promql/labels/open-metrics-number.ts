import { formatGeneral } from './general-number.ts';

/** As OpenMetrics wants numbers in labels: always with a point or an exponent. */
export function formatOpenMetrics(value: number): string {
	if (!Number.isFinite(value)) return formatGeneral(value);
	const text = value === 0 ? String(Math.abs(value)) : formatGeneral(value);
	return /[.e]/.test(text) ? text : `${text}.0`;
}
