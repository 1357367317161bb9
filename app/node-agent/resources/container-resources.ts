/**
 * CPU, memory and disks of containers. Those with cgroups of their own have them from there, whatever their number of
 * processes; programs of the host have sums over their processes.
 */

import { DerivedLabels } from '../../exposition/derived-labels.ts';
import type { Labels } from '../../exposition/labels.ts';
import {
	counter,
	gauge,
	kernelCounter,
	type MetricDefinition,
	type Snapshot,
} from '../../exposition/snapshot.ts';
import type { Container } from '../containers/container.ts';
import type { ProcFiles } from '../processes/proc-files.ts';
import type { BlockDevices } from './block-devices.ts';
import { readCpu } from './cgroup-cpu.ts';
import { type CgroupDirs, type CgroupFiles, cgroupDirs, unifiedMount } from './cgroup-files.ts';
import { readIo, v1CountsIo } from './cgroup-io.ts';
import { readMemory } from './cgroup-memory.ts';
import { DiskMetrics, diskLabels, READ_BYTES, WRITTEN_BYTES } from './disk-metrics.ts';
import type { FileSystems } from './file-systems.ts';
import { addPressure, pressureMetrics, readPressure } from './pressure.ts';
import { type ProcessFiles, readProcessCpu, readProcessIo, readProcessMemory } from './process-resources.ts';
import { ProcessSums } from './process-sums.ts';
import type { TaskDelays } from './task-delays.ts';

const name = (rest: string) => `container_resources_${rest}`;
const CPU_LIMIT = gauge(name('cpu_limit_cores'), 'Cores that the container may use.');
const CPU_USAGE = kernelCounter(name('cpu_usage_seconds_total'), 'CPU time of the container.');
const CPU_THROTTLED = kernelCounter(
	name('cpu_throttled_seconds_total'),
	'Time in which the container had used up its share of CPU.',
);
const CPU_DELAY = counter(
	name('cpu_delay_seconds_total'),
	'Time in which threads of the container could run and waited for a CPU.',
);
const MEMORY_LIMIT = gauge(name('memory_limit_bytes'), 'Memory that the container may use.');
const MEMORY_RSS = gauge(name('memory_rss_bytes'), 'Anonymous memory and mapped files of the container.');
const MEMORY_CACHE = gauge(name('memory_cache_bytes'), 'Page cache of the container.');
const DISK_DELAY = counter(
	name('disk_delay_seconds_total'),
	'Time in which threads of the container waited for disks.',
);
const OOM_KILLS = kernelCounter(
	'container_oom_kills_total',
	'Processes of the container that the out-of-memory killer ended.',
);
const PRESSURE = pressureMetrics('container', 'the container');

export interface ResourcePorts {
	proc: ProcFiles;
	/** /proc again, for files of processes that are read at every take. */
	processFiles: ProcessFiles;
	cgroups: CgroupFiles;
	fileSystems: FileSystems;
	/** Undefined where the kernel does not tell. */
	delays: TaskDelays | undefined;
}

interface ContainerState {
	/** Waiting for CPUs and for disks, seconds. */
	delays: ProcessSums;
	/** Of programs of the host, seconds. */
	cpu: ProcessSums;
	/** Bytes read and written, where only the processes know. */
	io: ProcessSums;
	/** Labels of these. */
	noDisk: Labels;
	dirs: { of: unknown; dirs: CgroupDirs } | undefined;
	/** Whether kills were reported. */
	killsShown: boolean;
}

export class ContainerResources {
	readonly #ports: ResourcePorts;
	readonly #startedAt: number;
	readonly #disks: DiskMetrics;
	readonly #labels = new DerivedLabels();
	readonly #states = new WeakMap<Container, ContainerState>();
	readonly #unified: 'unified/' | '';
	readonly #hasPressure: boolean;
	#v1CountsIo = false;

	/** @param startedAt of the agent, ms since the epoch */
	constructor(ports: ResourcePorts, startedAt: number) {
		this.#ports = ports;
		this.#startedAt = startedAt;
		this.#disks = new DiskMetrics(ports.proc, ports.fileSystems);
		this.#unified = unifiedMount(ports.cgroups);
		// A kernel that was started without says so once; else three files of each container would be looked for in vain.
		this.#hasPressure = ports.proc.read('pressure/cpu') !== undefined;
	}

	/** @param containers whose series are shown */
	collect(snapshot: Snapshot, containers: readonly Container[], devices: BlockDevices): void {
		this.#v1CountsIo = v1CountsIo(this.#ports.cgroups);
		this.#collectDelays(snapshot, containers);
		for (const container of containers) {
			const state = this.#state(container);
			if (container.processes.size > 0) {
				if (container.cgroups !== undefined) this.#collectCgroups(snapshot, container, state, devices);
				else this.#collectProcesses(snapshot, container, state);
			}
			this.#collectKills(snapshot, container, state);
		}
	}

	#collectCgroups(
		snapshot: Snapshot,
		container: Container,
		state: ContainerState,
		devices: BlockDevices,
	): void {
		const { cgroups } = this.#ports;
		const { labels } = container;
		const dirs = this.#dirs(container, state);
		const add = (metric: MetricDefinition, value: number | undefined) => {
			if (value !== undefined) snapshot.add(metric, labels, value);
		};
		const cpu = readCpu(cgroups, dirs);
		add(CPU_USAGE, cpu.usage);
		add(CPU_THROTTLED, cpu.throttled);
		add(CPU_LIMIT, cpu.limit);
		if (dirs.memory !== undefined) {
			const memory = readMemory(cgroups, dirs.memory);
			add(MEMORY_RSS, memory.rss);
			add(MEMORY_CACHE, memory.cache);
			add(MEMORY_LIMIT, memory.limit);
			const cgroup = memory.oomKills === undefined ? undefined : cgroups.inode(dirs.memory.path);
			if (cgroup !== undefined) container.oomKills.onCounter(cgroup, memory.oomKills!);
		}
		const counted = dirs.io?.version === 2 || this.#v1CountsIo;
		const io = dirs.io && counted ? readIo(cgroups, dirs.io) : undefined;
		this.#disks.collect(snapshot, container, devices, io);
		if (io === undefined) this.#collectProcessIo(snapshot, container, state);
		const pressure =
			this.#hasPressure && dirs.pressure !== undefined
				? readPressure((resource) => cgroups.read(`${dirs.pressure}/${resource}.pressure`))
				: undefined;
		if (pressure !== undefined)
			addPressure(snapshot, PRESSURE, (...pairs) => this.#labels.of(labels, ...pairs), pressure);
	}

	#collectProcesses(snapshot: Snapshot, container: Container, state: ContainerState): void {
		const { processFiles } = this.#ports;
		const { processes, labels } = container;
		state.cpu.look(processes, snapshot.time, (pid) => readProcessCpu(processFiles, pid));
		snapshot.add(CPU_USAGE, labels, state.cpu.totals[0]!);
		this.#collectProcessIo(snapshot, container, state);
		let own = 0;
		let shareable = 0;
		for (const pid of processes.keys()) {
			const memory = readProcessMemory(processFiles, pid);
			own += memory?.own ?? 0;
			// Mostly the same files and the same shared memory are in all of them: counted once, by who has most.
			shareable = Math.max(shareable, memory?.shareable ?? 0);
		}
		snapshot.add(MEMORY_RSS, labels, own + shareable);
	}

	#collectProcessIo(snapshot: Snapshot, { processes }: Container, { io, noDisk }: ContainerState): void {
		io.look(processes, snapshot.time, (pid) => readProcessIo(this.#ports.processFiles, pid));
		snapshot.add(READ_BYTES, noDisk, io.totals[0]!);
		snapshot.add(WRITTEN_BYTES, noDisk, io.totals[1]!);
	}

	/** One question for all processes of all containers. */
	#collectDelays(snapshot: Snapshot, containers: readonly Container[]): void {
		const { delays, proc } = this.#ports;
		if (delays === undefined) return;
		const pids = containers.flatMap(({ processes }) => [...processes.keys()]);
		const values = delays.read(Uint32Array.from(pids));
		// The kernel counts waiting for disks only when it is asked to.
		const disks = proc.read('sys/kernel/task_delayacct')?.trim() === '1';
		let at = 0;
		for (const container of containers) {
			if (container.processes.size === 0) continue;
			const state = this.#state(container);
			state.delays.look(container.processes, snapshot.time, () => {
				const [cpu, disk] = values.subarray(2 * at, 2 * ++at);
				return Number.isNaN(cpu) ? undefined : [cpu! / 1e9, disk! / 1e9];
			});
			snapshot.add(CPU_DELAY, container.labels, state.delays.totals[0]!);
			if (disks) snapshot.add(DISK_DELAY, container.labels, state.delays.totals[1]!);
		}
	}

	/** The first value of a container that started under the agent's eyes is 0, so that its rise from there is seen. */
	#collectKills(snapshot: Snapshot, container: Container, state: ContainerState): void {
		const known = state.killsShown || container.foundRunning;
		snapshot.add(OOM_KILLS, container.labels, known ? container.oomKills.total : 0);
		state.killsShown = true;
	}

	#dirs(container: Container, state: ContainerState): CgroupDirs {
		if (state.dirs?.of !== container.cgroups) {
			state.dirs = { of: container.cgroups, dirs: cgroupDirs(container.cgroups!, this.#unified) };
		}
		return state.dirs!.dirs;
	}

	#state(container: Container): ContainerState {
		let state = this.#states.get(container);
		if (state === undefined) {
			state = {
				delays: new ProcessSums(2, this.#startedAt),
				cpu: new ProcessSums(1, this.#startedAt),
				io: new ProcessSums(2, this.#startedAt),
				noDisk: diskLabels(container.labels, { mountPoint: '', device: '', volume: '' }),
				dirs: undefined,
				killsShown: false,
			};
			this.#states.set(container, state);
		}
		return state;
	}
}
