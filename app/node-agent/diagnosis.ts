/** From what the kernel refused to what a person can do about it. */

import { type Feature, featureOf } from '../features/feature.ts';
import type { FeatureStatus } from './self-metrics.ts';

/** What decides on this host whether programs can be loaded. */
export interface HostFacts {
	/** Addon and BPF objects lie in the build directory. */
	built: boolean;
	/** Effective capabilities of this process, bit by number. */
	capabilities: bigint;
	/** The kernel describes its types. */
	btf: boolean;
	/** As `uname -r`. */
	kernel: string;
	commands: {
		/** Builds addon and objects; null where they come with the package. */
		build: string | null;
		/** Runs the program as root. */
		elevate: string;
		/** Installs the distribution's newest kernel; null where it is not known. */
		kernel: string | null;
		/** Writes down all that a report should hold. */
		report: string;
	};
}

/** Numbers of linux/capability.h. */
const CAP = { dacReadSearch: 2n, netAdmin: 12n, sysPtrace: 19n, sysAdmin: 21n, perfmon: 38n, bpf: 39n };
const PRIVILEGES = 'root, or the capabilities CAP_BPF, CAP_PERFMON, CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH';
const TASKSTATS =
	'a kernel with CONFIG_TASKSTATS and CONFIG_TASK_DELAY_ACCT, asked from the network namespace of the node';
/** First kernel with the tracepoints of socket data. */
const SOCKET_DATA_KERNEL = [6, 3] as const;

export function diagnose(status: FeatureStatus, facts: HostFacts): Feature {
	const { feature, ok, tier, reason } = status;
	const words = { feature, ok, tier: tier || null, reason: reason || null };
	const partly = feature === 'logs' && words.reason !== null;
	if ((ok && !partly) || status.unwanted) return featureOf(words);
	return featureOf({ ...words, ...remedy(feature, facts) });
}

/** Whether the files and processes of others may be looked at. */
export function mayLookAround({ capabilities }: HostFacts): boolean {
	return has(capabilities, CAP.sysPtrace) && has(capabilities, CAP.dacReadSearch);
}

/** Logs of this node: what is read where not everything may be. */
export function logStatus(facts: HostFacts): FeatureStatus {
	const reason = mayLookAround(facts) ? '' : 'only files and processes of the own user can be read';
	return { feature: 'logs', tier: '', ok: true, reason };
}

/** Spans are made of socket data. */
export function traceStatus(kernel: readonly FeatureStatus[]): FeatureStatus {
	const data = kernel.find(({ feature }) => feature === 'socket-data');
	const ok = data?.ok ?? false;
	return { feature: 'traces', tier: '', ok, reason: ok ? '' : 'spans are made of socket data, which is off' };
}

function remedy(feature: string, facts: HostFacts): Pick<Feature, 'missing' | 'command'> {
	const { commands, capabilities, kernel } = facts;
	if (feature === 'logs') return { missing: PRIVILEGES, command: commands.elevate };
	if (!facts.built)
		return { missing: 'the eBPF programs and the addon, which are not built', command: commands.build };
	// Neither of these two is a program, so that neither needs what programs need.
	if (feature === 'task_delays')
		return has(capabilities, CAP.netAdmin)
			? { missing: TASKSTATS, command: null }
			: { missing: 'root, or the capability CAP_NET_ADMIN', command: commands.elevate };
	if (feature === 'bpf_stats')
		return has(capabilities, CAP.sysAdmin)
			? { missing: `Linux 5.8 or newer with BPF statistics; this is ${kernel}`, command: commands.kernel }
			: { missing: 'root, or the capability CAP_SYS_ADMIN', command: commands.elevate };
	if (!has(capabilities, CAP.sysAdmin) && !(has(capabilities, CAP.bpf) && has(capabilities, CAP.perfmon)))
		return { missing: PRIVILEGES, command: commands.elevate };
	if (!facts.btf)
		return {
			missing: `a kernel with BTF (CONFIG_DEBUG_INFO_BTF, /sys/kernel/btf/vmlinux); this is ${kernel}`,
			command: commands.kernel,
		};
	const [major = 0, minor = 0] = kernel.split('.').map((part) => Number.parseInt(part, 10));
	const [least, then] = SOCKET_DATA_KERNEL;
	if (
		(feature === 'socket-data' || feature === 'traces') &&
		(major < least || (major === least && minor < then))
	)
		return { missing: `Linux ${least}.${then} or newer; this is ${kernel}`, command: commands.kernel };
	return { missing: 'nothing that could be installed: this kernel refuses it', command: commands.report };
}

function has(capabilities: bigint, number: bigint): boolean {
	return ((capabilities >> number) & 1n) === 1n;
}
