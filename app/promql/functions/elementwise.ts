/** Functions of one float. Their names lie apart from the JavaScript ones where they differ. */
export const ELEMENTWISE: Readonly<Record<string, (x: number) => number>> = {
	abs: Math.abs,
	acos: Math.acos,
	acosh: Math.acosh,
	asin: Math.asin,
	asinh: Math.asinh,
	atan: Math.atan,
	atanh: Math.atanh,
	ceil: Math.ceil,
	cos: Math.cos,
	cosh: Math.cosh,
	deg: (x) => x * (180 / Math.PI),
	exp: Math.exp,
	floor: Math.floor,
	ln: Math.log,
	log10: Math.log10,
	log2: Math.log2,
	rad: (x) => x * (Math.PI / 180),
	sgn: (x) => (x < 0 ? -1 : x > 0 ? 1 : x),
	sin: Math.sin,
	sinh: Math.sinh,
	sqrt: Math.sqrt,
	tan: Math.tan,
	tanh: Math.tanh,
};

/**
 * Whole days, hours and so on of a time in seconds, in UTC. NaN for NaN and where JavaScript's calendar ends, 275 000 years
 * off; Prometheus there says what its processor makes of the number.
 */
export const CALENDAR: Readonly<Record<string, (seconds: number) => number>> = {
	day_of_month: (s) => dateOf(s).getUTCDate(),
	day_of_week: (s) => dateOf(s).getUTCDay(),
	day_of_year: (s) => {
		const date = dateOf(s);
		const newYear = new Date(0).setUTCFullYear(date.getUTCFullYear());
		return Math.floor((date.getTime() - newYear) / 86_400_000) + 1;
	},
	days_in_month: (s) => {
		const date = dateOf(s);
		// The day before the first of the next month.
		return new Date(
			new Date(0).setUTCFullYear(date.getUTCFullYear(), date.getUTCMonth() + 1, 0),
		).getUTCDate();
	},
	hour: (s) => dateOf(s).getUTCHours(),
	minute: (s) => dateOf(s).getUTCMinutes(),
	month: (s) => dateOf(s).getUTCMonth() + 1,
	year: (s) => dateOf(s).getUTCFullYear(),
};

function dateOf(seconds: number): Date {
	return new Date(Math.trunc(seconds) * 1000);
}
