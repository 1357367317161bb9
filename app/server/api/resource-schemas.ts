import { type Static, Type } from 'typebox';
import { Column, Times } from './nullable.ts';

/** What containers use and may use. */
export const Pressure = Type.Object(
	{ cpu: Column('s/s'), memory: Column('s/s'), io: Column('s/s') },
	{ description: 'part of the time in which some task waited, 0 to 1 (PSI)' },
);

export const InstanceResources = Type.Object({
	instance: Type.String({ description: 'id of the instance' }),
	name: Type.String(),
	node: Type.String(),
	cpu: Type.Object({
		usage: Column('cores'),
		limit: Column('cores'),
		throttled: Column('s/s: held back by the limit'),
		delay: Column('s/s: ready to run and waiting for a CPU, summed over threads'),
	}),
	memory: Type.Object({
		rss: Column('bytes'),
		cache: Column('bytes'),
		limit: Column('bytes'),
		oomKills: Column('processes that the kernel killed for memory'),
	}),
	restarts: Column('restarts'),
	pressure: Pressure,
	diskDelay: Column('s/s: waiting for disks, summed over threads'),
	disks: Type.Array(
		Type.Object({
			mountPoint: Type.String({ description: 'empty where only the sum over all disks is known' }),
			device: Type.String(),
			volume: Type.String(),
			size: Column('bytes'),
			used: Column('bytes'),
			readsPerSecond: Column('1/s'),
			writesPerSecond: Column('1/s'),
			readBytesPerSecond: Column('bytes/s'),
			writtenBytesPerSecond: Column('bytes/s'),
		}),
	),
});
export type InstanceResources = Static<typeof InstanceResources>;

export const ApplicationResources = Type.Object({
	times: Times,
	instances: Type.Array(InstanceResources, { description: 'those that use most CPU first' }),
	left: Type.Integer({ description: 'instances with samples that are not listed' }),
	network: Type.Object(
		{ sentBytesPerSecond: Column('bytes/s'), receivedBytesPerSecond: Column('bytes/s') },
		{ description: 'payload over TCP, with those that it calls and those that call it' },
	),
});
export type ApplicationResources = Static<typeof ApplicationResources>;
