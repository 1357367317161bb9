/** CPU of a cgroup. Files: https://docs.kernel.org/admin-guide/cgroup-v2.html#cpu, cgroup-v1/cpuacct, sched-bwc. */

import type { CgroupDirs, CgroupFiles } from './cgroup-files.ts';
import { keyedNumber, wholeNumber } from './kernel-text.ts';

export interface CgroupCpu {
	/** Seconds since the cgroup was made. */
	usage: number | undefined;
	/** Seconds in which it might not run because its quota was used up. */
	throttled: number | undefined;
	/** Cores; undefined without a limit. */
	limit: number | undefined;
}

export function readCpu(files: CgroupFiles, { cpu, cpuacct }: CgroupDirs): CgroupCpu {
	const stat = cpu && files.read(`${cpu.path}/cpu.stat`);
	if (cpu?.version === 2) {
		const [quota, period] = files.read(`${cpu.path}/cpu.max`)?.split(' ') ?? [];
		return {
			usage: seconds(keyedNumber(stat, 'usage_usec'), 1e6),
			throttled: seconds(keyedNumber(stat, 'throttled_usec'), 1e6),
			limit: cores(wholeNumber(quota), wholeNumber(period)),
		};
	}
	// -1 where there is none.
	const quota = cpu && wholeNumber(files.read(`${cpu.path}/cpu.cfs_quota_us`));
	const period = quota === undefined ? undefined : wholeNumber(files.read(`${cpu?.path}/cpu.cfs_period_us`));
	const usage = cpuacct?.version === 1 ? files.read(`${cpuacct.path}/cpuacct.usage`) : undefined;
	return {
		usage: seconds(wholeNumber(usage), 1e9),
		throttled: seconds(keyedNumber(stat, 'throttled_time'), 1e9),
		limit: cores(quota, period),
	};
}

function seconds(count: number | undefined, perSecond: number): number | undefined {
	return count === undefined ? undefined : count / perSecond;
}

function cores(quota: number | undefined, period: number | undefined): number | undefined {
	return quota === undefined || !period ? undefined : quota / period;
}
