import { UsageError } from './options.ts';

/** That `text` is no value of `flag`, and what is. */
export function wrongValue(flag: string, text: string, want: string): UsageError {
	return new UsageError(`--${flag} ${JSON.stringify(text)}: write ${want}`);
}

/** `HOST:PORT`, `:PORT` (loopback) or `[V6]:PORT`; port 0 is any free one. */
export function parseAddress(flag: string, text: string): { host: string; port: number } {
	const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text);
	const port = Number(match?.[3]);
	if (match === null || port > 65_535)
		throw wrongValue(flag, text, 'HOST:PORT, for example 127.0.0.1:8080 or [::1]:8080');
	return { host: match[1] ?? (match[2] || '127.0.0.1'), port };
}

export function parseUrl(flag: string, text: string): URL {
	const url = URL.canParse(text) ? new URL(text) : undefined;
	if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
		// Not the text itself: it may hold a password.
		throw new UsageError(`--${flag}: write an http or https URL, for example http://127.0.0.1:8080`);
	return url;
}

const DURATION_UNITS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `15s`, `500ms`, `1m30s`, `15d`, `0`; milliseconds. */
export function parseDuration(flag: string, text: string): number {
	if (text === '0') return 0;
	if (!/^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/.test(text))
		throw wrongValue(flag, text, 'a duration, for example 500ms, 15s or 1m30s');
	let total = 0;
	for (const [, number, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) {
		total += Number(number) * DURATION_UNITS[unit!]!;
	}
	return total;
}

const SIZE_UNITS: Record<string, number> = { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 };

/** `500MB`, `2GiB`, `1048576`; units are powers of 1024. */
export function parseSize(flag: string, text: string): number {
	const match = /^(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?$/i.exec(text);
	if (match === null) throw wrongValue(flag, text, 'a size, for example 500MB');
	return Math.floor(Number(match[1]) * SIZE_UNITS[match[2]!.toUpperCase()]!);
}

export function parseRegExp(flag: string, text: string): RegExp {
	try {
		return new RegExp(text);
	} catch (error) {
		throw wrongValue(flag, text, `a regular expression (${(error as Error).message})`);
	}
}
