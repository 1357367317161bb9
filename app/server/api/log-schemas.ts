import { type Static, Type } from 'typebox';
import { SEVERITY_NAMES, type SeverityName } from '../clickhouse/log-filter.ts';
import { Range } from './schemas.ts';
import {
	ApplicationOrNull,
	AttributeFilter,
	Before,
	Millis,
	Nanos,
	Next,
	Numbers,
	Scope,
	ScopeFilter,
	Steps,
	Texts,
} from './signal-schemas.ts';

/** Shapes of logs in the HTTP API. */

export const SEVERITIES = { trace: 1, debug: 5, info: 9, warn: 13, error: 17, fatal: 21 } as const;

const Severity = Type.Unsafe<SeverityName>(Type.Union(SEVERITY_NAMES.map((name) => Type.Literal(name))));

const LogFilter = {
	...Range.properties,
	...ScopeFilter,
	...AttributeFilter,
	severity: Type.Optional(
		Type.Union(
			(Object.keys(SEVERITIES) as (keyof typeof SEVERITIES)[]).map((name) => Type.Literal(name)),
			{ description: 'this severity or a higher one' },
		),
	),
	text: Type.Optional(
		Type.String({ maxLength: 1000, description: 'words that the body holds, in any order and case' }),
	),
	pattern: Type.Optional(Type.String({ maxLength: 100, description: 'hash of a pattern' })),
	traceId: Type.Optional(Type.String({ pattern: '^[0-9a-fA-F]{32}$', description: '32 hexadecimal digits' })),
};

export const LogFilterQuery = Type.Object(LogFilter);
export type LogFilterQuery = Static<typeof LogFilterQuery>;

export const LogListQuery = Type.Object({
	...LogFilter,
	limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, description: 'default 100' })),
	before: Before,
});

export const LogPatternQuery = Type.Object({
	...LogFilter,
	limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, description: 'default 50' })),
});

export const LogList = Type.Object({
	from: Millis,
	to: Millis,
	logs: Type.Array(
		Type.Object({
			id: Type.String({ description: 'the same for the same record in every answer' }),
			time: Millis,
			timeNs: Nanos,
			severityNumber: Type.Integer({ description: '1 to 24 as OTLP has it, 0 for none' }),
			severityText: Type.String(),
			service: Type.String(),
			body: Type.String(),
			patternHash: Type.String({ description: 'of the agents; empty where there is none' }),
			traceId: Type.String({ description: '32 hexadecimal digits, or empty' }),
			spanId: Type.String(),
			eventName: Type.String(),
			scope: Scope,
			attributes: Texts,
			resource: Texts,
		}),
		{ description: 'newest first' },
	),
	next: Next,
});
export type LogList = Static<typeof LogList>;

export const LogHistogram = Type.Object({
	...Steps,
	bySeverity: Type.Array(Type.Object({ severity: Severity, counts: Numbers }), {
		description: 'severities that occur, least first',
	}),
	total: Type.Integer(),
});
export type LogHistogram = Static<typeof LogHistogram>;

export const LogPatterns = Type.Object({
	from: Millis,
	to: Millis,
	total: Type.Integer({ description: 'records that match' }),
	unclustered: Type.Integer({ description: 'of these, without a pattern' }),
	found: Type.Integer({ description: 'patterns that match, listed or not' }),
	times: Numbers,
	patterns: Type.Array(
		Type.Object({
			hash: Type.String(),
			severity: Severity,
			sample: Type.String({ description: 'the newest message' }),
			count: Type.Integer(),
			services: Type.Array(Type.String(), { description: 'at most 20' }),
			lastAt: Millis,
			times: Numbers,
			counts: Numbers,
		}),
		{ description: 'most frequent first' },
	),
});
export type LogPatterns = Static<typeof LogPatterns>;

export const LogServices = Type.Object({
	from: Millis,
	to: Millis,
	services: Type.Array(
		Type.Object({
			service: Type.String(),
			application: ApplicationOrNull,
			counts: Type.Record(Type.String(), Type.Integer(), { description: 'records by severity' }),
		}),
	),
});
export type LogServices = Static<typeof LogServices>;
