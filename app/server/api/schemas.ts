import { type Static, Type } from 'typebox';
import { Nullable, NumberOrNull, TimeOrNull } from './nullable.ts';
import { ApplicationResources } from './resource-schemas.ts';

/** Shapes of the HTTP API: validation, types and OpenAPI come from here. Times are ms since the epoch. */
export const Problem = Type.Object(
	{
		type: Type.String(),
		title: Type.String(),
		status: Type.Integer(),
		detail: Type.Optional(Type.String()),
		code: Type.String({ description: 'stable code, see docs/errors.md' }),
	},
	{ description: 'RFC 9457 problem' },
);

export const Range = Type.Object({
	from: Type.Optional(Type.Number({ description: 'ms since the epoch; default one hour before `to`' })),
	to: Type.Optional(Type.Number({ description: 'ms since the epoch; default now' })),
});
export type Range = Static<typeof Range>;

export const SignIn = Type.Object({ token: Type.String({ minLength: 1, maxLength: 200 }) });
export const SignedIn = Type.Object({ signedIn: Type.Literal(true) });

export const Feature = Type.Object({
	feature: Type.String(),
	ok: Type.Boolean({ description: 'false when it is off; with a reason it works in part' }),
	state: Type.Union([Type.Literal('works'), Type.Literal('degraded'), Type.Literal('off')]),
	tier: Nullable(Type.String({ description: 'which of its ways works' })),
	reason: Nullable(Type.String({ description: 'why it is off, or works in part' })),
	missing: Nullable(Type.String({ description: 'what would have to be there' })),
	works: Nullable(Type.String({ description: 'what goes on without it' })),
	command: Nullable(Type.String({ description: 'the command that helps' })),
});

export const MetricSourceStatus = Type.Object({
	address: Type.String({ description: 'without a password' }),
	kind: Nullable(Type.String({ description: 'how it is read: remote-read, export, range-selector' })),
	error: Nullable(Type.String({ description: 'why it cannot be asked for its names' })),
	names: Type.Integer(),
	groups: Type.Integer(),
	failing: Type.Integer({ description: 'groups that failed last time' }),
	lagMs: Nullable(Type.Number({ description: 'of the group that is furthest behind' })),
	backFill: Type.Number({ description: 'how much of the past is copied, 0 to 1' }),
	slowest: Type.Array(
		Type.Object({
			id: Type.Integer(),
			names: Type.Integer(),
			firstName: Type.String(),
			lagMs: Type.Number(),
			windowMs: Type.Number({ description: 'how much time one question covers' }),
			failures: Type.Integer({ description: 'in a row' }),
			error: Nullable(Type.String()),
		}),
		{ description: 'at most 10 groups of metric names that fail or are furthest behind' },
	),
});

export const ServerStatus = Type.Object({
	version: Type.String(),
	startedAt: Type.Number(),
	project: Type.Object({ id: Type.String(), name: Type.String() }),
	ingest: Type.Object({
		lastSampleAt: TimeOrNull,
		series: Type.Integer(),
		samplesPerSecond: Type.Number(),
	}),
	metricSource: Nullable(MetricSourceStatus),
	lostMetrics: Type.Array(
		Type.Object({
			from: Type.Number(),
			to: Type.Number(),
			place: Type.String({ description: 'a file' }),
			reason: Type.String(),
		}),
		{ description: 'stored metrics that cannot be read any more and have not come again, at most 20' },
	),
	features: Type.Array(Feature, { description: 'of the server: logs, traces, profiles' }),
	agents: Type.Array(
		Type.Object({
			node: Type.String({ description: 'machine id' }),
			hostname: Nullable(Type.String()),
			kernel: Nullable(Type.String()),
			lastSampleAt: TimeOrNull,
			features: Type.Array(Feature, { description: 'of the agent on this node, as it said last' }),
		}),
	),
});
export type ServerStatus = Static<typeof ServerStatus>;

export const ApplicationSummary = Type.Object({
	id: Type.String({ description: 'cluster:namespace:Kind:name' }),
	name: Type.String(),
	namespace: Type.String(),
	kind: Type.String(),
	types: Type.Array(Type.String()),
	status: Type.Union([
		Type.Literal('ok'),
		Type.Literal('warn'),
		Type.Literal('crit'),
		Type.Literal('unknown'),
	]),
	sentence: Nullable(Type.String({ description: 'why the status is not ok' })),
	instances: Type.Integer(),
	requestsPerSecond: NumberOrNull,
	errorRatio: NumberOrNull,
	latencyP50: Nullable(Type.Number({ description: 'seconds' })),
	latencyP95: Nullable(Type.Number({ description: 'seconds' })),
	lastSampleAt: TimeOrNull,
});
export type ApplicationSummary = Static<typeof ApplicationSummary>;

export const EdgeSummary = Type.Object({
	id: Type.String({ description: 'from>to' }),
	from: Type.String(),
	to: Type.String(),
	protocols: Type.Array(Type.String()),
	requestsPerSecond: NumberOrNull,
	errorRatio: NumberOrNull,
	latencyP50: Nullable(Type.Number({ description: 'seconds' })),
	latencyP95: Nullable(Type.Number({ description: 'seconds' })),
	connectsPerSecond: Type.Number(),
	failedConnectsPerSecond: Type.Number(),
	activeConnections: Type.Number(),
	bytesSentPerSecond: Type.Number(),
	bytesReceivedPerSecond: Type.Number(),
	lastSampleAt: TimeOrNull,
});
export type EdgeSummary = Static<typeof EdgeSummary>;

export const range = { from: Type.Number(), to: Type.Number(), step: Type.Number({ description: 'ms' }) };

export const ServiceMap = Type.Object({
	...range,
	applications: Type.Array(ApplicationSummary),
	edges: Type.Array(EdgeSummary),
});
export type ServiceMap = Static<typeof ServiceMap>;

const Neighbour = Type.Object({ application: ApplicationSummary, edge: EdgeSummary });
const Numbers = Type.Array(NumberOrNull);

export const ApplicationReport = Type.Object({
	...range,
	application: ApplicationSummary,
	instances: Type.Array(
		Type.Object({
			id: Type.String(),
			name: Type.String(),
			node: Type.String(),
			nodeId: Type.String(),
			containerId: Type.String(),
			listens: Type.Array(Type.String()),
			lastSampleAt: TimeOrNull,
		}),
	),
	clients: Type.Array(Neighbour),
	dependencies: Type.Array(Neighbour),
	requests: Type.Object({
		side: Type.Union([Type.Literal('inbound'), Type.Literal('outbound')], {
			description:
				'inbound: as the application answered; outbound: as its callers, else it as a caller, saw them',
		}),
		times: Type.Array(Type.Number()),
		byStatus: Type.Array(
			Type.Object({
				status: Type.String({ description: '1xx to 5xx; ok, failed of databases; unknown' }),
				perSecond: Numbers,
			}),
		),
		totals: Type.Record(Type.String(), Type.Number()),
	}),
	latency: Type.Object({
		times: Type.Array(Type.Number()),
		p50: Numbers,
		p95: Numbers,
		p99: Numbers,
		heatmap: Type.Object({
			bounds: Type.Array(NumberOrNull, { description: 'upper bounds in seconds; null is infinity' }),
			counts: Type.Array(Type.Array(NumberOrNull)),
		}),
	}),
	resources: ApplicationResources,
});
export type ApplicationReport = Static<typeof ApplicationReport>;
