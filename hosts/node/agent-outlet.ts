import type { Snapshot } from '../../app/exposition/snapshot.ts';
import type { PartUsage } from '../../app/node-agent/cost/usage.ts';
import type { FeatureStatus, StageNumbers } from '../../app/node-agent/self-metrics.ts';

/** The way of one signal out of the agent, whatever fills it. */
export interface AgentOutlet {
	stages(): StageNumbers[];
	/** What it needs of the kernel or the machine, and whether that works. */
	features?(): FeatureStatus[];
	/** What it costs beside the threads that run JavaScript. */
	usage?(): PartUsage | undefined;
	/** Adds what it has to say about containers to a take. */
	collect?(snapshot: Snapshot): void;
	/** Puts what is in memory on disk, then resolves when all is delivered, or the server fails, or after `ms`. */
	settle(ms: number): Promise<void>;
	/** What is not delivered stays on disk. */
	close(): Promise<void>;
}
