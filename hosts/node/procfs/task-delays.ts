import type { TaskDelays } from '../../../app/node-agent/resources/task-delays.ts';
import type { FeatureStatus } from '../../../app/node-agent/self-metrics.ts';
import { loadKernelAddon } from '../events/kernel-addon.ts';

/** The kernel's taskstats, and whether they can be had: they want CAP_NET_ADMIN and the node's network namespace. */
export function openTaskDelays(buildDir: string): { delays: TaskDelays | undefined; status: FeatureStatus } {
	const status = { feature: 'task_delays', tier: 'taskstats' };
	try {
		const delays = new (loadKernelAddon(buildDir).TaskStats)();
		return { delays, status: { ...status, ok: true, reason: '' } };
	} catch (error) {
		const reason = (error as Error).message;
		return { delays: undefined, status: { ...status, tier: '', ok: false, reason } };
	}
}
