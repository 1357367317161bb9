/** Units of durations from large to small, ms. */
const UNITS: readonly [unit: string, ms: number, exact: boolean][] = [
	['y', 365 * 86_400_000, true],
	['w', 7 * 86_400_000, true],
	['d', 86_400_000, false],
	['h', 3_600_000, false],
	['m', 60_000, false],
	['s', 1000, false],
	['ms', 1, false],
];

/** The longest duration, some 292 years, in seconds: what Go's time.Duration holds. */
export const MAX_DURATION_SECONDS = 2 ** 63 / 1e9;

/** `1h30m` to seconds; a text when it is no duration. Units go from large to small, each once. */
export function parseDuration(text: string): number | string {
	let ms = 0;
	let last = -1;
	for (let at = 0; at < text.length; ) {
		const part = /^([0-9]+)([^0-9]+)/.exec(text.slice(at));
		if (!part) return `not a valid duration string: ${JSON.stringify(text)}`;
		const unit = UNITS.findIndex(([name]) => name === part[2]);
		if (unit < 0) {
			return `unknown unit ${JSON.stringify(part[2])} in duration ${JSON.stringify(text)}`;
		}
		if (unit <= last) return `not a valid duration string: ${JSON.stringify(text)}`;
		last = unit;
		ms += Number(part[1]) * UNITS[unit]![1];
		if (ms / 1000 >= MAX_DURATION_SECONDS) return 'duration out of range';
		at += part[0].length;
	}
	return ms / 1000;
}

/** As Prometheus writes it: `1h30m`, years and weeks only where they come out even. */
export function formatDuration(milliseconds: number): string {
	let ms = Math.trunc(milliseconds);
	if (ms === 0) return '0s';
	let out = ms < 0 ? '-' : '';
	ms = Math.abs(ms);
	for (const [unit, size, exact] of UNITS) {
		if (exact && ms % size !== 0) continue;
		const n = Math.floor(ms / size);
		if (n > 0) out += `${n}${unit}`;
		ms -= n * size;
	}
	return out;
}
