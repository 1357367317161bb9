import type { Feature, Status } from '../api/types.ts';

type State = Feature['state'];

export const STATE_WORDS: Record<State, string> = {
	works: 'Works',
	degraded: 'Works in part',
	off: 'Off',
};
export const STATE_STATUS: Record<State, Status> = { works: 'ok', degraded: 'warn', off: 'unknown' };

const NAMES: Record<string, string> = {
	processes: 'Processes and containers',
	connections: 'Connections',
	'socket-data': 'Requests',
	cpu_profiles: 'CPU profiles',
	task_delays: 'Waiting for CPUs and disks',
	bpf_stats: 'Run time of BPF programs',
	logs: 'Logs',
	traces: 'Traces',
	profiles: 'Profiles',
};

/** A feature of a later version goes by its own name. */
export const featureName = (feature: string): string => NAMES[feature] ?? feature;

/** What does not work, or only in part. */
export function troubled<T extends Pick<Feature, 'state'>>(features: readonly T[]): T[] {
	return features.filter(({ state }) => state !== 'works');
}
