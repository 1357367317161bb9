/** Numbers as the pages write them: three significant digits, thin no-break spaces, an em dash for what is not known. */

const THIN = '\u202f';
export const UNKNOWN = '—';

const grouped = (whole: number) => String(whole).replace(/\B(?=(\d{3})+$)/g, THIN);
const significant = (value: number) => Number(value.toPrecision(3));

/** A count or a rate without unit. From 10 000 on in k, M, G. */
export function formatCount(value: number | null | undefined): string {
	if (value === null || value === undefined || !Number.isFinite(value)) return UNKNOWN;
	if (value < 0) return `−${formatCount(-value)}`;
	if (value === 0) return '0';
	if (value < 0.01) return `<${THIN}0.01`;
	if (significant(value) < 1000) return String(significant(value));
	if (Math.round(value) < 10_000) return grouped(Math.round(value));
	for (const [factor, letter] of [
		[1e3, 'k'],
		[1e6, 'M'],
	] as const) {
		if (significant(value / factor) < 1000) return `${significant(value / factor)}${THIN}${letter}`;
	}
	return `${significant(value / 1e9)}${THIN}G`;
}

/** CPUs that are used, of which most programs need few: two digits down to a ten-thousandth. */
export function formatCores(cores: number | null | undefined): string {
	if (cores === null || cores === undefined || !(cores > 0) || cores >= 0.01) return formatCount(cores);
	return cores < 0.0001 ? `<${THIN}0.0001` : String(Number(cores.toPrecision(2)));
}

/** An exact number of things, never shortened. */
export function formatWhole(value: number | null | undefined): string {
	if (value === null || value === undefined || !Number.isFinite(value)) return UNKNOWN;
	return grouped(Math.round(value));
}

/** Events per second. */
export function formatRate(perSecond: number | null | undefined): string {
	const count = formatCount(perSecond);
	return count === UNKNOWN ? count : `${count}/s`;
}

/** A duration given in seconds: µs, ms, s or min. */
export function formatSeconds(seconds: number | null | undefined): string {
	if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return UNKNOWN;
	if (seconds === 0) return `0${THIN}ms`;
	if (significant(seconds * 1e6) < 1000) return `${Math.max(1, Math.round(seconds * 1e6))}${THIN}µs`;
	if (significant(seconds * 1e3) < 1000) return `${significant(seconds * 1e3)}${THIN}ms`;
	if (significant(seconds) < 60) return `${significant(seconds)}${THIN}s`;
	const whole = Math.round(seconds);
	const rest = whole % 60;
	return `${grouped(Math.floor(whole / 60))}${THIN}min${rest ? ` ${rest}${THIN}s` : ''}`;
}

/** A duration given in seconds that may be far below a µs. */
export function formatShortTime(seconds: number | null | undefined): string {
	if (seconds === null || seconds === undefined || !(seconds > 0) || seconds >= 1e-5)
		return formatSeconds(seconds);
	return seconds < 1e-6 ? `${significant(seconds * 1e9)}${THIN}ns` : `${significant(seconds * 1e6)}${THIN}µs`;
}

/** A share given as 0..1, in percent. `0 %` only for a true zero and `100 %` only for a true whole. */
export function formatShare(ratio: number | null | undefined): string {
	if (ratio === null || ratio === undefined || !Number.isFinite(ratio)) return UNKNOWN;
	const percent = ratio * 100;
	if (percent === 0) return `0${THIN}%`;
	if (percent < 0.1) return `<${THIN}0.1${THIN}%`;
	if (percent < 100 && significant(percent) >= 100) return `>${THIN}99.9${THIN}%`;
	return `${significant(percent)}${THIN}%`;
}

/** Bytes, split at powers of two. */
export function formatBytes(bytes: number | null | undefined): string {
	if (bytes === null || bytes === undefined || !Number.isFinite(bytes)) return UNKNOWN;
	if (bytes > 0 && bytes < 1) return `<${THIN}1${THIN}B`;
	let value = bytes;
	let unit = 0;
	const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
	while (value >= 1023.5 && unit < units.length - 1) {
		value /= 1024;
		unit++;
	}
	return `${value >= 999.5 ? grouped(Math.round(value)) : significant(value)}${THIN}${units[unit]}`;
}

export function formatBytesRate(bytesPerSecond: number | null | undefined): string {
	const bytes = formatBytes(bytesPerSecond);
	return bytes === UNKNOWN ? bytes : `${bytes}/s`;
}

/** A length of time in one unit, from ms: `8 s`, `4 min`, `3 h`, `2 d`. */
export function formatAge(ms: number): string {
	const seconds = Math.max(0, Math.round(ms / 1000));
	if (seconds < 120) return `${seconds}${THIN}s`;
	if (seconds < 7200) return `${Math.round(seconds / 60)}${THIN}min`;
	if (seconds < 48 * 3600) return `${Math.round(seconds / 3600)}${THIN}h`;
	return `${Math.round(seconds / 86_400)}${THIN}d`;
}

/** `1 link`, `12 links`. */
export function formatThings(count: number, one: string, many = `${one}s`): string {
	return `${formatWhole(count)} ${count === 1 ? one : many}`;
}
