import type { FeatureStatus } from '../../../app/node-agent/self-metrics.ts';
import { loadKernelAddon } from './kernel-addon.ts';

const FEATURE = 'bpf_stats';

/** The kernel counts and times the runs of BPF programs, of this agent and all others, until it is closed. */
export interface RunStats {
	status: FeatureStatus;
	close(): void;
}

/** Where it is not wanted or the kernel refuses, `status` says so. It wants CAP_SYS_ADMIN and Linux 5.8. */
export function openRunStats(buildDir: string, disabled: boolean): RunStats {
	const off = { feature: FEATURE, tier: '', ok: false };
	if (disabled) {
		const status = { ...off, reason: 'switched off by --disable-bpf-stats', unwanted: true };
		return { status, close() {} };
	}
	try {
		const stats = new (loadKernelAddon(buildDir).RunStats)();
		const status = { feature: FEATURE, tier: 'run_time', ok: true, reason: '' };
		return { status, close: () => stats.close() };
	} catch (error) {
		const [reason = ''] = (error as Error).message.split('\n');
		return { status: { ...off, reason }, close() {} };
	}
}
