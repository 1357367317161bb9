/** The node agent's own parts as a live view of this host: nothing is sent, nothing is kept on disk. */

import { randomBytes } from 'node:crypto';
import { hostname, release } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../app/clock.ts';
import type { Feature } from '../../app/features/feature.ts';
import type { Logger } from '../../app/logging/logger.ts';
import { NodeAgent } from '../../app/node-agent/agent.ts';
import { DEFAULT_EPHEMERAL_PORTS } from '../../app/node-agent/connections/destination-policy.ts';
import { ContainerFilter } from '../../app/node-agent/containers/container-filter.ts';
import { diagnose } from '../../app/node-agent/diagnosis.ts';
import { LiveEdges } from '../../app/node-agent/live/live-edges.ts';
import type { LiveView } from '../../app/node-agent/live/live-view.ts';
import { NO_CLOUD } from '../../app/node-agent/node/cloud/cloud-facts.ts';
import { identifyNode } from '../../app/node-agent/node/node-identity.ts';
import { openKernelEvents } from './events/kernel-events.ts';
import { readHostFacts } from './host-facts.ts';
import { NodeHostFiles, NodeProcFiles } from './procfs/procfs.ts';
import { loadCoreModules } from './wasm/core-modules.ts';

/** Most spans a second; each costs some microseconds. Requests beyond it are counted, and have no route. */
const SPANS_PER_SECOND = 10_000;

export interface LiveAgent {
	host: string;
	features: Feature[];
	/** Ends a tick of the window. Rejects when the kernel's thread is gone, which does not come back. */
	tick(): Promise<LiveView>;
	close(): Promise<void>;
}

export interface LiveAgentOptions {
	buildDir: string;
	/** Ticks that the window spans. */
	ticks: number;
	log: Logger;
}

/** Rejects when the core is not built; what the kernel refuses is off, with a reason in `features`. */
export async function openLiveAgent({ buildDir, ticks, log }: LiveAgentOptions): Promise<LiveAgent> {
	const host = new NodeHostFiles();
	const proc = new NodeProcFiles();
	const identity = identifyNode(host, () => randomBytes(16).toString('hex'));
	const random = randomBytes(16);
	const kernel = await openKernelEvents({
		...{ buildDir, log, modules: await loadCoreModules(join(buildDir, 'core')) },
		ownPids: [process.pid],
		spans: { perSecond: SPANS_PER_SECOND, seed: [random.readBigUInt64LE(0), random.readBigUInt64LE(8)] },
	});
	const agent = new NodeAgent({
		...{ kernel, proc, host, log, identity, clock: systemClock, resources: undefined, addresses: undefined },
		facts: { hostname: hostname(), kernelVersion: release(), agentVersion: '', cloud: NO_CLOUD },
		filter: new ContainerFilter([], []),
		ephemeralPorts: [DEFAULT_EPHEMERAL_PORTS],
		minContainerAgeMs: 0,
		ownPids: new Set([process.pid]),
	});
	const edges = new LiveEdges({
		ticks,
		containerOf: (pid, cgroup) => agent.containerIdOf(pid, cgroup, 'traces'),
	});
	kernel.onSpans((batch) => edges.addSpans(batch));
	agent.start();
	const statuses = (await kernel.stats()).features;
	const facts = await readHostFacts(buildDir);
	return {
		host: hostname(),
		features: statuses.map((status) => diagnose(status, facts)),
		async tick() {
			edges.add(await agent.take());
			return edges.view();
		},
		close: () => kernel.close(),
	};
}
