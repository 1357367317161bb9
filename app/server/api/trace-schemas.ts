import { type Static, Type } from 'typebox';
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

/** Shapes of traces in the HTTP API. */

const DurationNs = Type.String({ description: 'ns, decimal' });
const Status = Type.Union([Type.Literal('unset'), Type.Literal('ok'), Type.Literal('error')]);
const Milliseconds = (description: string) =>
	Type.Optional(Type.Number({ minimum: 0, maximum: 1e12, description }));

const TraceFilter = {
	...Range.properties,
	...ScopeFilter,
	...AttributeFilter,
	name: Type.Optional(Type.String({ maxLength: 4096, description: 'name of the span' })),
	status: Type.Optional(
		Type.Union([Type.Literal('ok'), Type.Literal('error')], { description: 'ok: every status but error' }),
	),
	minDuration: Milliseconds('the span took at least this, ms'),
	maxDuration: Milliseconds('the span took at most this, ms'),
	root: Type.Optional(Type.Boolean({ description: 'only spans without a parent; default false' })),
};

export const TraceFilterQuery = Type.Object(TraceFilter);
export type TraceFilterQuery = Static<typeof TraceFilterQuery>;

export const TraceListQuery = Type.Object({
	...TraceFilter,
	limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, description: 'default 100' })),
	before: Before,
});

export const TraceList = Type.Object({
	from: Millis,
	to: Millis,
	traces: Type.Array(
		Type.Object({
			traceId: Type.String(),
			spanId: Type.String({ description: 'newest span that matches' }),
			service: Type.String(),
			name: Type.String(),
			kind: Type.String(),
			start: Millis,
			durationNs: DurationNs,
			status: Status,
			root: Type.Union(
				[
					Type.Object({
						service: Type.String(),
						name: Type.String(),
						start: Millis,
						durationNs: DurationNs,
					}),
					Type.Null(),
				],
				{ description: 'first span without a parent, matching or not' },
			),
			spans: Type.Integer({ description: 'of the whole trace' }),
			errors: Type.Integer(),
			services: Type.Array(Type.String(), { description: 'at most 20' }),
		}),
		{ description: 'one per trace, newest first' },
	),
	next: Next,
});
export type TraceList = Static<typeof TraceList>;

export const TraceHeatmap = Type.Object({
	...Steps,
	bounds: Type.Array(Type.Union([Type.Number(), Type.Null()]), {
		description: 'upper bounds, seconds; the last is null',
	}),
	counts: Type.Array(Numbers, { description: 'spans by step and bucket' }),
	errors: Type.Array(Numbers, { description: 'of these, failed' }),
	total: Type.Integer(),
	errorTotal: Type.Integer(),
});
export type TraceHeatmap = Static<typeof TraceHeatmap>;

const Count = { spans: Type.Integer(), errors: Type.Integer() };
const Seconds = Type.Number({ description: 'seconds, within 1 %' });

export const TraceServices = Type.Object({
	from: Millis,
	to: Millis,
	services: Type.Array(
		Type.Object({
			service: Type.String(),
			application: ApplicationOrNull,
			...Count,
			names: Type.Array(Type.Object({ name: Type.String(), ...Count, p50: Seconds, p95: Seconds }), {
				description: 'at most 50, most frequent first',
			}),
		}),
	),
});
export type TraceServices = Static<typeof TraceServices>;

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
			durationNs: DurationNs,
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
