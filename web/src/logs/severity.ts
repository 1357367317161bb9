import type { LogLevel, Severity } from '../api/log-types.ts';
import type { Status } from '../api/types.ts';

/** Worst first: the order of legends, and from the ground up in the histogram. */
export const SEVERITIES: readonly Severity[] = [
	'fatal',
	'error',
	'warn',
	'info',
	'debug',
	'trace',
	'unknown',
];

/** What a filter can ask for, least first. */
export const LEVELS: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];

export const isLevel = (text: string | null): text is LogLevel =>
	(LEVELS as readonly (string | null)[]).includes(text);

/** By OTLP's number: four to each level, 0 for none. */
export function severityOf(number: number): Severity {
	if (number < 1 || number > 24) return 'unknown';
	return LEVELS[Math.floor((number - 1) / 4)] as LogLevel;
}

/** Token of the bar and of the histogram. */
export const severityColour = (severity: Severity): string => `--sev-${severity}`;

/** Only trouble has a glyph. */
export function severityStatus(severity: Severity): Extract<Status, 'crit' | 'warn'> | null {
	if (severity === 'fatal' || severity === 'error') return 'crit';
	return severity === 'warn' ? 'warn' : null;
}
