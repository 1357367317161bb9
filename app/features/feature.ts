/** A part of the product: whether it works, and what to do where it does not. One shape for agent, server, doctor and pages. */
export interface Feature {
	feature: string;
	/** False when it is off. */
	ok: boolean;
	/** What `ok` and `reason` say together. */
	state: FeatureState;
	/** Which of its ways works; null when none does, or there is but one. */
	tier: string | null;
	/** Why it is off, or works in part; in the words of kernel, engine or system. Null when all is well. */
	reason: string | null;
	/** What would have to be there. */
	missing: string | null;
	/** What goes on without it. */
	works: string | null;
	/** To be run as it stands. */
	command: string | null;
}

export type FeatureState = 'works' | 'degraded' | 'off';

function stateOf({ ok, reason }: Pick<Feature, 'ok' | 'reason'>): FeatureState {
	if (!ok) return 'off';
	return reason === null ? 'works' : 'degraded';
}

/** What goes on where a feature is off or degraded. */
const STILL_WORKS: Readonly<Record<string, string>> = {
	processes: 'Everything; which container a short-lived process belongs to may stay unknown.',
	connections: 'Containers, logs and the metrics of the node; there are no edges.',
	'socket-data': 'Edges, connections and their failures; requests, errors, latencies and spans are missing.',
	cpu_profiles: 'Everything but flame graphs of this node.',
	task_delays: 'Everything but how long containers waited for CPUs and disks.',
	bpf_stats: 'Everything but how long the BPF programs of the agent run.',
	logs: 'Everything else; where some are read, those.',
	traces: 'Everything else.',
	profiles: 'Everything else.',
};

/** `given` completed: what is not said is null, and what goes on is looked up. */
export function featureOf(given: Pick<Feature, 'feature' | 'ok'> & Partial<Omit<Feature, 'state'>>): Feature {
	const whole = { tier: null, reason: null, missing: null, works: null, command: null, ...given };
	const state = stateOf(whole);
	if (whole.works === null && state !== 'works') whole.works = STILL_WORKS[given.feature] ?? null;
	return { ...whole, state };
}
