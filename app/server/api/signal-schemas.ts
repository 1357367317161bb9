import { type Static, Type } from 'typebox';
import { Range } from './schemas.ts';

/** Shapes of logs and traces in the HTTP API. */

const Texts = Type.Record(Type.String(), Type.String());
const Scope = Type.Object({ name: Type.String(), version: Type.String() });
const Millis = Type.Number({ description: 'ms since the epoch' });
const Nanos = Type.String({ description: 'ns since the epoch, decimal' });

export const SEVERITIES = { trace: 1, debug: 5, info: 9, warn: 13, error: 17, fatal: 21 } as const;

export const LogQuery = Type.Object({
	...Range.properties,
	text: Type.Optional(
		Type.String({ maxLength: 1000, description: 'words that the body holds, in any order and case' }),
	),
	severity: Type.Optional(
		Type.Union(
			(Object.keys(SEVERITIES) as (keyof typeof SEVERITIES)[]).map((name) => Type.Literal(name)),
			{ description: 'this severity or a higher one' },
		),
	),
	limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, description: 'default 100' })),
});

export const LogList = Type.Object({
	from: Millis,
	to: Millis,
	logs: Type.Array(
		Type.Object({
			time: Millis,
			timeNs: Nanos,
			severityNumber: Type.Integer({ description: '1 to 24 as OTLP has it, 0 for none' }),
			severityText: Type.String(),
			service: Type.String(),
			body: Type.String(),
			traceId: Type.String({ description: '32 hexadecimal digits, or empty' }),
			spanId: Type.String(),
			eventName: Type.String(),
			scope: Scope,
			attributes: Texts,
			resource: Texts,
		}),
		{ description: 'newest first' },
	),
});
export type LogList = Static<typeof LogList>;

export const Trace = Type.Object({
	traceId: Type.String(),
	truncated: Type.Boolean({ description: 'there are more spans than are given' }),
	spans: Type.Array(
		Type.Object({
			spanId: Type.String(),
			parentSpanId: Type.String({ description: 'empty for a root' }),
			name: Type.String(),
			kind: Type.String({ description: 'unspecified, internal, server, client, producer, consumer' }),
			service: Type.String(),
			start: Millis,
			startNs: Nanos,
			durationNs: Type.String({ description: 'ns, decimal' }),
			status: Type.Object({
				code: Type.String({ description: 'unset, ok, error' }),
				message: Type.String(),
			}),
			traceState: Type.String(),
			scope: Scope,
			attributes: Texts,
			resource: Texts,
			events: Type.Array(
				Type.Object({ time: Millis, timeNs: Nanos, name: Type.String(), attributes: Texts }),
			),
			links: Type.Array(
				Type.Object({
					traceId: Type.String(),
					spanId: Type.String(),
					traceState: Type.String(),
					attributes: Texts,
				}),
			),
		}),
		{ description: 'by start' },
	),
});
export type Trace = Static<typeof Trace>;
