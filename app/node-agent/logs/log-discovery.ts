/** Which log files belong to which containers: runtimes' own files, and files under /var/log that processes hold open. */

import { readdirSync, readlinkSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { LogFormat } from '../../../core-as/facade/index.ts';
import type { ProcFiles } from '../processes/proc-files.ts';

export interface DiscoveredLog {
	/** As this process can open it. */
	path: string;
	/** Label `source`: `stdout/stderr`, or the path as the container's processes see it. */
	source: string;
	container: string;
	format: LogFormat;
}

export interface LogDiscoveryOptions {
	proc: ProcFiles;
	/** The node's file system. */
	hostRoot: string;
	/** Id of the container that a process belongs to; undefined: none, or not to be reported. */
	containerOf: (pid: number, cgroup: bigint) => string | undefined;
}

/** Programs that write what containers print, each into a file that it holds open, wherever its data lie. */
const WRITERS: Record<string, { file: RegExp; runtime: string; format: LogFormat }> = {
	dockerd: { file: /\/([0-9a-f]{64})\/\1-json\.log$/, runtime: 'docker', format: 'docker' },
	// Podman's k8s-file has the format of CRI.
	conmon: { file: /\/([0-9a-f]{64})\/userdata\/ctr\.log$/, runtime: 'podman', format: 'cri' },
};
const CRI = '/var/log/containers';
const STDOUT = 'stdout/stderr';
const SHORT_ID = 12;
/** Links that are followed from a CRI file to where it lies. */
const MAX_LINKS = 5;
const ACCESS_MODE = 0o3;

export function discoverLogs(options: LogDiscoveryOptions): DiscoveredLog[] {
	const { proc, containerOf } = options;
	const found = new Map<string, DiscoveredLog>();
	const containers = new Set<string>();
	const written: DiscoveredLog[] = [];
	for (const pid of proc.pids()) {
		const container = containerOf(pid, 0n);
		if (container !== undefined) containers.add(container);
		let comm: string | undefined;
		/** Read once a process, and of those with a container only where they hold a log open. */
		const writer = () => {
			comm ??= proc.read(`${pid}/comm`)?.trimEnd() ?? '';
			return WRITERS[comm];
		};
		if (container === undefined && writer() === undefined) continue;
		for (const fd of proc.list(`${pid}/fd`)) {
			const target = proc.link(`${pid}/fd/${fd}`);
			if (!target?.startsWith('/') || target.endsWith(' (deleted)')) continue;
			const path = () => `/proc/${pid}/root${target}`;
			const by = target.endsWith('.log') ? writer() : undefined;
			const id = by?.file.exec(target)?.[1];
			if (by !== undefined && id !== undefined)
				written.push({
					...{ path: path(), source: STDOUT, format: by.format },
					container: `/${by.runtime}/${id.slice(0, SHORT_ID)}`,
				});
			if (container === undefined || !isLogFile(target) || !isWritten(proc, pid, fd)) continue;
			// One file may be open in many processes, and be seen under different roots.
			const key = `${container}\n${target}`;
			if (!found.has(key)) found.set(key, { path: path(), source: target, container, format: 'plain' });
		}
	}
	for (const log of [...written, ...podLogs(options.hostRoot, containers)])
		if (containers.has(log.container)) found.set(`${log.container}\n`, log);
	return [...found.values()];
}

/** Under /var/log, and not written by a runtime or the journal. */
function isLogFile(path: string): boolean {
	return (
		path.startsWith('/var/log/') &&
		!['/var/log/containers/', '/var/log/pods/', '/var/log/journal/'].some((dir) => path.startsWith(dir))
	);
}

function isWritten(proc: ProcFiles, pid: number, fd: string): boolean {
	const flags = /^flags:\s+([0-7]+)/m.exec(proc.read(`${pid}/fdinfo/${fd}`) ?? '')?.[1];
	return flags !== undefined && (Number.parseInt(flags, 8) & ACCESS_MODE) !== 0;
}

function podLogs(root: string, containers: ReadonlySet<string>): DiscoveredLog[] {
	const logs: DiscoveredLog[] = [];
	for (const name of names(join(root, CRI))) {
		const id = /-([0-9a-f]{64})\.log$/.exec(name)?.[1]?.slice(0, SHORT_ID);
		const container = ['containerd', 'crio', 'docker']
			.map((runtime) => `/${runtime}/${id}`)
			.find((each) => containers.has(each));
		if (id === undefined || container === undefined) continue;
		const path = join(root, followed(root, join(CRI, name)));
		// Kubernetes on Docker links to Docker's own file.
		const format = path.endsWith('-json.log') ? 'docker' : 'cri';
		logs.push({ path, source: STDOUT, container, format });
	}
	return logs;
}

function names(folder: string): string[] {
	try {
		return readdirSync(folder);
	} catch {
		return [];
	}
}

/** Where a link of the node's file system leads, as a path of the node: our own root may be another. */
function followed(root: string, path: string): string {
	let at = path;
	for (let i = 0; i < MAX_LINKS; i++) {
		try {
			at = resolve(dirname(at), readlinkSync(join(root, at)));
		} catch {
			break;
		}
	}
	return at;
}
