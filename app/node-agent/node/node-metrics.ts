/** Metrics of the node itself. */

import type { Labels } from '../metrics/labels.ts';
import { gauge, type Snapshot } from '../metrics/snapshot.ts';
import type { ProcFiles } from '../processes/proc-files.ts';

const NODE_INFO = gauge('node_info', 'The node: its host name and kernel.');
const AGENT_INFO = gauge('node_agent_info', 'The agent that observes the node.');
const UPTIME = gauge('node_uptime_seconds', 'Seconds since the node was booted.');

export interface NodeFacts {
	hostname: string;
	kernelVersion: string;
	agentVersion: string;
}

export class NodeMetrics {
	readonly #proc: ProcFiles;
	readonly #node: Labels;
	readonly #info: Labels;
	readonly #agent: Labels;

	constructor(proc: ProcFiles, nodeLabels: Labels, facts: NodeFacts) {
		this.#proc = proc;
		this.#node = nodeLabels;
		this.#info = nodeLabels.with(['hostname', facts.hostname], ['kernel_version', facts.kernelVersion]);
		this.#agent = nodeLabels.with(['version', facts.agentVersion]);
	}

	collect(snapshot: Snapshot): void {
		snapshot.add(NODE_INFO, this.#info, 1);
		snapshot.add(AGENT_INFO, this.#agent, 1);
		const uptime = Number.parseFloat(this.#proc.read('uptime') ?? '');
		if (Number.isFinite(uptime)) snapshot.add(UPTIME, this.#node, uptime);
	}
}
