/** Which log files belong to which containers: runtimes' own files, and files under /var/log that processes hold open. */

import { readdirSync, readlinkSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { LogFormat } from '../../../core-as/facade/index.ts';
import type { ProcFiles } from '../processes/proc-files.ts';
import type { ProcessOwners } from '../processes/process-owners.ts';

export interface DiscoveredLog {
	/** As this process can open it. */
	path: string;
	/** Label `source`: `stdout/stderr`, or the path as the container's processes see it. */
	source: string;
	container: string;
	format: LogFormat;
}

export interface LogDiscoveryOptions extends Pick<ProcessOwners, 'containerOf'> {
	proc: ProcFiles;
	/** The node's file system. */
	hostRoot: string;
	/** Id of a container by that of its runtime; undefined: it is named by digits. */
	containerOfRaw?: (rawId: string) => string | undefined;
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

/** A process mostly opens its logs soon after it starts: for so many rounds it is looked at in each, later in one of so many. */
const YOUNG_ROUNDS = 12;
const OLD_ROUNDS = 6;

/** What a process held open when it was last looked at. */
interface LookedAt {
	container: string | undefined;
	/** The first round that saw it; 0: it was there before. */
	since: number;
	isWriter: boolean;
	/** Files of its own container, and those that it writes for others. */
	own: DiscoveredLog[];
	written: DiscoveredLog[];
}

/**
 * Call `discover` every few seconds. What thousands of processes hold open takes long to read, so those that have run for a
 * while take turns.
 */
export class LogDiscovery {
	readonly #options: LogDiscoveryOptions;
	/** By pid; those that end leave in the next round. */
	#processes = new Map<number, LookedAt>();
	#round = 0;

	constructor(options: LogDiscoveryOptions) {
		this.#options = options;
	}

	discover(): DiscoveredLog[] {
		const { proc, containerOf } = this.#options;
		const processes = new Map<number, LookedAt>();
		for (const pid of proc.pids()) {
			const container = containerOf(pid, 0n);
			const before = this.#processes.get(pid);
			processes.set(
				pid,
				before && !this.#isDue(pid, container, before) ? before : this.#look(pid, container, before),
			);
		}
		this.#processes = processes;
		this.#round++;
		const found = new Map<string, DiscoveredLog>();
		const containers = new Set<string>();
		const written: DiscoveredLog[] = [];
		for (const looked of processes.values()) {
			if (looked.container !== undefined) containers.add(looked.container);
			written.push(...looked.written);
			for (const log of looked.own) {
				// One file may be open in many processes, and be seen under different roots.
				const key = `${log.container}\n${log.source}`;
				if (!found.has(key)) found.set(key, log);
			}
		}
		for (const log of [...written, ...this.#podLogs(containers)])
			if (containers.has(log.container)) found.set(`${log.container}\n`, log);
		return [...found.values()];
	}

	#isDue(pid: number, container: string | undefined, before: LookedAt): boolean {
		if (before.isWriter || before.container !== container) return true;
		const isYoung = before.since > 0 && this.#round - before.since < YOUNG_ROUNDS;
		return isYoung || (pid + this.#round) % OLD_ROUNDS === 0;
	}

	#look(pid: number, container: string | undefined, before: LookedAt | undefined): LookedAt {
		const { proc } = this.#options;
		const writer = WRITERS[proc.read(`${pid}/comm`)?.trimEnd() ?? ''];
		const looked: LookedAt = {
			container,
			since: before?.container === container ? (before?.since ?? this.#round) : this.#round,
			isWriter: writer !== undefined,
			own: [],
			written: [],
		};
		if (container === undefined && writer === undefined) return looked;
		for (const fd of proc.list(`${pid}/fd`)) {
			const target = proc.link(`${pid}/fd/${fd}`);
			if (!target?.startsWith('/') || target.endsWith(' (deleted)')) continue;
			const path = `/proc/${pid}/root${target}`;
			const id = writer?.file.exec(target)?.[1];
			if (writer !== undefined && id !== undefined)
				looked.written.push({
					...{ path, source: STDOUT, format: writer.format },
					container: this.#options.containerOfRaw?.(id) ?? `/${writer.runtime}/${id.slice(0, SHORT_ID)}`,
				});
			if (container !== undefined && isLogFile(target) && isWritten(proc, pid, fd))
				looked.own.push({ path, source: target, container, format: 'plain' });
		}
		return looked;
	}

	#podLogs(containers: ReadonlySet<string>): DiscoveredLog[] {
		const { hostRoot: root, containerOfRaw } = this.#options;
		const logs: DiscoveredLog[] = [];
		for (const name of names(join(root, CRI))) {
			const id = /-([0-9a-f]{64})\.log$/.exec(name)?.[1];
			if (id === undefined) continue;
			const container = [
				containerOfRaw?.(id),
				...['containerd', 'crio', 'docker'].map((runtime) => `/${runtime}/${id.slice(0, SHORT_ID)}`),
			].find((each) => each !== undefined && containers.has(each));
			if (container === undefined) continue;
			const path = join(root, followed(root, join(CRI, name)));
			// Kubernetes on Docker links to Docker's own file.
			const format = path.endsWith('-json.log') ? 'docker' : 'cri';
			logs.push({ path, source: STDOUT, container, format });
		}
		return logs;
	}
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
