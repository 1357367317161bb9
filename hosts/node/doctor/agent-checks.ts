/** What the node agent could do here, found out by doing it: programs are loaded, tested and let go again. */

import { join } from 'node:path';
import type { Feature } from '../../../app/features/feature.ts';
import { silentLogger } from '../../../app/logging/logger.ts';
import { diagnose, logStatus, traceStatus } from '../../../app/node-agent/diagnosis.ts';
import type { FeatureStatus } from '../../../app/node-agent/self-metrics.ts';
import { ownCommand } from '../commands/own-command.ts';
import { loadKernelAddon } from '../events/kernel-addon.ts';
import { openKernelEvents } from '../events/kernel-events.ts';
import { openRunStats } from '../events/run-stats.ts';
import { readHostFacts } from '../host-facts.ts';
import { openTaskDelays } from '../procfs/task-delays.ts';
import { KernelCpuSampler } from '../profiles/cpu-sampler.ts';
import { loadCoreModules } from '../wasm/core-modules.ts';

/** Never rejects. */
export async function checkAgent(buildDir: string): Promise<Feature[]> {
	const facts = await readHostFacts(buildDir, ownCommand('up'));
	const kernel = await kernelStatuses(buildDir);
	const all = [
		...[...kernel, cpuProfiles(buildDir), logStatus(facts), traceStatus(kernel)],
		...[openTaskDelays(buildDir).status, runStats(buildDir)],
	];
	return all.map((status) => diagnose(status, facts));
}

async function kernelStatuses(buildDir: string): Promise<FeatureStatus[]> {
	try {
		const modules = await loadCoreModules(join(buildDir, 'core'));
		const kernel = await openKernelEvents({ buildDir, modules, ownPids: [process.pid], log: silentLogger });
		const { features } = await kernel.stats();
		await kernel.close();
		return features;
	} catch (error) {
		const { message } = error as Error;
		return ['processes', 'connections', 'socket-data'].map((name) => off(name, message));
	}
}

function cpuProfiles(buildDir: string): FeatureStatus {
	const feature = 'cpu_profiles';
	try {
		KernelCpuSampler.open(loadKernelAddon(buildDir), buildDir, [process.pid]).close();
		return { feature, tier: 'perf_event', ok: true, reason: '' };
	} catch (error) {
		return off(feature, (error as Error).message);
	}
}

function runStats(buildDir: string): FeatureStatus {
	const { status, close } = openRunStats(buildDir, false);
	close();
	return status;
}

function off(feature: string, message: string): FeatureStatus {
	return { feature, tier: '', ok: false, reason: message.split('\n')[0]! };
}
