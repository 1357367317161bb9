import { describe, expect, test } from 'vitest';
import { RecordedFileSystems } from '../testing/recorded-cgroups.ts';
import { BlockDevices, parseDiskStats } from './block-devices.ts';
import { disksOf, volumesOf } from './disks.ts';
import { parseMounts } from './mounts.ts';

const stats = (...devices: string[]) =>
	new BlockDevices(
		parseDiskStats(devices.map((each) => `${each.replace(':', ' ')} ${'0 '.repeat(11).trim()}\n`).join('')),
	);
const DEVICES = stats(
	...['8:0 sda', '8:1 sda1', '259:0 nvme0n1', '259:2 nvme0n1p2', '253:0 dm-0', '179:1 mmcblk0p1'],
	...['179:0 mmcblk0', '7:0 loop0'],
);
const disks = (mountinfo: string, files = new RecordedFileSystems(), volumes = new Map<string, string>()) =>
	disksOf(1, parseMounts(mountinfo), DEVICES, files, volumes).map(({ mountPoint, device, number, volume }) =>
		[mountPoint, device, number, volume].join(' ').trimEnd(),
	);

test('whole devices of partitions', () => {
	const whole = (name: string) => DEVICES.whole(DEVICES.byName(name)!).name;
	expect(['sda1', 'nvme0n1p2', 'mmcblk0p1'].map(whole)).toEqual(['sda', 'nvme0n1', 'mmcblk0']);
	expect(['sda', 'nvme0n1', 'dm-0', 'loop0'].map(whole)).toEqual(['sda', 'nvme0n1', 'dm-0', 'loop0']);
});

describe('which mounts are disks', () => {
	test('directories on block devices that may be written to; the last mount at a place counts', () => {
		const files = new RecordedFileSystems();
		files.files.add('/etc/hosts');
		expect(
			disks(
				`1 0 259:2 / / rw - ext4 /dev/nvme0n1p2 rw
2 1 8:1 / /data\\040a rw - xfs /dev/sda1 rw
3 1 8:1 /etc/hosts /etc/hosts rw - xfs /dev/sda1 rw
4 1 8:1 /ro /ro ro - xfs /dev/sda1 rw
5 1 8:1 / /ro2 rw - squashfs /dev/sda1 ro
6 1 0:5 / /tmp rw - tmpfs tmpfs rw
7 1 253:0 / /over rw - ext4 /dev/dm-0 rw
8 7 0:6 / /over rw - tmpfs tmpfs rw
nonsense
`,
				files,
			),
		).toEqual(['/ nvme0n1 259:0', '/data a sda 8:0']);
	});

	test('nothing below a network file system is looked at', () => {
		expect(
			disks(`1 0 8:1 / / rw - ext4 /dev/sda1 rw
2 1 0:50 / /srv rw - nfs4 server:/srv rw
3 2 253:0 / /srv/local rw - ext4 /dev/dm-0 rw
4 1 253:0 / /srv2 rw - ext4 /dev/dm-0 rw
`),
		).toEqual(['/ sda 8:0', '/srv2 dm-0 253:0']);
	});

	test('an overlay lies where it is written, btrfs on its device, zfs nowhere', () => {
		const files = new RecordedFileSystems();
		files.devices['/var/lib/u'] = '8:1';
		expect(
			disks(
				`1 0 0:40 / / rw - overlay overlay rw,lowerdir=/a:/b,upperdir=/var/lib/u,workdir=/w
2 1 0:41 /sub /btrfs rw - btrfs /dev/sda1 rw
3 1 0:42 / /zfspool rw - zfs pool/data rw
4 1 0:43 / /readonly rw - overlay overlay rw,lowerdir=/a
`,
				files,
			),
		).toEqual(['/ sda 8:0', '/btrfs sda 8:0', '/zfspool']);
	});

	test('a persistent volume is named by the folder or by where the node mounted the device', () => {
		const first = 'pvc-0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f';
		const second = 'pvc-ffffffff-0a1b-0a1b-0a1b-0a1b2c3d4e5f';
		const volumes = volumesOf(
			parseMounts(`9 1 253:0 / /var/lib/kubelet/pods/1/volumes/kubernetes.io~csi/${second}/mount rw - ext4 /dev/dm-0 rw
8 1 8:1 /var/x /var/lib/kubelet/pods/1/volumes/kubernetes.io~local/${first}/mount rw - ext4 /dev/sda1 rw
`),
		);
		expect(
			disks(
				`1 0 8:1 /opt/local-path/${first}_shop_data /data rw - ext4 /dev/sda1 rw
2 1 253:0 / /block rw - ext4 /dev/dm-0 rw
3 1 8:1 /var/lib/x /other rw - ext4 /dev/sda1 rw
`,
				undefined,
				volumes,
			),
		).toEqual([`/data sda 8:0 ${first}`, `/block dm-0 253:0 ${second}`, '/other sda 8:0']);
	});
});
