/**
 * Processes of the node and the containers they belong to, from the kernel's control records and /proc.
 * A process is resolved when it starts or executes, at once, because it may be gone before its first
 * connection is reported; dead ones are kept a while for the same reason.
 */

import type { Labels } from '../../exposition/labels.ts';
import { hasV1, namingPath, ownCgroups, parseCgroupFile } from '../containers/cgroup-file.ts';
import type { Container } from '../containers/container.ts';
import type { ContainerFilter } from '../containers/container-filter.ts';
import type { ContainerNames } from '../containers/container-names.ts';
import type { ContainerRegistry } from '../containers/container-registry.ts';
import { type Identity, identifyCgroup } from '../containers/identity.ts';
import type { ProcessRecord } from '../control-records.ts';
import type { HostFiles } from '../node/host-files.ts';
import { applicationType } from './application-type.ts';
import { ExecutableNames, executableName } from './executable.ts';
import { type OptOut, optOutsOf } from './opt-outs.ts';
import { bootTime, type ProcFiles, processStat } from './proc-files.ts';

/** How long a dead process still answers for late activity. */
const DEAD_PROCESS_MS = 2 * 60_000;

interface Process {
	pid: number;
	parent: number;
	cgroup: bigint;
	startedAt: number;
	/** What the cgroup says; undefined when the process was gone before anybody could look. */
	owner: Identity | 'ignored' | undefined;
	/** Set once it counts among the container's processes. */
	container: Container | undefined;
	/** As its environment said when it last executed. */
	optOuts: readonly OptOut[];
	diedAt: number | undefined;
}

export interface ProcessTableOptions {
	proc: ProcFiles;
	host: HostFiles;
	containers: ContainerRegistry;
	/** Undefined: containers are named by digits. */
	names?: ContainerNames;
	filter: ContainerFilter;
	nodeLabels: Labels;
	/** Processes that are never reported: the agent itself and those that started it. */
	ownPids: ReadonlySet<number>;
	now: () => number;
	/** At the bound the process that died first goes; with none dead, the new one is refused and counted. */
	maxProcesses?: number;
}

export interface ProcessTableStats {
	records: number;
	/** Processes whose container nobody could tell. */
	unresolved: number;
	overflow: number;
	processes: number;
	maxProcesses: number;
}

export class ProcessTable {
	readonly #options: ProcessTableOptions;
	readonly #max: number;
	readonly #processes = new Map<number, Process>();
	/** In the order of death; bounded by the table. */
	readonly #dead = new Set<Process>();
	/** Container by cgroup id; bounded, the oldest goes. */
	readonly #byCgroup = new Map<bigint, Identity>();
	readonly #names = new ExecutableNames();
	#records = 0;
	#unresolved = 0;
	#overflow = 0;

	constructor(options: ProcessTableOptions) {
		this.#options = options;
		this.#max = options.maxProcesses ?? 65_536;
	}

	stats(): ProcessTableStats {
		return {
			records: this.#records,
			unresolved: this.#unresolved,
			overflow: this.#overflow,
			processes: this.#processes.size,
			maxProcesses: this.#max,
		};
	}

	/** Every living process, once, after the kernel programs are attached. Returns their pids. */
	scan(): number[] {
		const { proc, now } = this.#options;
		const boot = bootTime(proc) ?? now();
		const pids = proc.pids();
		for (const pid of pids) {
			const stat = processStat(proc, pid);
			if (stat === undefined) continue;
			this.#add(pid, stat.parent, 0n, boot + stat.startedAfterMs);
		}
		for (const pid of pids) {
			const process = this.#processes.get(pid);
			if (process !== undefined) this.#resolve(process, '');
		}
		return pids;
	}

	onRecord(record: ProcessRecord): void {
		this.#records++;
		if (record.kind === 'start') this.#onStart(record);
		else if (record.kind === 'exec') this.#onExec(record);
		else this.#onExit(record.pid, record.oomVictim);
	}

	/**
	 * The container that a connection or a listening socket of this process belongs to. A process of the host
	 * gets its container here, when it first touches the network. Undefined: ignored, or not known (counted), or without its name yet.
	 */
	containerOf(pid: number, cgroup: bigint): Container | 'ignored' | undefined {
		let process = this.#processes.get(pid);
		if (process === undefined && pid !== 0 && !this.#options.ownPids.has(pid)) {
			process = this.#add(pid, 0, cgroup, this.#options.now());
			if (process !== undefined) this.#resolve(process, '');
			if (process?.owner === undefined) this.#onExit(pid);
		}
		if (this.#options.ownPids.has(pid) || process?.owner === 'ignored') return 'ignored';
		const owner = process?.owner ?? this.#byCgroup.get(cgroup);
		if (owner === undefined) {
			this.#unresolved++;
			return undefined;
		}
		if (owner.pending) return undefined;
		if (!this.#options.filter.accepts(owner.id)) return 'ignored';
		if (process?.container?.id === owner.id) return process.container;
		const container = this.#ensure(owner);
		if (container !== undefined && process !== undefined) this.#join(process, container, true);
		return container;
	}

	/**
	 * Id of the container that a process belongs to, also of one of the host that never touched the network; it does
	 * not become a container by this. Undefined: none, ignored, not known, or it does not want this signal to be taken.
	 */
	containerIdOf(pid: number, cgroup: bigint, signal: OptOut): string | undefined {
		const { ownPids, filter, containers } = this.#options;
		const process = this.#processes.get(pid);
		const owner = ownPids.has(pid) ? 'ignored' : (process?.owner ?? this.#byCgroup.get(cgroup));
		if (owner === undefined || owner === 'ignored' || owner.pending) return undefined;
		if (!filter.accepts(owner.id)) return undefined;
		if (process?.optOuts.includes(signal) || containers.get(owner.id)?.optsOut(signal)) return undefined;
		return owner.id;
	}

	/** A container got its id: its processes count from now on. Returns those that live. */
	onNamed(rawId: string): number[] {
		const living: number[] = [];
		for (const process of this.#processes.values()) {
			const owner = this.#nameOf(process.owner, rawId);
			if (owner === undefined) continue;
			process.owner = owner;
			this.#joinContainer(process, true);
			if (process.diedAt === undefined) living.push(process.pid);
		}
		for (const [cgroup, pending] of this.#byCgroup) {
			const identity = this.#nameOf(pending, rawId);
			if (identity === 'ignored') this.#byCgroup.delete(cgroup);
			else if (identity !== undefined) this.#byCgroup.set(cgroup, identity);
		}
		return living;
	}

	/** Undefined: it does not wait for this name. */
	#nameOf(owner: Identity | 'ignored' | undefined, rawId: string): Identity | 'ignored' | undefined {
		if (owner === undefined || owner === 'ignored' || !owner.pending || owner.rawId !== rawId)
			return undefined;
		return this.#options.names?.of(owner);
	}

	isAlive(pid: number): boolean {
		const process = this.#processes.get(pid);
		return process !== undefined && process.diedAt === undefined;
	}

	/** Forgets what died long ago. */
	sweep(): void {
		const now = this.#options.now();
		for (const process of this.#dead) {
			if (now - process.diedAt! <= DEAD_PROCESS_MS) break;
			this.#forget(process);
		}
	}

	/** Finds processes whose exit record was lost. */
	reconcile(): void {
		const living = new Set(this.#options.proc.pids());
		for (const process of this.#processes.values()) {
			if (process.diedAt === undefined && !living.has(process.pid)) this.#onExit(process.pid);
		}
	}

	#onStart(record: ProcessRecord): void {
		const process = this.#add(record.pid, record.parent, record.cgroup, this.#options.now());
		if (process === undefined) return;
		const parent = this.#processes.get(record.parent);
		// A fork has the executable of its parent, and mostly its cgroup; a clone into another cgroup has not.
		if (parent?.owner !== undefined && parent.cgroup === record.cgroup) {
			process.owner = this.#options.ownPids.has(record.pid) ? 'ignored' : parent.owner;
			process.optOuts = parent.optOuts;
			this.#joinContainer(process, false);
			return;
		}
		this.#resolve(process, '');
	}

	#onExec(record: ProcessRecord): void {
		let process = this.#processes.get(record.pid);
		if (process === undefined || process.diedAt !== undefined) {
			process = this.#add(record.pid, 0, record.cgroup, this.#options.now());
			if (process === undefined) return;
		}
		process.cgroup = record.cgroup;
		this.#resolve(process, record.comm);
	}

	#onExit(pid: number, oomVictim = false): void {
		const process = this.#processes.get(pid);
		if (process === undefined || process.diedAt !== undefined) return;
		if (oomVictim) process.container?.oomKills.onVictim();
		process.diedAt = this.#options.now();
		process.container?.removeProcess(pid, process.diedAt);
		this.#dead.add(process);
	}

	#add(pid: number, parent: number, cgroup: bigint, startedAt: number): Process | undefined {
		const before = this.#processes.get(pid);
		if (before !== undefined) {
			if (before.diedAt === undefined) before.container?.removeProcess(pid, this.#options.now());
			this.#forget(before);
		}
		if (this.#processes.size >= this.#max) {
			const oldest = this.#dead.values().next().value;
			if (oldest === undefined) {
				this.#overflow++;
				return undefined;
			}
			this.#forget(oldest);
		}
		const process: Process = {
			pid,
			parent,
			cgroup,
			startedAt,
			owner: undefined,
			container: undefined,
			optOuts: [],
			diedAt: undefined,
		};
		this.#processes.set(pid, process);
		return process;
	}

	#forget(process: Process): void {
		this.#dead.delete(process);
		if (this.#processes.get(process.pid) === process) this.#processes.delete(process.pid);
	}

	/** @param comm name that the process was executed under, empty when it did not just execute */
	#resolve(process: Process, comm: string): void {
		const owner = this.#ownerOf(process, comm);
		const id = owner === undefined || owner === 'ignored' ? undefined : owner.id;
		if (process.container !== undefined && process.container.id !== id) {
			process.container.removeProcess(process.pid, this.#options.now());
			process.container = undefined;
		}
		process.owner = owner;
		if (id !== undefined) process.optOuts = optOutsOf(this.#options.proc.read(`${process.pid}/environ`));
		this.#joinContainer(process, true);
	}

	#ownerOf(process: Process, comm: string): Identity | 'ignored' | undefined {
		const { proc, host, ownPids } = this.#options;
		if (ownPids.has(process.pid)) return 'ignored';
		const text = proc.read(`${process.pid}/cgroup`);
		// After its cgroup: where it is ending now, it may have been then.
		const stat = processStat(proc, process.pid);
		// What the server starts is ours as well: the embedded engine. The agent itself starts nothing.
		if (stat !== undefined && stat.parent !== globalThis.process.pid && ownPids.has(stat.parent))
			return 'ignored';
		if (text === undefined) return this.#ownerOfGone(process, comm);
		const paths = parseCgroupFile(text);
		// A process that is ending is in the root of each hierarchy of v1. The unified path stays, and says less.
		const ending = stat?.ending ?? true;
		if (ending && paths.v1.size === 0 && hasV1(text)) return this.#ownerOfGone(process, comm);
		const path = namingPath(paths);
		const commandLine = () => proc.read(`${process.pid}/cmdline`);
		const verdict = path === undefined ? 'host' : identifyCgroup(path, host, commandLine);
		if (verdict === 'ignored') return verdict;
		if (verdict !== 'host') {
			const byDigits = { ...verdict, cgroups: ownCgroups(paths, verdict.cgroup) };
			const identity = this.#options.names?.of(byDigits) ?? byDigits;
			if (identity === 'ignored') return identity;
			// Only where the unified hierarchy names the container do its ids tell containers apart.
			if (path === paths.v2) this.#rememberCgroup(process.cgroup, identity);
			return identity;
		}
		const executable = executableName(proc.link(`${process.pid}/exe`));
		if (executable !== undefined) {
			// The process may have executed something else since; then the record's name is not this executable's.
			if (comm !== '' && (comm === executable || proc.read(`${process.pid}/comm`)?.trimEnd() === comm)) {
				this.#names.learn(comm, executable);
			}
			return hostIdentity(executable);
		}
		return this.#guessHost(comm);
	}

	/** Of a process that ended before it could be looked at. */
	#ownerOfGone(process: Process, comm: string): Identity | 'ignored' | undefined {
		const known = this.#byCgroup.get(process.cgroup);
		if (known !== undefined) return known;
		const parent = process.owner ?? this.#processes.get(process.parent)?.owner;
		if (parent === undefined || parent === 'ignored' || parent.kind !== 'host') return parent;
		return comm === '' ? parent : this.#guessHost(comm);
	}

	#guessHost(comm: string): Identity | undefined {
		const name = this.#names.guess(comm);
		return name === undefined ? undefined : hostIdentity(name);
	}

	#rememberCgroup(cgroup: bigint, identity: Identity): void {
		if (cgroup === 0n) return;
		this.#byCgroup.delete(cgroup);
		if (this.#byCgroup.size >= 8192) this.#byCgroup.delete(this.#byCgroup.keys().next().value!);
		this.#byCgroup.set(cgroup, identity);
	}

	/** Processes of real containers count at once; those of the host wait until they touch the network. */
	#joinContainer(process: Process, executed: boolean): void {
		const { owner } = process;
		if (owner === undefined || owner === 'ignored' || owner.kind === 'host' || owner.pending) return;
		if (!this.#options.filter.accepts(owner.id)) return;
		const container = this.#ensure(owner);
		if (container !== undefined) this.#join(process, container, executed);
	}

	#ensure(identity: Identity): Container | undefined {
		return this.#options.containers.ensure(identity, this.#options.nodeLabels, this.#options.now());
	}

	/** @param executed whether the program may be another than the last one seen in this container */
	#join(process: Process, container: Container, executed: boolean): void {
		process.container = container;
		if (process.diedAt !== undefined) return;
		container.addProcess(process.pid, process.startedAt, process.optOuts);
		if (!executed) return;
		const { proc } = this.#options;
		const cmdline = proc.read(`${process.pid}/cmdline`);
		if (cmdline === undefined || cmdline === '') return;
		const type = applicationType(cmdline, proc.link(`${process.pid}/exe`));
		if (type !== undefined) container.applicationTypes.add(type);
	}
}

function hostIdentity(executable: string): Identity {
	return { id: `/host/${executable}`, kind: 'host', image: '', cgroup: '' };
}
