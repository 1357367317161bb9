import { type Static, Type } from 'typebox';
import { Column, Nullable, NumberOrNull, TimeOrNull, Times } from './nullable.ts';
import { Pressure } from './resource-schemas.ts';
import { ApplicationSummary, Feature, range } from './schemas.ts';

const Course = Nullable(
	Type.Array(NumberOrNull, { description: 'over the range, at most 40 values, each the mean of its time' }),
);

export const NodeSummary = Type.Object({
	id: Type.String(),
	name: Type.String(),
	machineId: Type.String(),
	kernel: Nullable(Type.String()),
	status: Type.Union([Type.Literal('ok'), Type.Literal('unknown')], { description: 'unknown: no samples' }),
	sentence: Nullable(Type.String({ description: 'why the status is not ok' })),
	lastSampleAt: TimeOrNull,
	agentVersion: Nullable(Type.String()),
	cloud: Type.Record(Type.String(), Type.String(), {
		description: 'provider, region, instance_type and what else is known of the cloud',
	}),
	uptimeSeconds: NumberOrNull,
	containers: Type.Integer(),
	cores: NumberOrNull,
	memoryBytes: NumberOrNull,
	cpu: Nullable(
		Type.Number({ description: 'newest step that is over: part of all cores that is busy, 0 to 1' }),
	),
	memory: Nullable(Type.Number({ description: 'newest: part that is not available, 0 to 1' })),
	diskBytesPerSecond: Nullable(Type.Number({ description: 'newest step that is over: read and written' })),
	networkBytesPerSecond: Nullable(
		Type.Number({ description: 'newest step that is over: received and transmitted' }),
	),
	courses: Type.Object({ cpu: Course, memory: Course, disk: Course, network: Course }),
});
export type NodeSummary = Static<typeof NodeSummary>;

export const NodeList = Type.Object({ ...range, nodes: Type.Array(NodeSummary) });
export type NodeList = Static<typeof NodeList>;

export const NodeReport = Type.Object({
	...range,
	node: NodeSummary,
	times: Times,
	cpu: Type.Object({
		byMode: Type.Array(Type.Object({ mode: Type.String(), share: Column('part of all CPU time, 0 to 1') }), {
			description: 'all but idle',
		}),
	}),
	memory: Type.Object({
		total: Column('bytes'),
		available: Column('bytes'),
		free: Column('bytes'),
		cached: Column('bytes'),
	}),
	disks: Type.Array(
		Type.Object({
			device: Type.String(),
			readBytesPerSecond: Column('bytes/s'),
			writtenBytesPerSecond: Column('bytes/s'),
			readsPerSecond: Column('1/s'),
			writesPerSecond: Column('1/s'),
			readSeconds: Column('s that one read took'),
			writeSeconds: Column('s that one write took'),
			busy: Column('part of the time in which the device had work, 0 to 1'),
		}),
	),
	interfaces: Type.Array(
		Type.Object({
			name: Type.String(),
			up: Nullable(Type.Boolean()),
			addresses: Type.Array(Type.String()),
			receivedBytesPerSecond: Column('bytes/s'),
			transmittedBytesPerSecond: Column('bytes/s'),
			receivedPacketsPerSecond: Column('1/s'),
			transmittedPacketsPerSecond: Column('1/s'),
		}),
	),
	pressure: Type.Object(
		{
			some: Pressure,
			full: Pressure,
		},
		{ description: 'of the whole node' },
	),
	consumers: Type.Array(
		Type.Object({
			application: ApplicationSummary,
			instances: Type.Integer({ description: 'on this node' }),
			cpuCores: NumberOrNull,
			memoryBytes: NumberOrNull,
			courses: Type.Object({ cpu: Course, memory: Course }),
		}),
		{ description: 'applications on this node, those that use most CPU first; at most 100' },
	),
	consumersLeft: Type.Integer({ description: 'applications on this node that are not listed' }),
	agent: Type.Object({
		cpu: Column('cores'),
		memory: Column('bytes'),
		features: Type.Array(Feature, { description: 'as the agent said last' }),
		dropped: Type.Array(Type.Object({ stage: Type.String(), reason: Type.String(), count: Type.Number() }), {
			description: 'what was left out or lost in this range, by reason',
		}),
		cost: Type.Object(
			{
				cpu: Type.Array(Type.Object({ owner: Type.String(), cores: Column('cores') })),
				memory: Type.Array(
					Type.Object({ owner: Type.String(), kind: Type.String(), bytes: Column('bytes') }),
				),
				wasm: Type.Array(
					Type.Object({
						owner: Type.String(),
						bytes: Column('bytes; untouched pages included, touched ones are part of memory'),
					}),
				),
				programs: Type.Array(
					Type.Object({
						program: Type.String(),
						runsPerSecond: Column('1/s'),
						cores: Column('cores; the kernel charges them to whom the program interrupts'),
					}),
					{ description: 'BPF programs; empty where the kernel does not time them' },
				),
				fills: Type.Array(Type.Object({ stage: Type.String(), fill: Column('0 empty to 1 full') }), {
					description: 'rings, tables and spools',
				}),
			},
			{ description: 'what the agent costs, by owner; empty where the agent does not tell' },
		),
	}),
});
export type NodeReport = Static<typeof NodeReport>;
