/** Disks of containers: how full their mounts are, and what went to and came from the devices below. */

import type { Labels } from '../../exposition/labels.ts';
import { gauge, kernelCounter, type Snapshot } from '../../exposition/snapshot.ts';
import type { Container } from '../containers/container.ts';
import type { ProcFiles } from '../processes/proc-files.ts';
import type { BlockDevices } from './block-devices.ts';
import type { DeviceIo } from './cgroup-io.ts';
import { type Disk, disksOf, volumesOf } from './disks.ts';
import type { FileSystems } from './file-systems.ts';
import { parseMounts } from './mounts.ts';

const SIZE = gauge(
	'container_resources_disk_size_bytes',
	'Size of the file system at a mount of the container.',
);
const USED = gauge('container_resources_disk_used_bytes', 'What of it is used.');
const RESERVED = gauge('container_resources_disk_reserved_bytes', 'What of it is kept for root.');
const READS = kernelCounter('container_resources_disk_reads_total', 'Reads from the device.');
const WRITES = kernelCounter('container_resources_disk_writes_total', 'Writes to the device.');
export const READ_BYTES = kernelCounter(
	'container_resources_disk_read_bytes_total',
	'Bytes read from the device.',
);
export const WRITTEN_BYTES = kernelCounter(
	'container_resources_disk_written_bytes_total',
	'Bytes written to the device.',
);

/**
 * How long a table of mounts is believed while the process that it is of lives; shorter while the container is young,
 * because its runtime may just be mounting.
 */
const MOUNTS_MS = 5 * 60_000;
const YOUNG_MOUNTS_MS = 10_000;
const YOUNG_MS = 60_000;
/** Old tables that are read again in one take: they take longer than all else. */
const REFRESHES = 10;

interface MountedDisks {
	pid: number;
	readAt: number;
	/** The process sees the mounts of the node. */
	shared: boolean;
	disks: (Disk & { labels: Labels })[];
}

export class DiskMetrics {
	readonly #proc: ProcFiles;
	readonly #files: FileSystems;
	readonly #mounted = new WeakMap<Container, MountedDisks>();
	#refreshes = { time: 0, done: 0 };
	#volumes = { readAt: Number.NEGATIVE_INFINITY, byDevice: new Map<string, string>() };

	constructor(proc: ProcFiles, files: FileSystems) {
		this.#proc = proc;
		this.#files = files;
	}

	/** @param io of the container by device, undefined where the kernel does not count */
	collect(
		snapshot: Snapshot,
		container: Container,
		devices: BlockDevices,
		io: ReadonlyMap<string, DeviceIo> | undefined,
	): void {
		const { pid, shared, disks } = this.#disks(container, devices, snapshot.time);
		const told = new Set<string>();
		for (const { mountPoint, number, labels } of disks) {
			const own = told.has(number) ? undefined : io?.get(number);
			// Of the node's mounts those that others use are not meant.
			if (shared && own === undefined) continue;
			const size = this.#files.size(pid, mountPoint);
			if (size !== undefined) {
				snapshot.add(SIZE, labels, size.total);
				snapshot.add(USED, labels, size.used);
				snapshot.add(RESERVED, labels, size.reserved);
			}
			// Once for each device, because nobody knows at which of its mounts, and sums must stay true.
			if (own === undefined) continue;
			told.add(number);
			snapshot.add(READS, labels, own.reads);
			snapshot.add(WRITES, labels, own.writes);
			snapshot.add(READ_BYTES, labels, own.readBytes);
			snapshot.add(WRITTEN_BYTES, labels, own.writtenBytes);
		}
	}

	#disks(container: Container, devices: BlockDevices, now: number): MountedDisks {
		const known = this.#mounted.get(container);
		if (known !== undefined && container.processes.has(known.pid) && !this.#refresh(container, known, now))
			return known;
		const pid = container.processes.keys().next().value!;
		const mounts = parseMounts(this.#proc.read(`${pid}/mountinfo`) ?? '');
		const labels = new Map(known?.disks.map((disk) => [keyOf(disk), disk.labels]));
		const disks = disksOf(pid, mounts, devices, this.#files, this.#volumesNow(now));
		const mounted: MountedDisks = {
			pid,
			readAt: now,
			// Services with a namespace of their own have the node's mounts in it, with some changes.
			shared:
				container.kind === 'systemd' ||
				this.#mountNamespace(pid) === (this.#mountNamespace(1) ?? this.#mountNamespace('self')),
			disks: disks.map((disk) => ({
				...disk,
				labels: labels.get(keyOf(disk)) ?? diskLabels(container.labels, disk),
			})),
		};
		this.#mounted.set(container, mounted);
		return mounted;
	}

	#refresh(container: Container, { readAt }: MountedDisks, now: number): boolean {
		const young = container.age(readAt) < YOUNG_MS;
		if (now - readAt < (young ? YOUNG_MOUNTS_MS : MOUNTS_MS)) return false;
		if (this.#refreshes.time !== now) this.#refreshes = { time: now, done: 0 };
		return ++this.#refreshes.done <= REFRESHES;
	}

	#mountNamespace(pid: number | 'self'): string | undefined {
		return this.#proc.link(`${pid}/ns/mnt`);
	}

	/** Volumes are mounted on the node before they are in a container. */
	#volumesNow(now: number): ReadonlyMap<string, string> {
		if (now - this.#volumes.readAt >= MOUNTS_MS) {
			const text = this.#proc.read('1/mountinfo') ?? this.#proc.read('self/mountinfo') ?? '';
			this.#volumes = { readAt: now, byDevice: volumesOf(parseMounts(text)) };
		}
		return this.#volumes.byDevice;
	}
}

/** Labels of a mount; all are empty where only the sum over all disks is known. */
export function diskLabels(container: Labels, disk: Pick<Disk, 'mountPoint' | 'device' | 'volume'>): Labels {
	return container.with(['mount_point', disk.mountPoint], ['device', disk.device], ['volume', disk.volume]);
}

function keyOf({ mountPoint, device, volume }: Disk): string {
	return `${mountPoint}\n${device}\n${volume}`;
}
