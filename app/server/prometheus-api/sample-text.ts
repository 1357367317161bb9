/** A value as the Prometheus API writes it: a JSON string, with an exponent below 1e-6 and from 1e21 on. */
export function sampleText(value: number): string {
	// Fast path: everything but what Go writes in another way than JavaScript.
	const size = Math.abs(value);
	if ((size >= 1e-6 && size < 1e21) || (value === 0 && !Object.is(value, -0))) return `"${value}"`;
	if (Number.isNaN(value)) return '"NaN"';
	if (value === Number.POSITIVE_INFINITY) return '"+Inf"';
	if (value === Number.NEGATIVE_INFINITY) return '"-Inf"';
	if (value === 0) return '"-0"';
	// Exponents have two digits at least.
	return `"${String(value).replace(/e([+-])(\d)$/, 'e$10$2')}"`;
}

/** Milliseconds as seconds, with three digits after the point or none. */
export function timeText(ms: number): string {
	const whole = Math.trunc(ms / 1000);
	const rest = Math.abs(ms % 1000);
	const sign = ms < 0 && whole === 0 ? '-' : '';
	return rest === 0 ? `${whole}` : `${sign}${whole}.${String(Math.round(rest)).padStart(3, '0')}`;
}
