/** Which mounts of a process are disks, as people think of them: directories that it may write to, on block devices. */

import type { BlockDevices } from './block-devices.ts';
import type { FileSystems } from './file-systems.ts';
import type { Mount } from './mounts.ts';

export interface Disk {
	mountPoint: string;
	/** Name of the whole device; empty when not known. */
	device: string;
	/** Its `major:minor`. */
	number: string;
	/** Persistent volume of Kubernetes; empty: none. */
	volume: string;
}

/** Looking at anything below these may take for ever. */
const NETWORK = /^(?:nfs|cifs|smb|ceph|fuse|9p|afs|lustre|gpfs|beegfs|ocfs|gfs)/;
const VOLUME = /pvc-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/;

/**
 * Disks of process `pid`, the shortest mount points first. Files that are mounted, such as /etc/hosts of a container,
 * are none.
 * @param volumes of the node's own mounts, by device number
 */
export function disksOf(
	pid: number,
	mounts: readonly Mount[],
	devices: BlockDevices,
	files: FileSystems,
	volumes: ReadonlyMap<string, string>,
): Disk[] {
	// What was mounted last hides what lies there.
	const visible = new Map(mounts.map((mount) => [mount.mountPoint, mount]));
	const remote = [...visible.values()].filter(({ type }) => NETWORK.test(type));
	const disks: Disk[] = [];
	for (const mount of visible.values()) {
		const { mountPoint } = mount;
		if (mount.readOnly || remote.some((each) => `${mountPoint}/`.startsWith(`${each.mountPoint}/`))) continue;
		const number = deviceNumber(mount, devices, files);
		if (number === undefined || !files.isDirectory(pid, mountPoint)) continue;
		const device = devices.byNumber(number);
		const whole = device && devices.whole(device);
		disks.push({
			mountPoint,
			device: whole?.name ?? '',
			number: whole?.number ?? number,
			volume: volumeOf(mount) ?? volumes.get(mount.number) ?? '',
		});
	}
	return disks.sort((a, b) => a.mountPoint.length - b.mountPoint.length);
}

/** Persistent volumes by the number of the device that is mounted. */
export function volumesOf(mounts: readonly Mount[]): Map<string, string> {
	const volumes = new Map<string, string>();
	for (const mount of mounts) {
		const volume = VOLUME.exec(mount.mountPoint)?.[0];
		// A folder of a disk that others use too says nothing of the disk.
		if (volume !== undefined && mount.root === '/') volumes.set(mount.number, volume);
	}
	return volumes;
}

function volumeOf(mount: Mount): string | undefined {
	return VOLUME.exec(mount.root)?.[0] ?? VOLUME.exec(mount.source)?.[0];
}

/** Empty: a disk that has no device of its own. */
function deviceNumber(mount: Mount, devices: BlockDevices, files: FileSystems): string | undefined {
	if (!mount.number.startsWith('0:')) return mount.number;
	// btrfs and others number their own file systems.
	if (mount.source.startsWith('/dev/'))
		return devices.byName(mount.source.slice(mount.source.lastIndexOf('/') + 1))?.number ?? '';
	if (mount.type === 'overlay') {
		// What a container writes to its root lies where the runtime keeps it.
		const upper = /(?:^|,)upperdir=([^,]+)/.exec(mount.options)?.[1];
		return upper && files.deviceOf(upper);
	}
	return mount.type === 'zfs' ? '' : undefined;
}
