import { type AttributePair, Conditions } from './question.ts';

/** Which log records a question is about. */
export interface LogFilter {
	/** ms since the epoch; `to` is excluded. */
	from: number;
	to: number;
	/** Any of these service names; absent: all. */
	services?: readonly string[];
	/** Words that the body holds, in any order and case; text without a letter or digit is looked for as it stands. */
	text?: string;
	/** Least severity number, 1 to 24. */
	severity?: number;
	/** Hash of a pattern. */
	pattern?: string;
	traceId?: string;
	attributes?: readonly AttributePair[];
}

/** Names of severities by their numbers: 0 unknown, 1 to 4 trace, ... 21 to 24 fatal. */
export const SEVERITY_NAMES = ['unknown', 'trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type SeverityName = (typeof SEVERITY_NAMES)[number];
/** Index into SEVERITY_NAMES. */
export const SEVERITY_INDEX = 'intDiv(severity_number + 3, 4)';

/** The column of what agents put into the attribute `pattern.hash`: the pattern that a message belongs to. */
export const PATTERN_HASH = 'pattern_hash';

const WORD = /[\p{L}\p{N}]/u;

/** Without the time range. */
export function logConditions(filter: LogFilter): Conditions {
	const conditions = new Conditions().services(filter.services);
	const text = filter.text?.trim();
	if (text) {
		conditions.add(
			WORD.test(text) ? 'hasAllTokens(body, {text:String})' : 'position(body, {text:String}) > 0',
			{ text },
		);
	}
	if (filter.severity !== undefined)
		conditions.add('severity_number >= {severity:UInt8}', { severity: filter.severity });
	if (filter.pattern) conditions.add(`${PATTERN_HASH} = {pattern:String}`, { pattern: filter.pattern });
	if (filter.traceId) conditions.add('trace_id = {traceId:String}', { traceId: filter.traceId });
	return conditions.attributes(filter.attributes);
}
