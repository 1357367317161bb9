import type { ApplicationSummary, Feature, Status } from './types.ts';

/** What containers and nodes use, as the API gives it. Times are ms since the epoch. */

/** One number per step; null is "not measured", for a step or for all of them. */
export type Column = (number | null)[] | null;

export interface InstanceResources {
	/** Id of the instance. */
	instance: string;
	name: string;
	node: string;
	/** Cores; throttled and delay in seconds per second. */
	cpu: { usage: Column; limit: Column; throttled: Column; delay: Column };
	/** Bytes; kills per step. */
	memory: { rss: Column; cache: Column; limit: Column; oomKills: Column };
	restarts: Column;
	/** Part of the time in which some task waited, 0..1. */
	pressure: Pressure;
	diskDelay: Column;
	disks: {
		/** Empty where only the sum over all disks is known. */
		mountPoint: string;
		device: string;
		volume: string;
		size: Column;
		used: Column;
		readsPerSecond: Column;
		writesPerSecond: Column;
		readBytesPerSecond: Column;
		writtenBytesPerSecond: Column;
	}[];
}

export interface Pressure {
	cpu: Column;
	memory: Column;
	io: Column;
}

export interface ApplicationResources {
	times: number[];
	/** Those that use most CPU first. */
	instances: InstanceResources[];
	/** Instances with samples that are not listed. */
	left: number;
	network: { sentBytesPerSecond: Column; receivedBytesPerSecond: Column };
}

/** A small course over the range. */
export type Course = (number | null)[] | null;

export interface NodeSummary {
	id: string;
	name: string;
	machineId: string;
	kernel: string | null;
	status: Extract<Status, 'ok' | 'unknown'>;
	sentence: string | null;
	lastSampleAt: number | null;
	agentVersion: string | null;
	/** By the labels of `node_cloud_info`: provider, region, instance_type ... */
	cloud: Record<string, string>;
	uptimeSeconds: number | null;
	containers: number;
	cores: number | null;
	memoryBytes: number | null;
	/** 0..1 */
	cpu: number | null;
	memory: number | null;
	diskBytesPerSecond: number | null;
	networkBytesPerSecond: number | null;
	courses: { cpu: Course; memory: Course; disk: Course; network: Course };
}

export interface NodeList {
	from: number;
	to: number;
	step: number;
	nodes: NodeSummary[];
}

export interface NodeDisk {
	device: string;
	readBytesPerSecond: Column;
	writtenBytesPerSecond: Column;
	readsPerSecond: Column;
	writesPerSecond: Column;
	/** Seconds that one read and one write took. */
	readSeconds: Column;
	writeSeconds: Column;
	/** Part of the time in which the device had work, 0..1. */
	busy: Column;
}

export interface NodeInterface {
	name: string;
	up: boolean | null;
	addresses: string[];
	receivedBytesPerSecond: Column;
	transmittedBytesPerSecond: Column;
	receivedPacketsPerSecond: Column;
	transmittedPacketsPerSecond: Column;
}

export interface Consumer {
	application: ApplicationSummary;
	/** On this node. */
	instances: number;
	cpuCores: number | null;
	memoryBytes: number | null;
	courses: { cpu: Course; memory: Course };
}

/** What an agent costs its node; empty where it does not tell. */
export interface AgentCost {
	cpu: { owner: string; cores: Column }[];
	memory: { owner: string; kind: string; bytes: Column }[];
	/** Sizes; pages that were touched are part of `memory` already. */
	wasm: { owner: string; bytes: Column }[];
	programs: { program: string; runsPerSecond: Column; cores: Column }[];
	/** 0 empty to 1 full. */
	fills: { stage: string; fill: Column }[];
}

export interface NodeReport {
	from: number;
	to: number;
	step: number;
	node: NodeSummary;
	times: number[];
	/** Parts of all CPU time, 0..1; all modes but idle. */
	cpu: { byMode: { mode: string; share: Column }[] };
	memory: { total: Column; available: Column; free: Column; cached: Column };
	disks: NodeDisk[];
	interfaces: NodeInterface[];
	pressure: { some: Pressure; full: Pressure };
	/** Those that use most CPU first. */
	consumers: Consumer[];
	consumersLeft: number;
	agent: {
		/** Cores. */
		cpu: Column;
		memory: Column;
		features: Feature[];
		/** In this range. */
		dropped: { stage: string; reason: string; count: number }[];
		cost: AgentCost;
	};
}
